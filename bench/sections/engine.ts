/** The embedded engine beside the library that a project like this one would take instead. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Took } from '../engine/machines.ts';
import type { Figure, Section } from '../figure.ts';

const TURNS = 5;
const ITEMS = '1000';
const ours = fileURLToPath(new URL('../engine/ours.ts', import.meta.url));
const library = fileURLToPath(new URL('../engine/library.ts', import.meta.url));

export const engine: Section = {
  name: 'engine',
  title:
    'Transitions per second over those of aws-local-stepfunctions, which keeps no history: 1,000 items at once, medians of turns',
  measure: async (say, mostInstances) => {
    if (mostInstances < Number(ITEMS)) return [];
    return [
      ...(await beside('passes', say)),
      ...(await beside('waits', say)),
      ...(await asWritten(say)),
      ...(await flat(say)),
    ];
  },
};

const WHAT = {
  passes: 'ten states without a wait',
  waits: 'five tasks with a second between, which the library is told to skip',
};

async function beside(machine: keyof typeof WHAT, say: (what: string) => void): Promise<Figure[]> {
  const took: Record<'memory' | 'disk' | 'library', Took[]> = { memory: [], disk: [], library: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    say(`${WHAT[machine]}: turn ${turn + 1} of ${TURNS}`);
    took.library.push(await run(library, machine, ITEMS, 'skipped'));
    took.memory.push(await run(ours, machine, ITEMS, 'memory'));
    took.disk.push(await run(ours, machine, ITEMS, 'disk'));
  }
  const perSecond = (of: Took[]) => median(of.map(({ transitions, seconds }) => transitions / seconds));
  const peak = (of: Took[]) => median(of.map(({ peakMiB }) => peakMiB));
  const ratio = (of: Took[]): Pick<Figure, 'value' | 'unit' | 'better'> => ({
    value: Number((perSecond(of) / perSecond(took.library)).toFixed(2)),
    unit: '×',
    better: 'higher',
  });
  return [
    { name: `${WHAT[machine]}: in memory, virtual clock`, ...ratio(took.memory), bound: 10 },
    { name: `${WHAT[machine]}: every transition on disk`, ...ratio(took.disk) },
    {
      name: `${WHAT[machine]}: peak memory, in memory with its history`,
      value: Number((peak(took.memory) / peak(took.library)).toFixed(2)),
      unit: '×',
      better: 'lower',
    },
  ];
}

/** The same waits as they are written: the library has to sit them out. */
async function asWritten(say: (what: string) => void): Promise<Figure[]> {
  say('waits as they are written');
  const items = '40';
  const theirs = await run(library, 'waits', items, 'real');
  const timesAsFast = async (journal: 'memory' | 'disk', where: string): Promise<Figure> => {
    const mine = await run(ours, 'waits', items, journal);
    const value = Number((theirs.seconds / mine.seconds).toFixed(0));
    return {
      name: `40 items, waits as they are written: ${where}`,
      value,
      unit: '×',
      better: 'higher',
      bound: 10,
      kept: false,
    };
  };
  return [
    await timesAsFast('memory', 'in memory, virtual clock'),
    await timesAsFast('disk', 'every transition on disk'),
  ];
}

/** What a process keeps in memory when its history is on disk: ten times the events are to leave no more. */
async function flat(say: (what: string) => void): Promise<Figure[]> {
  say('memory with ten times the events');
  const [few, many] = [await run(ours, 'waits', ITEMS, 'disk'), await run(ours, 'waits', ITEMS, 'disk', '10')];
  return [
    {
      name: 'memory in use after ten times the events, every transition on disk',
      value: Number((many.inUseMiB / few.inUseMiB).toFixed(2)),
      unit: '×',
      better: 'lower',
      bound: 1.05,
    },
  ];
}

async function run(script: string, ...args: string[]): Promise<Took> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, ...args]);
  // The script is ours, and prints this.
  const took: Took = JSON.parse(stdout);
  return took;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
