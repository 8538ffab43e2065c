import { describe, expect, it } from 'vitest';
import { type Json, TaskFailure } from '../../../src/interpreter/ports.ts';
import { history, launch, type RunTask, register, type Ship, START, start, temporaryDirectory } from './harness.ts';
import { fleetMapOf, taskOf } from './states.ts';

/** Every kind of state that does something, with a failure that is retried and one that is caught. */
const STATES: { [name: string]: Json } = {
  Look: taskOf('Rest', { Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 5, MaxAttempts: 2 }] }),
  Rest: { Type: 'Wait', Seconds: 60, Next: 'Both' },
  Both: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Left', States: { Left: taskOf('Nap'), Nap: { Type: 'Wait', Seconds: 7, End: true } } },
      { StartAt: 'Right', States: { Right: taskOf(undefined) } },
    ],
    Output: '{% $states.input %}',
    Next: 'Each',
  },
  Each: {
    Type: 'Map',
    Items: '{% $states.input.items %}',
    MaxConcurrency: 2,
    ItemProcessor: { StartAt: 'One', States: { One: taskOf(undefined, { Output: '{% $states.input %}' }) } },
    Output: { items: '{% $states.result %}' },
    Next: 'Broken',
  },
  Broken: taskOf('Fleet', { Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: 'Fleet' }] }),
  Fleet: fleetMapOf(
    'Patch',
    { Patch: taskOf('Cool', { Output: '{% $states.input & "!" %}' }), Cool: { Type: 'Wait', Seconds: 11, End: true } },
    { MaxConcurrency: 2 },
  ),
};

/** A world that counts its calls and takes its time; `Look` fails until a failure is on record, `Broken` always. */
interface World {
  calls: number;
  failed: boolean;
}

function tasksOf(world: World): RunTask {
  return async ({ stateName }, clock) => {
    world.calls += 1;
    await clock.sleep(1000);
    if (stateName === 'Look' && !world.failed) throw new TaskFailure('Flaky', 'once');
    if (stateName === 'Broken') throw new TaskFailure('Broken', 'always');
    return { items: ['a', 'b', 'c'] };
  };
}

async function allEvents({ engine, store }: Ship, arn: string): Promise<string[]> {
  const children = store.childrenOf(store.execution(arn)?.id ?? 0);
  const events = [...(await history(engine, arn))];
  for (const child of children) events.push(...(await history(engine, child.arn)));
  return events.map(({ type }) => type);
}

function begin(stateDir: string, world: World, startMs = START): Ship {
  const ship = launch(stateDir, tasksOf(world), startMs);
  ship.engine.onEvent((_, { type }) => {
    world.failed ||= type === 'TaskFailed';
  });
  return ship;
}

