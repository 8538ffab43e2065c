import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/interpreter/ports.ts';
import { VerbError } from '../../../src/orchestrator/engine/verbs.ts';
import { gate, history, launch, register, type Ship, START, start, temporaryDirectory } from './harness.ts';

/** An execution that has asked somebody for an answer; gives the token that it handed out. */
async function ask(more: { [key: string]: Json } = {}, stateDir = temporaryDirectory()) {
  const asked = gate<string>();
  let sent = 0;
  const ship = launch(stateDir, async ({ arguments: args }) => {
    sent += 1;
    asked.open(String(typeof args === 'object' && args !== null && !Array.isArray(args) ? args.Token : ''));
    return { MessageId: 'm-1' };
  });
  register(ship.engine, 'rollout', 'Ask', {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sns:publish.waitForTaskToken',
      Arguments: { Token: '{% $states.context.Task.Token %}' },
      End: true,
      ...more,
    },
  });
  const arn = await start(ship.engine, 'rollout', 'run-1');
  const taskToken = await ship.clock.run(asked.opened);
  await ship.clock.run(ship.clock.sleep(1));
  return { ...ship, arn, taskToken, sent: () => sent };
}

const ended = ({ clock, engine }: Ship, arn: string) => clock.run(engine.waitFor(arn));

describe('a task that waits for an answer', () => {
  it('ends with the output that is sent', async () => {
    const ship = await ask();
    await ship.engine.sendTaskSuccess({ taskToken: ship.taskToken, output: '{"promoted":true}' });
    expect(await ended(ship, ship.arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"promoted":true}' });
    expect((await history(ship.engine, ship.arn)).map(({ type }) => type)).toContain('TaskSubmitted');
  });

  it('fails with the error that is sent', async () => {
    const ship = await ask();
    await ship.engine.sendTaskFailure({ taskToken: ship.taskToken, error: 'Refused', cause: 'not today' });
    expect(await ended(ship, ship.arn)).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'not today' });
  });

  it('times out without heartbeats, and lives on with them', async () => {
    const ship = await ask({ HeartbeatSeconds: 10 });
    for (let beat = 0; beat < 5; beat += 1) {
      await ship.clock.run(ship.clock.sleep(9_000));
      await ship.engine.sendTaskHeartbeat({ taskToken: ship.taskToken });
    }
    const last = ship.clock.now();
    expect(await ended(ship, ship.arn)).toMatchObject({
      status: 'FAILED',
      error: 'States.HeartbeatTimeout',
      stopDate: last + 10_000,
    });
  });

  it('takes an answer once, and none that is not JSON, not known, or too late', async () => {
    const ship = await ask();
    const { engine, taskToken } = ship;
    const error = (call: Promise<void>) =>
      call.then(
        () => 'none',
        (e) => (e instanceof VerbError ? e.error : String(e)),
      );
    expect(await error(engine.sendTaskSuccess({ taskToken, output: 'yes' }))).toBe('InvalidOutput');
    expect(await error(engine.sendTaskSuccess({ taskToken: 'made up', output: '1' }))).toBe('InvalidToken');
    expect(await error(engine.sendTaskHeartbeat({ taskToken: 'made up' }))).toBe('InvalidToken');
    expect(await error(engine.sendTaskSuccess({ taskToken, output: '1' }))).toBe('none');
    expect(await error(engine.sendTaskFailure({ taskToken }))).toBe('TaskTimedOut');
    expect((await ended(ship, ship.arn)).output).toBe('1');
    expect(await error(engine.sendTaskFailure({ taskToken }))).toBe('InvalidToken');
  });

  it('does not ask again after a crash, and takes the answer that came meanwhile', async () => {
    const stateDir = temporaryDirectory();
    const first = await ask({}, stateDir);
    first.store.close();

    // Nobody runs it: the answer is kept.
    const answering = launch(stateDir);
    await answering.engine.sendTaskSuccess({ taskToken: first.taskToken, output: '"while away"' });
    answering.store.close();

    const second = launch(stateDir, async () => {
      throw new Error('asked again');
    });
    expect(second.engine.resume()).toEqual([first.arn]);
    expect((await ended(second, first.arn)).output).toBe('"while away"');
    expect(first.sent()).toBe(1);
  });

  it('hears an answer that another process took', async () => {
    const stateDir = temporaryDirectory();
    const first = await ask({}, stateDir);
    const other = launch(stateDir);
    await other.engine.sendTaskSuccess({ taskToken: first.taskToken, output: '"from elsewhere"' });
    expect((await first.engine.waitFor(first.arn)).output).toBe('"from elsewhere"');
  });

  it('is over when the execution is stopped', async () => {
    const ship = await ask();
    await ship.engine.stopExecution({ executionArn: ship.arn });
    expect(await ended(ship, ship.arn)).toMatchObject({ status: 'ABORTED', stopDate: START + 1 });
  });
});
