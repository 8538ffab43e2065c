import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { TaskFailure } from '../../../src/interpreter/ports.ts';
import { VerbError } from '../../../src/orchestrator/engine/verbs.ts';
import { history, launch, register, START, start, temporaryDirectory } from './harness.ts';
import { fleetMapOf, taskOf } from './states.ts';

const MACHINE = 'arn:aws:states:eu-west-1:000000000000:stateMachine:rollout';

/** The name of the verb's error, or what came instead of it. */
async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return error instanceof VerbError ? error.error : String(error);
  }
}

describe('starting an execution', () => {
  it('runs it to its end and describes it in the words of Step Functions', async () => {
    const { engine, clock } = launch(temporaryDirectory(), async ({ arguments: args }) => ({ saw: args }));
    register(engine, 'rollout', 'Ask', {
      Ask: taskOf('Wait', { Arguments: { InstanceIds: '{% $states.input.ids %}' } }),
      Wait: { Type: 'Wait', Seconds: 90, End: true },
    });
    const executionArn = await start(engine, MACHINE, 'run-1', { ids: ['i-1'] });
    expect(await clock.run(engine.waitFor(executionArn))).toEqual({
      executionArn: 'arn:aws:states:eu-west-1:000000000000:execution:rollout:run-1',
      stateMachineArn: MACHINE,
      name: 'run-1',
      status: 'SUCCEEDED',
      startDate: START,
      stopDate: START + 90_000,
      input: '{"ids":["i-1"]}',
      output: '{"saw":{"InstanceIds":["i-1"]}}',
      redriveCount: 0,
    });
  });

  it('is the same execution again with the same name and input while it runs, and refused otherwise', async () => {
    const { engine, clock } = launch(temporaryDirectory());
    register(engine, 'rollout', 'Wait', { Wait: { Type: 'Wait', Seconds: 60, End: true } });
    const arn = await start(engine, 'rollout', 'run-1', { a: 1 });
    await clock.run(clock.sleep(10_000));
    const again = await engine.startExecution({ stateMachineArn: 'rollout', name: 'run-1', input: '{ "a": 1 }' });
    expect(again).toEqual({ executionArn: arn, startDate: START });
    expect(await errorOf(() => start(engine, 'rollout', 'run-1', { a: 2 }))).toBe('ExecutionAlreadyExists');
    await clock.run(engine.waitFor(arn));
    expect(await errorOf(() => start(engine, 'rollout', 'run-1', { a: 1 }))).toBe('ExecutionAlreadyExists');
    expect((await history(engine, arn)).filter(({ type }) => type === 'ExecutionStarted')).toHaveLength(1);
  });

  it.each([
    ['StateMachineDoesNotExist', { stateMachineArn: 'nowhere', name: 'a', input: '{}' }],
    ['InvalidExecutionInput', { stateMachineArn: 'rollout', name: 'a', input: '{' }],
    ['InvalidName', { stateMachineArn: 'rollout', name: 'a/b', input: '{}' }],
    ['InvalidName', { stateMachineArn: 'rollout', name: 'x'.repeat(81), input: '{}' }],
    ['InvalidName', { stateMachineArn: 'rollout', name: '', input: '{}' }],
  ])('refuses with %s: %j', async (error, input) => {
    const { engine } = launch(temporaryDirectory());
    register(engine, 'rollout', 'End', { End: { Type: 'Succeed' } });
    expect(await errorOf(() => engine.startExecution(input))).toBe(error);
    expect((await engine.listExecutions()).executions).toEqual([]);
  });

  it('refuses a definition that is wrong when it is registered, not when it runs', () => {
    const { engine } = launch(temporaryDirectory());
    expect(() => register(engine, 'rollout', 'Nowhere', { End: { Type: 'Succeed' } })).toThrow('Nowhere');
  });

  it('tells how a failed one ended', async () => {
    const { engine, clock } = launch(temporaryDirectory(), async () => {
      throw new TaskFailure('AutoScaling.ResourceContentionException', 'busy');
    });
    register(engine, 'rollout', 'Ask', { Ask: taskOf(undefined) });
    const arn = await start(engine, 'rollout', 'run-1');
    const ended = await clock.run(engine.waitFor(arn));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'AutoScaling.ResourceContentionException', cause: 'busy' });
    expect(ended).not.toHaveProperty('output');
  });

  it('leaves an execution running, and says why, when what broke is not its own', async () => {
    const { engine, clock, store } = launch(temporaryDirectory(), async () => {
      throw new RangeError('a defect');
    });
    register(engine, 'rollout', 'Ask', {
      Ask: taskOf(undefined, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Ask' }] }),
    });
    const arn = await start(engine, 'rollout', 'run-1');
    await expect(clock.run(engine.waitFor(arn))).rejects.toThrow('a defect');
    expect(store.execution(arn)?.status).toBe('RUNNING');
  });
});

