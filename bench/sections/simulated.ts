/** `drydock simulate` as a user calls it, in a process of its own: its memory is not that of whoever asks. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SimulationReport } from '../../src/cli/simulate/simulation.ts';

const DRYDOCK = fileURLToPath(new URL('../../bin/drydock.js', import.meta.url));

export interface Simulated {
  instances: number;
  groups?: number;
  maxUnavailable: string;
  seed?: number;
}

/** Rejects when a run did not succeed: what is measured is a rollout that patches everything. */
export async function simulated({
  instances,
  groups = 1,
  maxUnavailable,
  seed = 1,
}: Simulated): Promise<SimulationReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[DRYDOCK, 'simulate', '--json', '--patch-minutes', '10', '--seed', String(seed)],
    ...['--instances', String(instances), '--groups', String(groups), '--max-unavailable', maxUnavailable],
  ]);
  // It is our own command's answer, of the type that it writes.
  const report: SimulationReport = JSON.parse(stdout);
  if (report.outcomes.patched !== instances) throw new Error(`not all of ${instances} were patched: ${stdout}`);
  return report;
}