describe('an execution whose engine dies', () => {
  it('goes on from every single event to the same end, and repeats no task that had its result on record', async () => {
    const whole = begin(temporaryDirectory(), { calls: 0, failed: false });
    register(whole.engine, 'rollout', 'Look', STATES);
    const arn = await start(whole.engine, 'rollout', 'run-1');
    const expected = await whole.clock.run(whole.engine.waitFor(arn));
    const expectedTypes = (await allEvents(whole, arn)).sort();
    expect(expected).toMatchObject({ status: 'SUCCEEDED', output: '["a!","b!","c!"]' });
    expect(expectedTypes.length).toBeGreaterThan(80);

    for (let killAt = 1; killAt <= expectedTypes.length; killAt += 1) {
      const stateDir = temporaryDirectory();
      const world: World = { calls: 0, failed: false };
      const first = begin(stateDir, world);
      register(first.engine, 'rollout', 'Look', STATES);
      let heard = 0;
      let results = 0;
      first.engine.onEvent((_, { type }) => {
        heard += 1;
        if (/^Task(Succeeded|Failed)$/.test(type)) results += 1;
        // The file is pulled from under it: nothing after this event is recorded, as with kill -9.
        if (heard === killAt) first.store.close();
      });
      await start(first.engine, 'rollout', 'run-1');
      await first.clock.run(first.engine.waitFor(arn)).catch(() => {});
      const callsBefore = world.calls;

      const second = begin(stateDir, world, START + 3_600_000);
      const isLeft = second.store.execution(arn)?.status === 'RUNNING';
      expect(second.engine.resume()).toEqual(isLeft ? [arn] : []);
      const ended = await second.clock.run(second.engine.waitFor(arn));
      expect(ended).toMatchObject({ status: 'SUCCEEDED', output: expected.output });
      expect((await allEvents(second, arn)).sort()).toEqual(expectedTypes);
      // Each of those under way when it died is called once more, nothing else is.
      expect(world.calls).toBe(11 + (callsBefore - results));
      second.store.close();
    }
  });

  it('uses the definition it began with, whatever is registered since', async () => {
    const stateDir = temporaryDirectory();
    const first = launch(stateDir);
    const version = (text: string): { [name: string]: Json } => ({
      Rest: { Type: 'Wait', Seconds: 60, Next: 'Say' },
      Say: { Type: 'Pass', Output: text, End: true },
    });
    register(first.engine, 'rollout', 'Rest', version('old'));
    const arn = await start(first.engine, 'rollout', 'run-1');
    await first.clock.run(first.clock.sleep(1));
    first.store.close();

    const second = launch(stateDir, undefined, START + 10_000);
    register(second.engine, 'rollout', 'Rest', version('new'));
    second.engine.resume();
    expect((await second.clock.run(second.engine.waitFor(arn))).output).toBe('"old"');
    const next = await start(second.engine, 'rollout', 'run-2');
    expect((await second.clock.run(second.engine.waitFor(next))).output).toBe('"new"');
  });

  it('waits no longer than it would have, had nothing happened', async () => {
    const stateDir = temporaryDirectory();
    const first = launch(stateDir);
    register(first.engine, 'rollout', 'Rest', { Rest: { Type: 'Wait', Seconds: 600, End: true } });
    const arn = await start(first.engine, 'rollout', 'run-1');
    await first.clock.run(first.clock.sleep(1000));
    first.store.close();

    const second = launch(stateDir, undefined, START + 590_000);
    second.engine.resume();
    expect((await second.clock.run(second.engine.waitFor(arn))).stopDate).toBe(START + 600_000);
  });
});

describe('an execution that was being stopped when its engine died', () => {
  it('ends as aborted, and begins nothing more, though a child had ended before it did', async () => {
    const stateDir = temporaryDirectory();
    const first = launch(stateDir, async (_, clock) => clock.sleep(60_000).then(() => null));
    register(first.engine, 'rollout', 'Fleet', {
      Fleet: fleetMapOf('Patch', { Patch: taskOf(undefined) }, { MaxConcurrency: 1 }),
    });
    const started = await first.engine.startExecution({
      stateMachineArn: 'rollout',
      name: 'run-1',
      input: JSON.stringify({ items: ['a', 'b', 'c'] }),
    });
    await first.clock.run(first.clock.sleep(1000));
    first.engine.onEvent((_, { type }) => {
      if (type === 'ExecutionAborted') first.store.close();
    });
    await first.engine.stopExecution({ executionArn: started.executionArn, cause: 'enough' }).catch(() => {});

    let calls = 0;
    const second = launch(stateDir, async () => {
      calls += 1;
      return null;
    });
    const children = () => second.store.childrenOf(second.store.execution(started.executionArn)?.id ?? 0);
    expect(second.store.execution(started.executionArn)?.status).toBe('RUNNING');
    second.engine.resume();
    expect(await second.clock.run(second.engine.waitFor(started.executionArn))).toMatchObject({
      status: 'ABORTED',
      cause: 'enough',
    });
    expect(children().map(({ status }) => status)).toEqual(['ABORTED']);
    expect(calls).toBe(0);
  });
});