describe('lists and histories', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];

  async function sail() {
    const ship = launch(temporaryDirectory(), async ({ arguments: args }, clock) => {
      await clock.sleep(1000);
      if (JSON.stringify(args) === '{"Item":"c"}') throw new TaskFailure('Broken', 'c');
      return null;
    });
    const look = { Look: taskOf(undefined, { Arguments: { Item: '{% $states.input %}' } }) };
    register(ship.engine, 'rollout', 'Fleet', {
      Fleet: fleetMapOf('Look', look, { ToleratedFailureCount: 1, MaxConcurrency: 2 }),
    });
    register(ship.engine, 'recover', 'End', { End: { Type: 'Succeed' } });
    const arn = await start(ship.engine, 'rollout', 'run-1', { items });
    await ship.clock.run(ship.engine.waitFor(arn));
    for (const name of ['r-1', 'r-2', 'r-3']) {
      await ship.clock.run(ship.engine.waitFor(await start(ship.engine, 'recover', name)));
    }
    const events = await history(ship.engine, arn);
    const mapRunArn = String(events.find(({ type }) => type === 'MapRunStarted')?.details?.value.mapRunArn);
    return { ...ship, arn, mapRunArn, events };
  }

  it('lists newest first, without the children of Maps, and by state machine', async () => {
    const { engine } = await sail();
    const names = async (input: Parameters<typeof engine.listExecutions>[0]) =>
      (await engine.listExecutions(input)).executions.map(({ name }) => name);
    expect(await names({})).toEqual(['r-3', 'r-2', 'r-1', 'run-1']);
    expect(await names({ stateMachineArn: MACHINE })).toEqual(['run-1']);
    expect(await names({ statusFilter: 'FAILED' })).toEqual([]);
  });

  it('lists the children of a Map Run, by status too', async () => {
    const { engine, mapRunArn } = await sail();
    const { executions } = await engine.listExecutions({ mapRunArn });
    expect(executions).toHaveLength(items.length);
    expect(executions.every((child) => child.mapRunArn === mapRunArn)).toBe(true);
    const failed = await engine.listExecutions({ mapRunArn, statusFilter: 'FAILED' });
    const [child] = failed.executions;
    expect(failed.executions).toHaveLength(1);
    expect(await engine.describeExecution({ executionArn: child?.executionArn ?? '' })).toMatchObject({
      input: '"c"',
      error: 'Broken',
      cause: 'c',
    });
  });

  it('gives each child a history of its own', async () => {
    const { engine, mapRunArn, events } = await sail();
    const { executions } = await engine.listExecutions({ mapRunArn });
    for (const { executionArn } of executions) {
      const own = await history(engine, executionArn);
      expect(own.map(({ type }) => type)).toContain('TaskStateEntered');
      expect(own[0]).toMatchObject({ id: 1, type: 'ExecutionStarted' });
    }
    expect(events.map(({ type }) => type)).not.toContain('TaskStateEntered');
  });

  it('gives every execution exactly once, page by page', async () => {
    const { engine } = await sail();
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await engine.listExecutions({ maxResults: 3, ...(nextToken === undefined ? {} : { nextToken }) });
      expect(page.executions.length).toBeLessThanOrEqual(3);
      seen.push(...page.executions.map(({ name }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual(['r-3', 'r-2', 'r-1', 'run-1']);
  });

  it('gives a history from either end, with ids that count up', async () => {
    const { engine, arn, events } = await sail();
    expect(events.length).toBeGreaterThan(7);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(await history(engine, arn, true)).toEqual(events.toReversed());
  });

  it('refuses an execution that is not there, and a page that was not given out', async () => {
    const { engine } = await sail();
    const executionArn = `${MACHINE}:none`;
    expect(await errorOf(() => engine.describeExecution({ executionArn }))).toBe('ExecutionDoesNotExist');
    expect(await errorOf(() => engine.getExecutionHistory({ executionArn }))).toBe('ExecutionDoesNotExist');
    expect(await errorOf(() => engine.stopExecution({ executionArn }))).toBe('ExecutionDoesNotExist');
    expect(await errorOf(() => engine.waitFor(executionArn))).toBe('ExecutionDoesNotExist');
    expect(await errorOf(() => engine.listExecutions({ nextToken: 'x' }))).toBe('InvalidToken');
  });
});

describe('listening', () => {
  it('tells of every event once it is recorded, whoever else breaks on it', async () => {
    const { engine, clock } = launch(temporaryDirectory(), async (_, time) => {
      await time.sleep(10);
      return null;
    });
    register(engine, 'rollout', 'Fleet', { Fleet: fleetMapOf('Look', { Look: taskOf(undefined) }) });
    const warned: unknown[] = [];
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(warning));
    const heard = new Map<string, number[]>();
    engine.onEvent((_, event) => {
      if (event.type === 'MapRunStarted') throw new Error('the onlooker fell');
    });
    const leave = engine.onEvent((arn, event) => heard.set(arn, [...(heard.get(arn) ?? []), event.id]));
    const arn = await start(engine, 'rollout', 'run-1', { items: [1, 2] });
    expect((await clock.run(engine.waitFor(arn))).status).toBe('SUCCEEDED');
    expect(heard.size).toBe(3);
    for (const [executionArn, ids] of heard) {
      expect(ids).toEqual((await history(engine, executionArn)).map(({ id }) => id));
    }
    leave();
    await clock.run(engine.waitFor(await start(engine, 'rollout', 'run-2', { items: [] })));
    expect(heard.size).toBe(3);
    emitWarning.mockRestore();
    expect(warned.map(String)).toEqual(Array(2).fill('Error: the onlooker fell'));
  });
});

