import { describe, expect, it } from 'vitest';
import { type Json, TaskFailure } from '../../../src/interpreter/ports.ts';
import { VerbError } from '../../../src/orchestrator/engine/verbs.ts';
import { history, launch, register, START, start, temporaryDirectory } from './harness.ts';
import { fleetMapOf, taskOf } from './states.ts';

/** Runs `states` in a world where the states and items in `sick` fail, heals it, redrives, and runs to the end. */
async function redriven(
  startAt: string,
  states: { [name: string]: Json },
  sick: Set<string>,
  more: { [key: string]: Json } = {},
) {
  const calls: string[] = [];
  const { engine, clock, store } = launch(temporaryDirectory(), async ({ stateName, arguments: args }, time) => {
    const item = typeof args === 'string' && args.length === 1 ? ` ${args}` : '';
    calls.push(stateName + item);
    await time.sleep(1000);
    if (sick.has(stateName + item)) throw new TaskFailure('Sick', stateName + item);
    return null;
  });
  engine.registerStateMachine({
    name: 'rollout',
    definition: { QueryLanguage: 'JSONata', StartAt: startAt, States: states, ...more },
  });
  const arn = await start(engine, 'rollout', 'run-1', { items: ['a', 'b', 'c'] });
  const failed = await clock.run(engine.waitFor(arn));
  const before = calls.splice(0);
  const eventsBefore = await history(engine, arn);
  await clock.run(clock.sleep(86_400_000));
  sick.clear();
  const { redriveDate } = await engine.redriveExecution({ executionArn: arn });
  const ended = await clock.run(engine.waitFor(arn));
  return {
    failed,
    before,
    ended,
    after: calls,
    eventsBefore,
    events: await history(engine, arn),
    redriveDate,
    store,
    arn,
  };
}

