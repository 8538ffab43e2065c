/**
 * npm run crash-test [-- --stride N] [-- --only DEATH]: for every transition and call of every variant, and every way to die: die there, recover, look. Prints how
 * many points were tried, and each that was not made whole; ends with 1 when there is one.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Crash, type CrashPoint, courseOf, crashAt, crashPoints, VARIANTS } from './crash-points.ts';

const { values } = parseArgs({ options: { stride: { type: 'string', default: '1' }, only: { type: 'string' } } });

async function main(): Promise<void> {
  const stride = Number(values.stride);
  const queue: CrashPoint[] = [];
  for (const [variant, given] of Object.entries(VARIANTS)) {
    const course = await courseOf(given);
    const { transitions, calls } = course;
    console.log(`${String(transitions.length).padStart(5)} transitions and ${calls.length} calls when ${variant}`);
    const points = crashPoints(variant, course, stride);
    queue.push(...points.filter(({ death }) => values.only === undefined || death === values.only));
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

async function work(queue: CrashPoint[], failed: Crash[]): Promise<void> {
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
async function carriedOut(point: CrashPoint): Promise<Crash> {
  try {
    return await crashAt(point);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...point, point: '', left: [why] };
  }
}

if (isMainThread) await main();
else parentPort?.on('message', async (point: CrashPoint) => parentPort?.postMessage(await carriedOut(point)));