describe('the journal on disk', () => {
  it('has all that led to a task before the task begins, in whichever branch', async () => {
    const stateDir = temporaryDirectory();
    const seen: string[][] = [];
    const { engine, clock } = launch(
      stateDir,
      async () => {
        // Another connection sees only what was committed.
        const reader = new DatabaseSync(join(stateDir, 'drydock.db'));
        seen.push(
          reader
            .prepare('SELECT type FROM events ORDER BY id')
            .all()
            .map(({ type }) => String(type)),
        );
        reader.close();
        return null;
      },
      START,
      'full',
    );
    const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true };
    const branch = { StartAt: 'Call', States: { Call: task } };
    engine.registerStateMachine({
      name: 'both',
      definition: {
        QueryLanguage: 'JSONata',
        StartAt: 'Both',
        States: { Both: { Type: 'Parallel', Branches: [branch, branch, branch], End: true } },
      },
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn: 'both', name: 'one', input: '{}' });
    await clock.run(engine.waitFor(executionArn));
    expect(seen).toHaveLength(3);
    for (const events of seen) expect(events.filter((type) => type === 'TaskStarted')).toHaveLength(3);
  });
});

describe('stopping an execution', () => {
  it('ends it and its children as ABORTED, on record, with the reason', async () => {
    const { engine, clock, store } = launch(temporaryDirectory(), (request, time) =>
      time.sleep(3_600_000, request.signal).then(() => null),
    );
    register(engine, 'rollout', 'Fleet', { Fleet: fleetMapOf('Look', { Look: taskOf(undefined) }) });
    const arn = await start(engine, 'rollout', 'run-1', { items: [1, 2, 3] });
    await clock.run(clock.sleep(1000));
    const [parent] = store.runningExecutions();
    const children = store.childrenOf(parent?.id ?? 0);
    expect(children.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    await engine.stopExecution({ executionArn: arn, error: 'Drydock.Stopped', cause: 'by hand' });
    expect(await engine.describeExecution({ executionArn: arn })).toMatchObject({
      status: 'ABORTED',
      error: 'Drydock.Stopped',
      cause: 'by hand',
      stopDate: START + 1000,
    });
    expect((await history(engine, arn)).at(-1)?.type).toBe('ExecutionAborted');
    for (const child of children) {
      expect((await engine.describeExecution({ executionArn: child.arn })).status).toBe('ABORTED');
      expect((await history(engine, child.arn)).at(-1)?.type).toBe('ExecutionAborted');
    }
    // Stopped already: nothing happens.
    await engine.stopExecution({ executionArn: arn, error: 'Other' });
    expect((await engine.describeExecution({ executionArn: arn })).error).toBe('Drydock.Stopped');
  });

  it('ends one whose engine is dead, with its children', async () => {
    const stateDir = temporaryDirectory();
    const dead = launch(stateDir, () => new Promise(() => {}));
    register(dead.engine, 'rollout', 'Fleet', { Fleet: fleetMapOf('Look', { Look: taskOf(undefined) }) });
    const arn = await start(dead.engine, 'rollout', 'run-1', { items: [1, 2] });
    await dead.clock.run(dead.clock.sleep(5));
    dead.store.close();

    const { engine, store } = launch(stateDir);
    await engine.stopExecution({ executionArn: arn, error: 'Drydock.Stopped' });
    expect(await engine.waitFor(arn)).toMatchObject({ status: 'ABORTED', error: 'Drydock.Stopped' });
    const children = store.childrenOf(store.execution(arn)?.id ?? 0);
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED']);
    expect(engine.resume()).toEqual([]);
  });
});
