import { describe, expect, it } from 'vitest';
import type { HistoryEvent, Json } from '../../../src/interpreter/ports.ts';
import { order } from '../../../src/orchestrator/runs/order.ts';
import { newRunView, progress } from '../../../src/orchestrator/runs/progress.ts';
import type { RunView } from '../../../src/orchestrator/runs/view.ts';
import { planOf } from './plan-of.ts';

const START = Date.parse('2026-11-23T10:00:00.000Z');
const plan = planOf([['i-1'], ['i-2']]);

/** A view, and two ways to let something happen in it, ten seconds after the last. */
function watched() {
  const asked = order(plan, { runId: 'r', trigger: { kind: 'person' }, startedAt: at(0), snapshotId: 's' });
  const view: RunView = newRunView(plan, asked, 'embedded');
  const apply = progress(view);
  let id = 0;
  const event = (type: string, value: { [key: string]: Json }): HistoryEvent => {
    id += 1;
    return { id, previousEventId: id - 1, timestamp: START + id * 10_000, type, details: { name: 'details', value } };
  };
  return {
    view,
    rollout: (type: string, value: { [key: string]: Json } = {}) => apply({ kind: 'rollout' }, event(type, value)),
    instance: (instanceId: string, type: string, value: { [key: string]: Json } = {}) =>
      apply({ kind: 'instance', instanceId }, event(type, value)),
  };
}
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const of = (view: RunView, id: string) => view.instances.find((instance) => instance.instanceId === id);

