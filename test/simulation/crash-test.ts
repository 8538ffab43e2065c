/**
 * npm run crash-test [-- --stride N]: for every transition of every variant, and every way to die: die there, recover, look. Prints how
 * many points were tried, and each that was not made whole; ends with 1 when there is one.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Crash, crashAt, DEATHS, type Death, pointsOf, VARIANTS } from './crash-points.ts';

interface Point {
  variant: string;
  at: number;
  death: Death;
}

const { values } = parseArgs({ options: { stride: { type: 'string', default: '1' } } });

async function main(): Promise<void> {
  const stride = Number(values.stride);
  const queue: Point[] = [];
  for (const [variant, given] of Object.entries(VARIANTS)) {
    const points = await pointsOf(given);
    const tried = points.flatMap((_, at) => (at % stride === 0 ? [at] : []));
    console.log(`${String(points.length).padStart(5)} transitions when ${variant}`);
    queue.push(...tried.flatMap((at) => DEATHS.map((death) => ({ variant, at, death }))));
  }
  const all = queue.length;
  const failed: Crash[] = [];
  const timer = setInterval(() => console.error(`${all - queue.length} of ${all} points`), 10_000);
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(queue, failed)));
  clearInterval(timer);
  for (const { variant, at, point, death, left } of failed) {
    console.log(`\nnot whole: ${death} at ${at} (${point}), when ${variant}`);
    for (const what of left) console.log(`  ${what}`);
  }
  console.log(`${all} points tried, ${all - failed.length} made whole`);
  if (failed.length > 0) process.exitCode = 1;
}

async function work(queue: Point[], failed: Crash[]): Promise<void> {
  const worker = new Worker(new URL(import.meta.url));
  for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
    const crash = await new Promise<Crash>((resolve, reject) => {
      const answered = (answer: Crash) => {
        worker.off('error', reject);
        resolve(answer);
      };
      worker.once('message', answered).once('error', reject);
      worker.postMessage(point);
    });
    if (crash.left.length > 0) failed.push(crash);
  }
  await worker.terminate();
}

/** In a worker: a crash that could not be carried through is one that was not made whole. */
async function carriedOut({ variant, at, death }: Point): Promise<Crash> {
  try {
    return await crashAt(variant, at, death);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { variant, at, point: '', death, left: [why] };
  }
}

if (isMainThread) await main();
else parentPort?.on('message', async (point: Point) => parentPort?.postMessage(await carriedOut(point)));
