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
      return [...together(small, large), ...[...large].map(([what, took]) => taking(what, took))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** What a list may take, and a run with its page, in seconds. */
const ASKED = { list: 0.05, run: 1 };

/** A query of a hundred runs takes so little that its ratio says nothing; all of the list's together differ by a tenth from one run to the next. */
function together(few: Took, many: Took): Figure[] {
  const sum = (took: Took) => [...took].reduce((total, [, { ms, of }]) => total + (of === 'list' ? ms : 0), 0);
  return [
    {
      name: 'the list, all its queries together: over the same with 100 runs',
      value: Number((sum(many) / sum(few)).toFixed(1)),
      unit: '×',
      better: 'lower',
      kept: false,
    },
  ];
}

function taking(what: string, { ms, of }: { ms: number; of: 'list' | 'run' }): Figure {
  return {
    name: `${of === 'list' ? 'the list, ' : ''}${what}`,
    value: ms / 1000,
    unit: 's',
    better: 'lower',
    bound: ASKED[of],
  };
}

/** Milliseconds of processor time by what was asked for. */
type Took = Map<string, { ms: number; of: 'list' | 'run' }>;

async function measured(folder: string, size: string[], say: (what: string) => void): Promise<Took> {
  say(`making a store of ${size[0]} runs and ${size[1]} events`);
  await promisify(execFile)(process.execPath, [makeStore, folder, ...size, INSTANCES]);
  say(`asking it`);
  const { stdout } = await promisify(execFile)(process.execPath, [measureStore, folder]);
  // First a table of the list's queries, then one of what is asked of one run.
  return new Map(
    stdout
      .split(/\n\n/)
      .flatMap((part, at) =>
        [...part.matchAll(/^(.+?) +([\d.]+) ms +([\d.]+) ms$/gm)].map(
          ([, what = '', , ms]) => [what, { ms: Number(ms), of: at === 0 ? 'list' : 'run' }] as const,
        ),
      ),
  );
}