describe('the view of a run', () => {
  it('has every planned instance pending before anything happened', () => {
    expect(watched().view.instances.map(({ instanceId, wave, outcome }) => ({ instanceId, wave, outcome }))).toEqual([
      { instanceId: 'i-1', wave: 1, outcome: 'pending' },
      { instanceId: 'i-2', wave: 2, outcome: 'pending' },
    ]);
  });

  it('counts one out of service until it serves again, or its replacement does', () => {
    const { view, instance } = watched();
    const inService = view.capacity.inService ?? 0;
    const enter = (id: string, name: string) => instance(id, 'TaskStateEntered', { name });
    for (const id of ['i-1', 'i-2']) enter(id, 'WaitForDrain');
    expect(view.capacity.inService).toBe(inService - 2);
    enter('i-1', 'Untag');
    expect(view.capacity.inService).toBe(inService - 1);
    enter('i-2', 'LookForReplacement');
    expect(view.capacity.inService).toBe(inService - 1);
    enter('i-2', 'TagReplaced');
    expect(view.capacity.inService).toBe(inService);
    for (const name of ['TerminateBroken', 'Untag']) enter('i-2', name);
    expect(view.capacity.inService).toBe(inService);
  });

  it('knows the states of a wave that was read from S3 by their own names', () => {
    const { view, instance } = watched();
    instance('i-1', 'TaskStateEntered', { name: 'TagInstance (stored)' });
    expect(of(view, 'i-1')).toMatchObject({ outcome: 'patching', startedAt: at(10) });
  });

  it('shows an instance in hand with its step and since when', () => {
    const { view, instance } = watched();
    instance('i-1', 'TaskStateEntered', { name: 'TagInstance' });
    instance('i-1', 'TaskStateEntered', { name: 'SendPatchCommand' });
    instance('i-1', 'WaitStateEntered', { name: 'WaitForPatch' });
    expect(of(view, 'i-1')).toMatchObject({
      outcome: 'patching',
      step: 'patching',
      stepSince: at(20),
      startedAt: at(10),
    });
  });

  it('counts an instance out of service from its draining until it is back, once', () => {
    const { view, instance } = watched();
    instance('i-1', 'WaitStateEntered', { name: 'WaitForDrain' });
    instance('i-1', 'WaitStateEntered', { name: 'WaitForDrain' });
    expect(view.capacity.inService).toBe(1);
    instance('i-1', 'TaskStateEntered', { name: 'Untag' });
    expect(view.capacity.inService).toBe(2);
  });

  it('counts one as in service while hooks run on it that are for one that is back', () => {
    const { view, instance } = watched();
    instance('i-1', 'WaitStateEntered', { name: 'WaitForDrain' });
    instance('i-1', 'ChoiceStateExited', { name: 'InDock', assignedVariables: { place: '"afterPatch"' } });
    expect(view.capacity.inService).toBe(1);
    instance('i-1', 'ChoiceStateExited', { name: 'Serves', assignedVariables: { place: '"afterAttach"' } });
    expect(view.capacity.inService).toBe(2);
    instance('i-1', 'TaskStateEntered', { name: 'Untag' });
    expect(view.capacity.inService).toBe(2);
  });

  it('takes a look that finds the patch command still at work for a part of the patching', () => {
    const { view, instance } = watched();
    instance('i-1', 'TaskStateEntered', { name: 'SendPatchCommand' });
    instance('i-1', 'TaskStateEntered', { name: 'LookInDock' });
    expect(of(view, 'i-1')).toMatchObject({ step: 'verifying', stepSince: at(20) });
    instance('i-1', 'TaskStateEntered', { name: 'AwaitPatch' });
    expect(of(view, 'i-1')).toMatchObject({ step: 'patching', stepSince: at(10) });
  });

  it("takes an instance's outcome from the end of its execution, and the reason from the state that knew it", () => {
    const { view, instance } = watched();
    instance('i-1', 'TaskStateEntered', { name: 'TagInstance' });
    instance('i-1', 'TaskStateExited', {
      name: 'InDock',
      assignedVariables: { reason: '"503"', failing: 'true' },
    });
    instance('i-1', 'TaskStateExited', { name: 'CountFailure', assignedVariables: { counted: 'true' } });
    instance('i-1', 'ExecutionSucceeded', { output: '"rolled-back"' });
    expect(of(view, 'i-1')).toMatchObject({ outcome: 'rolled-back', reason: '503', endedAt: at(40) });
    expect(of(view, 'i-1')).not.toHaveProperty('step');
  });

  it('has an instance failed when its execution ended without an outcome', () => {
    const { view, instance } = watched();
    instance('i-1', 'ExecutionFailed', { error: 'States.Runtime', cause: 'broken' });
    expect(of(view, 'i-1')).toMatchObject({ outcome: 'failed', reason: 'broken' });
  });

  it('says until when a wave bakes, and no longer once it is over', () => {
    const { view, rollout } = watched();
    rollout('WaitStateEntered', { name: 'BakeWave' });
    expect(view.bakeUntil).toBe(at(310));
    rollout('WaitStateExited', { name: 'BakeWave' });
    rollout('WaitStateEntered', { name: 'BakeWave' });
    expect(view.bakeUntil).toBe(at(310));
    rollout('TaskStateEntered', { name: 'LookAfterWave' });
    expect(view.bakeUntil).toBeUndefined();
  });

  it.each([
    ['ExecutionSucceeded', {}, 'succeeded', undefined],
    ['ExecutionFailed', { error: 'Drydock.Halted', cause: 'i-1 rolled-back' }, 'halted', undefined],
    ['ExecutionFailed', { error: 'Drydock.Aborted', cause: 'the run was aborted' }, 'aborted', undefined],
    ['ExecutionFailed', { error: 'Drydock.NotWhole', cause: 'i-1 is outside' }, 'failed', 'i-1 is outside'],
    ['ExecutionFailed', { error: 'Drydock.GroupLocked', cause: 'held' }, 'failed', undefined],
    ['ExecutionAborted', {}, 'aborted', 'ExecutionAborted'],
    ['ExecutionTimedOut', {}, 'failed', 'ExecutionTimedOut'],
  ])('ends with %s %j as %s', (type, details, status, notWhole) => {
    const { view, rollout } = watched();
    rollout(type, details);
    expect(view).toMatchObject({ status, endedAt: at(10) });
    expect(view.notWhole).toBe(notWhole);
  });

  it('has skipped what was not begun when it ended', () => {
    const { view, rollout } = watched();
    rollout('ExecutionFailed', { error: 'Drydock.Halted', cause: 'bad patch' });
    expect(of(view, 'i-2')).toMatchObject({ outcome: 'skipped', reason: 'the run ended before it was begun' });
  });

  it('names the wave that a halt came in', () => {
    const { view, instance, rollout } = watched();
    instance('i-2', 'TaskStateEntered', { name: 'TagInstance' });
    rollout('ExecutionFailed', { error: 'Drydock.Halted', cause: 'bad patch' });
    expect(view.halted).toEqual({ reason: 'bad patch', wave: 2 });
  });

  it('is paused while the rollout waits for a person', () => {
    const { view, rollout } = watched();
    rollout('WaitStateEntered', { name: 'WaitWhileHeld' });
    expect(view.status).toBe('paused');
    rollout('WaitStateExited', { name: 'WaitWhileHeld' });
    expect(view.status).toBe('running');
  });
});
