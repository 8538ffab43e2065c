/**
 * npm run soak -- --runs N [--seed S] [--workers W] [--keep-going]: simulated rollouts as long as wanted; --replay JSON: one of them, told
 * line by line. Ends with 1 when something happened that must never happen.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Drawn, describeFound } from './draw.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    workers: { type: 'string', default: String(availableParallelism()) },
    'keep-going': { type: 'boolean', default: false },
    replay: { type: 'string' },
  },
});

/** Rollouts drawn by one seed. */
const CHUNK = 500;
const TELL_EVERY_MS = 10_000;

async function replay(json: string): Promise<void> {
  const { violations, timeline, status } = await simulate(JSON.parse(json));
  for (const line of timeline) console.log(line);
  console.log(`\nthe run ended: ${status}`);
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'no violation' : `${violations.length} violations`);
  if (violations.length > 0) process.exitCode = 1;
}

/** A part of the whole, drawn by a seed of its own. */
type Chunk = { seed: number; runs: number };

async function soak(runs: number, seed: number, workers: number): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(runs / CHUNK) }, (_, at) => ({
    seed: seed + at,
    runs: Math.min(CHUNK, runs - at * CHUNK),
  }));
  const tally = new Tally(runs);
  await Promise.all(Array.from({ length: Math.min(workers, chunks.length) }, () => work(chunks, tally)));
  tally.end();
  const counts = Object.entries(tally.ended).map(([status, count]) => `${count} ${status}`);
  const found = tally.found === 0 ? 'no violation' : `${tally.found} with violations`;
  console.log(`${tally.done} simulated rollouts (seed ${seed}), ${found}: ${counts.join(', ')}`);
  if (tally.found > 0) process.exitCode = 1;
}

/** One worker, until no chunk is left or something was found. */
async function work(chunks: Chunk[], tally: Tally): Promise<void> {
  const worker = new Worker(new URL('soak-worker.ts', import.meta.url));
  try {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      const drawn = await carriedOut(worker, chunk, tally);
      for (const [status, count] of Object.entries(drawn.ended))
        tally.ended[status] = (tally.ended[status] ?? 0) + count;
      if (drawn.found === undefined) continue;
      tally.found += 1;
      console.log(`${describeFound(drawn.found)}\n`);
      if (!values['keep-going']) chunks.length = 0;
    }
  } finally {
    await worker.terminate();
  }
}

function carriedOut(worker: Worker, chunk: Chunk, tally: Tally): Promise<Drawn> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ ran, drawn }: { ran: number; drawn?: Drawn }) => {
      tally.ran(ran);
      if (drawn === undefined) return;
      worker.off('message', onMessage).off('error', reject);
      resolve(drawn);
    };
    worker.on('message', onMessage).on('error', reject);
    worker.postMessage(chunk);
  });
}

/** What was done so far, told every few seconds. */
class Tally {
  readonly ended: Record<string, number> = {};
  done = 0;
  found = 0;
  readonly #of: number;
  readonly #since = performance.now();
  readonly #timer = setInterval(() => this.#tell(), TELL_EVERY_MS);

  constructor(of: number) {
    this.#of = of;
  }

  ran(count: number): void {
    this.done += count;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const rate = this.done / ((performance.now() - this.#since) / 1000);
    const minutes = Math.ceil((this.#of - this.done) / rate / 60);
    console.error(`${this.done} of ${this.#of}, ${rate.toFixed(0)} a second, about ${minutes} min left`);
  }
}

if (values.replay === undefined) await soak(Number(values.runs), Number(values.seed), Number(values.workers));
else await replay(values.replay);
