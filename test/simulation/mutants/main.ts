/**
 * npm run mutants: takes out, one at a time, each Catch, each Retry and each rule of the state machines, and looks whether a rollout notices.
 * `--only REGEXP`: those whose name it finds. Prints how many were noticed, and each that was not, with the reason why that is no loss where there is one.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Mutant, mutants } from './mutate.ts';
import { noticedBy } from './notice.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, verbose: { type: 'boolean', default: false } },
});

/**
 * A mutant whose rollouts do not end has been noticed: in virtual time, as a rule. This is for those that turn in a circle in which nothing is
 * recorded, and far longer than all that a mutant is tried with.
 */
const LIMIT_MS = 900_000;
const argued = z.record(z.string(), z.string());

interface Result {
  mutant: Mutant;
  /** What noticed it; absent: nothing did. */
  by?: string | undefined;
}

async function main(): Promise<void> {
  const reasons = argued.parse(parse(readFileSync(new URL('argued.yaml', import.meta.url), 'utf8')) ?? {});
  const only = new RegExp(values.only);
  const all = mutants().filter(({ name }) => only.test(name));
  const queue = [...all];
  const results: Result[] = [];
  const timer = setInterval(() => console.error(`${results.length} of ${all.length} mutants`), 10_000);
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(queue, results)));
  clearInterval(timer);
  const survivors = results.filter(({ by }) => by === undefined).map(({ mutant }) => mutant.name);
  for (const { mutant, by } of results)
    if (values.verbose && by !== undefined) console.log(`${mutant.name}\n    ${by}`);
  for (const name of survivors.toSorted()) console.log(`survived: ${name}\n    ${reasons[name] ?? 'NOT ARGUED'}`);
  const noticed = all.length - survivors.length;
  const unargued = survivors.filter((name) => reasons[name] === undefined);
  console.log(
    `${all.length} mutants, ${noticed} noticed (${((100 * noticed) / all.length).toFixed(1)} %), ${survivors.length - unargued.length} argued, ${unargued.length} neither`,
  );
  if (unargued.length > 0) process.exitCode = 1;
}

async function work(queue: Mutant[], results: Result[]): Promise<void> {
  let worker = new Worker(new URL(import.meta.url));
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const by = await tried(worker, mutant);
    results.push({ mutant, by: by ?? undefined });
    if (by !== NEVER_ENDS) continue;
    await worker.terminate();
    worker = new Worker(new URL(import.meta.url));
  }
  await worker.terminate();
}

const NEVER_ENDS = 'it never ends';

function tried(worker: Worker, mutant: Mutant): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const answered = (by: string | null) => {
      clearTimeout(timer);
      worker.off('error', reject);
      resolve(by);
    };
    const timer = setTimeout(() => {
      worker.off('message', answered).off('error', reject);
      resolve(NEVER_ENDS);
    }, LIMIT_MS);
    worker.once('message', answered).once('error', reject);
    worker.postMessage(mutant);
  });
}

if (isMainThread) await main();
else parentPort?.on('message', async (mutant: Mutant) => parentPort?.postMessage((await noticedBy(mutant)) ?? null));