describe('redriving an execution', () => {
  it('goes on from the state that failed, with what came before it kept', async () => {
    const states = {
      First: taskOf('Second', { Output: 'from the first' }),
      Second: taskOf(undefined, { Output: '{% $states.input %}', Retry: [{ ErrorEquals: ['Sick'], MaxAttempts: 1 }] }),
    };
    const run = await redriven('First', states, new Set(['Second']));
    expect(run.failed).toMatchObject({ status: 'FAILED', error: 'Sick', redriveCount: 0 });
    expect(run.before).toEqual(['First', 'Second', 'Second']);
    expect(run.after).toEqual(['Second']);
    expect(run.ended).toMatchObject({
      status: 'SUCCEEDED',
      output: '"from the first"',
      redriveCount: 1,
      redriveDate: run.redriveDate,
      startDate: START,
    });
    expect(run.ended).not.toHaveProperty('error');
  });

  it('keeps the whole history: what failed stays, the redrive is an event of its own', async () => {
    const run = await redriven('Only', { Only: taskOf(undefined) }, new Set(['Only']));
    expect(run.events.slice(0, run.eventsBefore.length)).toEqual(run.eventsBefore);
    expect(run.events.slice(run.eventsBefore.length - 2).map(({ type }) => type)).toEqual([
      'TaskFailed',
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(run.events.map(({ id }) => id)).toEqual(run.events.map((_, index) => index + 1));
  });

  it('runs only the branches of a Parallel that did not succeed', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: taskOf(undefined) } });
    const slow = {
      StartAt: 'Nap',
      States: { Nap: { Type: 'Wait', Seconds: 3, Next: 'Slow' }, Slow: taskOf(undefined) },
    };
    const states = { Both: { Type: 'Parallel', Branches: [branch('Left'), slow, branch('Right')], End: true } };
    const run = await redriven('Both', states, new Set(['Slow']));
    expect(run.before.sort()).toEqual(['Left', 'Right', 'Slow']);
    expect(run.after).toEqual(['Slow']);
    expect(run.ended.status).toBe('SUCCEEDED');
  });

  it('runs only the children of a Distributed Map that did not succeed', async () => {
    const states = {
      Fleet: fleetMapOf(
        'Patch',
        { Patch: taskOf(undefined, { Arguments: '{% $states.input %}' }) },
        { MaxConcurrency: 1 },
      ),
    };
    const run = await redriven('Fleet', states, new Set(['Patch b']));
    expect(run.before).toEqual(['Patch a', 'Patch b']);
    expect(run.after).toEqual(['Patch b', 'Patch c']);
    expect(run.ended.status).toBe('SUCCEEDED');
    const children = run.store.childrenOf(run.store.execution(run.arn)?.id ?? 0);
    expect(children.map(({ status, redrives }) => [status, redrives])).toEqual([
      ['SUCCEEDED', 0],
      ['SUCCEEDED', 1],
      ['SUCCEEDED', 0],
    ]);
  });

  it('leaves failures that an earlier state caught as they were', async () => {
    const states = {
      Each: {
        Type: 'Map',
        Items: '{% $states.input.items %}',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'One', States: { One: taskOf(undefined, { Arguments: '{% $states.input %}' }) } },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Last' }],
        Next: 'Last',
      },
      Last: taskOf(undefined, { Output: '{% $states.input.Error %}' }),
    };
    const run = await redriven('Each', states, new Set(['One b', 'Last']));
    expect(run.before).toEqual(['One a', 'One b', 'Last']);
    expect(run.after).toEqual(['Last']);
    expect(run.ended).toMatchObject({ status: 'SUCCEEDED', output: '"Sick"' });
  });

  it('does a Map that was retried over as at its first attempt', async () => {
    const states = {
      Each: {
        Type: 'Map',
        Items: '{% $states.input.items %}',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'One', States: { One: taskOf(undefined, { Arguments: '{% $states.input %}' }) } },
        Retry: [{ ErrorEquals: ['Sick'], MaxAttempts: 1 }],
        End: true,
      },
    };
    const run = await redriven('Each', states, new Set(['One b']));
    expect(run.before).toEqual(['One a', 'One b', 'One a', 'One b']);
    expect(run.after).toEqual(['One b', 'One c']);
    expect(run.ended.status).toBe('SUCCEEDED');
  });

  it('gives it all of its time again', async () => {
    const states = { Nap: { Type: 'Wait', Seconds: 8, Next: 'Only' }, Only: taskOf(undefined) };
    const run = await redriven('Nap', states, new Set(['Only']), { TimeoutSeconds: 10 });
    expect(run.failed.status).toBe('FAILED');
    expect(run.ended).toMatchObject({ status: 'SUCCEEDED', stopDate: run.redriveDate + 1000 });
  });

  it('is refused for one that runs, that succeeded, or that is a child', async () => {
    const { engine, clock, store } = launch(temporaryDirectory(), async () => {
      throw new TaskFailure('Sick', '');
    });
    const refusal = (executionArn: string) =>
      engine.redriveExecution({ executionArn }).then(
        () => 'none',
        (error) => (error instanceof VerbError ? error.error : String(error)),
      );
    register(engine, 'rollout', 'Rest', { Rest: { Type: 'Wait', Seconds: 5, End: true } });
    register(engine, 'fleet', 'Fleet', { Fleet: fleetMapOf('Patch', { Patch: taskOf(undefined) }) });
    const rest = await start(engine, 'rollout', 'run-1');
    expect(await refusal(rest)).toBe('ExecutionNotRedrivable');
    await clock.run(engine.waitFor(rest));
    expect(await refusal(rest)).toBe('ExecutionNotRedrivable');
    const fleet = await start(engine, 'fleet', 'run-1', { items: [1] });
    expect((await clock.run(engine.waitFor(fleet))).status).toBe('FAILED');
    const [child] = store.childrenOf(store.execution(fleet)?.id ?? 0);
    expect(await refusal(child?.arn ?? '')).toBe('ExecutionNotRedrivable');
    expect(await refusal('nowhere')).toBe('ExecutionDoesNotExist');
  });
});