describe('a stop that comes when an execution has just ended', () => {
  it('does not end it after it was redriven', async () => {
    const stateDir = temporaryDirectory();
    let fails = true;
    const first = launch(stateDir, async (_, clock) => {
      await clock.sleep(5000);
      if (fails) throw new TaskFailure('No', 'not now');
      return null;
    });
    register(first.engine, 'rollout', 'Look', { Look: taskOf(undefined) });
    const arn = await start(first.engine, 'rollout', 'run-1');
    await first.clock.run(first.engine.waitFor(arn));
    launch(stateDir).store.requestStop(first.store.execution(arn)?.id ?? 0, { error: 'Late' });
    fails = false;
    await first.engine.redriveExecution({ executionArn: arn });
    expect(first.store.stopRequests()).toEqual([]);
    expect(await first.clock.run(first.engine.waitFor(arn))).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('an engine that is closed', () => {
  it('records nothing more, aborts what is under way, and leaves all of it to be resumed', async () => {
    const stateDir = temporaryDirectory();
    const aborted: string[] = [];
    const first = launch(stateDir, async ({ signal }, clock) => {
      signal.addEventListener('abort', () => aborted.push(String(signal.reason)));
      await clock.sleep(3_600_000, signal);
      return null;
    });
    register(first.engine, 'rollout', 'Fleet', { Fleet: fleetMapOf('Patch', { Patch: taskOf(undefined) }) });
    const arn = await start(first.engine, 'rollout', 'run-1', { items: [1, 2] });
    await first.clock.run(first.clock.sleep(1));
    const before = await allEvents(first, arn);
    await first.engine.close();
    expect(aborted).toEqual(['EngineClosed: the engine was closed', 'EngineClosed: the engine was closed']);
    expect(await allEvents(first, arn)).toEqual(before);
    expect(first.store.execution(arn)?.status).toBe('RUNNING');
    await expect(start(first.engine, 'rollout', 'run-2')).rejects.toThrow('the engine was closed');
    first.store.close();

    const second = launch(stateDir);
    expect(second.engine.resume()).toEqual([arn]);
    expect((await second.clock.run(second.engine.waitFor(arn))).status).toBe('SUCCEEDED');
  });
});

describe('two engines on one state directory', () => {
  it('never run one execution both', async () => {
    const stateDir = temporaryDirectory();
    const first = launch(stateDir);
    register(first.engine, 'rollout', 'Rest', { Rest: { Type: 'Wait', Seconds: 60, End: true } });
    const arn = await start(first.engine, 'rollout', 'run-1');
    await first.clock.run(first.clock.sleep(1));

    const second = launch(stateDir);
    expect(second.engine.resume()).toEqual([]);
    await expect(second.engine.waitFor(arn)).rejects.toThrow(`process ${process.pid} on`);
    // The same name there is the same execution, and is not begun a second time.
    expect(await start(second.engine, 'rollout', 'run-1')).toBe(arn);
    expect((await second.engine.describeExecution({ executionArn: arn })).status).toBe('RUNNING');

    first.store.close();
    expect(second.engine.resume()).toEqual([arn]);
    expect((await second.clock.run(second.engine.waitFor(arn))).status).toBe('SUCCEEDED');
  });

  it('stop one another when asked', async () => {
    const stateDir = temporaryDirectory();
    const first = launch(stateDir);
    register(first.engine, 'rollout', 'Rest', { Rest: { Type: 'Wait', Seconds: 60, End: true } });
    const arn = await start(first.engine, 'rollout', 'run-1');
    await first.clock.run(first.clock.sleep(1));

    const second = launch(stateDir);
    await second.engine.stopExecution({ executionArn: arn, error: 'Drydock.Stopped', cause: 'from elsewhere' });
    expect(await first.engine.waitFor(arn)).toMatchObject({
      status: 'ABORTED',
      error: 'Drydock.Stopped',
      cause: 'from elsewhere',
    });
  });
});
