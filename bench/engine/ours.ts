/** The embedded engine over a machine: `node bench/engine/ours.ts MACHINE ITEMS memory|disk [TIMES]`, one execution after the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { virtualClock } from '../../src/orchestrator/engine/clock.ts';
import { createEngine } from '../../src/orchestrator/engine/engine.ts';
import { openStore } from '../../src/orchestrator/engine/store.ts';
import { isMachine, machine, tell } from './machines.ts';

const [name = '', items, journal, times = '1'] = process.argv.slice(2);
if (!isMachine(name)) throw new Error(`there is no machine ${name}`);
const { definition, input, transitions } = machine(name, Number(items));
const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
const clock = virtualClock(0);
const store = openStore({ nowMs: 0, ...(journal === 'disk' ? { stateDir: folder, durability: 'full' } : {}) });
const engine = createEngine({ store, clock, region: 'local', runTask: async (request) => request.arguments });
engine.registerStateMachine({ name: 'bench', definition: { QueryLanguage: 'JSONata', ...definition } });
let count = 0;
await tell(transitions * Number(times), 3, async () => {
  for (let time = 0; time < Number(times); time++) await execute();
});
await engine.close();
store.close();
rmSync(folder, { recursive: true });

async function execute(): Promise<void> {
  count += 1;
  const started = { stateMachineArn: 'bench', name: `run-${count}`, input: JSON.stringify(input) };
  const { executionArn } = await engine.startExecution(started);
  const { status } = await clock.run(engine.waitFor(executionArn));
  if (status !== 'SUCCEEDED') throw new Error(`it ended ${status}`);
}
