/**
 * How long `drydock --help` takes, against Node doing nothing: `node bench/cli-start.ts`.
 * The two take turns, so that whatever else the machine does slows both; medians are compared.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS = 21;
const drydock = fileURLToPath(new URL('../bin/drydock.js', import.meta.url));

const nothing: number[] = [];
const help: number[] = [];
milliseconds([drydock, '--help']); // the first start after a change fills the compile cache
for (let run = 0; run < RUNS; run++) {
  nothing.push(milliseconds(['-e', '0']));
  help.push(milliseconds([drydock, '--help']));
}
const [base, ours] = [median(nothing), median(help)];
console.log(`node -e 0       ${base.toFixed(1)} ms`);
console.log(`drydock --help  ${ours.toFixed(1)} ms`);
console.log(`ratio           ${(ours / base).toFixed(2)} (at most 2.5)`);

function milliseconds(args: string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
