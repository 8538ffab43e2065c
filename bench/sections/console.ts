/** The console's queries over a store of 100,000 runs, over the same of 100: what a user waits for must not grow with the past. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure, Section } from '../figure.ts';

const makeStore = fileURLToPath(new URL('../console-store.ts', import.meta.url));
const measureStore = fileURLToPath(new URL('../console.ts', import.meta.url));
/** Runs and events of each store: few events a run, for it is the list that grows with the number of runs. */
const SMALL = ['100', '10000'];
const LARGE = ['100000', '1000000'];
const INSTANCES = '200';

export const consoleSection: Section = {
  name: 'console',
  title:
    'The console with 100,000 runs, processor time at the 95th percentile (with 10,000,000 events: bench/console-store.ts and console.ts)',
  measure: async (say, mostInstances) => {
    if (mostInstances < Number(INSTANCES)) return [];
    const folder = mkdtempSync(join(tmpdir(), 'drydock-console-bench-'));
    try {
      const small = await measured(join(folder, 'small'), SMALL, say);
      const large = await measured(join(folder, 'large'), LARGE, say);
      return [...small.keys()].flatMap((what): Figure[] => {
        const [few = Number.NaN, many = Number.NaN] = [small.get(what), large.get(what)];
        return [
          {
            name: `${what}: over the same with 100 runs`,
            value: Number((many / few).toFixed(1)),
            unit: '×',
            better: 'lower',
          },
          { name: `${what}: takes`, value: many / 1000, unit: 's', better: 'lower' },
        ];
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Milliseconds of processor time by what was asked for. */
async function measured(folder: string, size: string[], say: (what: string) => void): Promise<Map<string, number>> {
  say(`making a store of ${size[0]} runs and ${size[1]} events`);
  await promisify(execFile)(process.execPath, [makeStore, folder, ...size, INSTANCES]);
  say(`asking it`);
  const { stdout } = await promisify(execFile)(process.execPath, [measureStore, folder]);
  const rows = [...stdout.matchAll(/^(.+?) +([\d.]+) ms +([\d.]+) ms$/gm)];
  return new Map(rows.map(([, what = '', , processor]) => [what, Number(processor)]));
}
