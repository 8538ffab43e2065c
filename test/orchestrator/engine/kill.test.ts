import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { history, launch, temporaryDirectory } from './harness.ts';

const ARN = 'arn:aws:states:eu-west-1:000000000000:execution:rollout:run-1';

function callsIn(log: string): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

/** Waits for a process of our own to get so far: there is no clock of ours in it. */
async function until(child: ChildProcess, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the process ended before it was to be killed (${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it('a run whose process is killed outright is taken over, and no task whose result was on record runs again', async () => {
  const stateDir = temporaryDirectory();
  const log = join(stateDir, 'calls.log');
  const victim = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), stateDir, log], { stdio: 'inherit' });
  onTestFinished(() => void victim.kill('SIGKILL'));
  await until(victim, () => callsIn(log).length > 45);

  const calls: string[] = [];
  const { engine, clock, store } = launch(stateDir, async ({ arguments: args }) => {
    calls.push(JSON.stringify(args));
    return null;
  });
  // While it lives nobody else touches its execution.
  expect(engine.resume()).toEqual([]);
  await expect(engine.waitFor(ARN)).rejects.toThrow(`process ${victim.pid} on`);

  victim.kill('SIGKILL');
  await once(victim, 'exit');
  const succeeded = store
    .childrenOf(store.execution(ARN)?.id ?? 0)
    .flatMap((child) => store.events.replayable(child.id))
    .filter(({ type }) => type === 'TaskSucceeded').length;
  expect(succeeded).toBeGreaterThan(20);

  expect(engine.resume()).toEqual([ARN]);
  const ended = await clock.run(engine.waitFor(ARN));
  expect(ended.status).toBe('SUCCEEDED');
  expect(JSON.parse(ended.output ?? '')).toEqual(Array.from({ length: 40 }, (_, index) => index));

  const all = [...callsIn(log), ...calls];
  expect(new Set(all).size).toBe(80);
  // At most the three that were under way are called twice.
  expect(calls.length).toBe(80 - succeeded);
  expect(all.length - 80).toBeLessThanOrEqual(3);
  expect((await history(engine, ARN)).filter(({ type }) => type === 'ExecutionStarted')).toHaveLength(1);
});
