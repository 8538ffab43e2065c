import { describe, expect, it } from 'vitest';
import type { HistoryEvent, Json } from '../../../src/interpreter/ports.ts';
import type { RunHistory } from '../../../src/orchestrator/engine/history.ts';
import type { ExecutionStatus } from '../../../src/orchestrator/engine/store.ts';
import { order } from '../../../src/orchestrator/runs/order.ts';
import { newRunView } from '../../../src/orchestrator/runs/progress.ts';
import { type KeptOutcomes, runReader } from '../../../src/orchestrator/runs/reader.ts';
import { planOf } from './plan-of.ts';

const MAP_RUN = 'arn:aws:states:eu-west-1:1:mapRun:rollout/Wave:1';

/** A rollout with one wave, of which a test decides event by event how far it is; every page that is read is counted. */
function wave(count: number, kept?: KeptOutcomes) {
  const ids = Array.from({ length: count }, (_, at) => `i-${at}`);
  const histories = new Map<string, HistoryEvent[]>();
  const statuses = new Map<string, ExecutionStatus>();
  /** What listings still say of an execution that is over. */
  const lagging = new Map<string, ExecutionStatus>();
  const read = { histories: 0, listings: 0 };

  const add = (arn: string, type: string, value: { [key: string]: Json } = {}) => {
    const events = histories.get(arn) ?? [];
    histories.set(arn, events);
    const id = events.length + 1;
    events.push({ id, previousEventId: id - 1, timestamp: id * 1000, type, details: { name: 'details', value } });
  };
  const page = <T>(all: T[], maxResults: number, nextToken = '0') => {
    const from = Number(nextToken);
    const more = from + maxResults < all.length ? { nextToken: String(from + maxResults) } : {};
    return { items: all.slice(from, from + maxResults), more };
  };
  const history: RunHistory = {
    describeExecution: () => Promise.reject(new Error('nobody has to describe an execution to read on')),
    listExecutions: async ({ statusFilter, maxResults = 100, nextToken } = {}) => {
      read.listings += 1;
      const all = [...statuses.keys()].reverse().map((arn) => ({
        executionArn: arn,
        stateMachineArn: '',
        name: arn,
        status: lagging.get(arn) ?? statuses.get(arn) ?? 'RUNNING',
        startDate: 0,
        redriveCount: 0,
      }));
      const { items, more } = page(
        all.filter(({ status }) => statusFilter === undefined || status === statusFilter),
        maxResults,
        nextToken,
      );
      return { executions: items, ...more };
    },
    getExecutionHistory: async ({ executionArn, reverseOrder, maxResults = 100, nextToken }) => {
      read.histories += 1;
      const events = histories.get(executionArn) ?? [];
      const { items, more } = page(reverseOrder === true ? events.toReversed() : events, maxResults, nextToken);
      return { events: items, ...more };
    },
  };
  const plan = planOf([ids]);
  const begun = order(plan, { runId: 'r', trigger: { kind: 'api' }, startedAt: plan.madeAt, snapshotId: '' });
  const reader = runReader(history, 'rollout', newRunView(plan, begun, 'step-functions'), kept);
  add('rollout', 'ExecutionStarted', { input: '{}' });
  add('rollout', 'MapRunStarted', { mapRunArn: MAP_RUN });

  const outcome = (at: number) => reader.view.instances[at]?.outcome;
  return {
    reader,
    read,
    lagging,
    outcome,
    outcomes: () => Map.groupBy(reader.view.instances, (instance) => instance.outcome),
    begin: (at: number) => {
      statuses.set(`child-${at}`, 'RUNNING');
      add(`child-${at}`, 'ExecutionStarted', { input: JSON.stringify({ instanceId: ids[at] ?? '' }) });
      add(`child-${at}`, 'TaskStateEntered', { name: 'TagInstance' });
    },
    step: (at: number, name: string) => add(`child-${at}`, 'TaskStateEntered', { name }),
    end: (at: number) => {
      add(`child-${at}`, 'ExecutionSucceeded', { output: '"patched"' });
      statuses.set(`child-${at}`, 'SUCCEEDED');
    },
    abort: (at: number) => {
      add(`child-${at}`, 'ExecutionAborted', {});
      statuses.set(`child-${at}`, 'ABORTED');
    },
    succeed: () => {
      add('rollout', 'MapRunSucceeded');
      add('rollout', 'ExecutionSucceeded', { output: '{}' });
    },
    /** The pages that `work` reads. */
    reading: async (work: () => Promise<unknown>) => {
      const before = { ...read };
      await work();
      return { histories: read.histories - before.histories, listings: read.listings - before.listings };
    },
  };
}

/** Keeps the outcome of each instance in `ids`. */
function keeping(ids: () => string[], runningAtOnce = 25): KeptOutcomes & { asked: number } {
  const kept = {
    asked: 0,
    runningAtOnce,
    apply: async (view: Parameters<KeptOutcomes['apply']>[0]) => {
      kept.asked += 1;
      const known = new Set(ids());
      for (const instance of view.instances) if (known.has(instance.instanceId)) instance.outcome = 'patched';
      return [...known];
    },
  };
  return kept;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

describe('reading a run on', () => {
  it('reads nothing again, and says when there was nothing new', async () => {
    const run = wave(2);
    run.begin(0);
    expect(await run.reader.refresh()).toBe(true);
    expect(run.outcome(0)).toBe('patching');
    expect(await run.reader.refresh()).toBe(false);
    run.end(0);
    expect(await run.reader.refresh()).toBe(true);
    expect(run.outcome(0)).toBe('patched');
    expect(await run.reading(run.reader.refresh)).toEqual({ histories: 1, listings: 1 });
  });

  it('sees a wave that began and ended between two looks', async () => {
    const run = wave(3);
    for (const at of range(0, 3)) run.begin(at);
    for (const at of range(0, 3)) run.end(at);
    run.succeed();
    await run.reader.refresh();
    expect(run.outcomes().get('patched')).toHaveLength(3);
    expect(run.reader.view.status).toBe('succeeded');
  });

  it('waits for the end of a child that listings do not know of yet, but not for ever', async () => {
    const run = wave(2);
    run.begin(0);
    await run.reader.refresh();
    run.lagging.set('child-0', 'RUNNING');
    run.end(0);
    run.succeed();
    await run.reader.refresh();
    expect([run.outcome(0), run.outcome(1), run.reader.view.status]).toEqual(['patched', 'skipped', 'succeeded']);

    const stuck = wave(1);
    stuck.begin(0);
    stuck.succeed();
    await stuck.reader.refresh();
    expect(stuck.reader.view.status).toBe('running');
    for (const _ of range(0, 3)) await stuck.reader.refresh();
    expect(stuck.reader.view.status).toBe('succeeded');
  });
});

describe('reading a wave of ten thousand', () => {
  it('takes what is over from what is kept, and reads only those in hand', async () => {
    const kept = keeping(() => range(0, 9_990).map((at) => `i-${at}`));
    const run = wave(10_000, kept);
    for (const at of range(0, 10_000)) run.begin(at);
    for (const at of range(0, 9_990)) run.end(at);
    expect(await run.reading(run.reader.refresh)).toEqual({ histories: 11, listings: 10 });
    expect(run.outcomes().get('patched')).toHaveLength(9_990);
    expect(run.outcomes().get('patching')).toHaveLength(10);
    expect(kept.asked).toBe(1);
  });

  it('reads on with a call for each that is in hand or has just ended', async () => {
    const ended = new Set(range(0, 5_000).map((at) => `i-${at}`));
    const run = wave(
      10_000,
      keeping(() => [...ended]),
    );
    for (const at of range(0, 5_010)) run.begin(at);
    for (const at of range(0, 5_000)) run.end(at);
    await run.reader.refresh();
    for (const at of range(5_000, 5_003)) run.end(at);
    for (const at of range(5_010, 5_013)) run.begin(at);
    // The rollout itself, three that ended, seven that go on, three new ones; one page of the newest.
    expect(await run.reading(run.reader.refresh)).toEqual({ histories: 14, listings: 1 });
    expect(run.outcomes().get('patched')).toHaveLength(5_003);
    expect(run.outcomes().get('patching')).toHaveLength(10);
  });

  it('asks which of the older ones still run, where they are on no page that was read', async () => {
    const run = wave(
      3_000,
      keeping(() => []),
    );
    run.begin(0);
    await run.reader.refresh();
    for (const at of range(1, 2_000)) run.begin(at);
    await run.reader.refresh();
    run.end(0);
    const { listings } = await run.reading(run.reader.refresh);
    // The newest page, and the two of those that run.
    expect(listings).toBe(3);
    expect(run.outcome(0)).toBe('patched');
  });

  it('takes turns among many that are in hand at once', async () => {
    const run = wave(
      100,
      keeping(() => [], 25),
    );
    for (const at of range(0, 100)) run.begin(at);
    for (const turn of range(1, 5)) {
      await run.reader.refresh();
      expect(run.outcomes().get('patching')).toHaveLength(turn * 25);
    }
    for (const at of range(0, 100)) run.step(at, 'SendPatchCommand');
    for (const _ of range(0, 4)) await run.reader.refresh();
    expect(run.reader.view.instances.filter(({ step }) => step === 'patching')).toHaveLength(100);
  });

  it('reads those of which nothing is kept, and those that ended without an outcome', async () => {
    const run = wave(
      200,
      keeping(() => range(0, 90).map((at) => `i-${at}`)),
    );
    for (const at of range(0, 101)) run.begin(at);
    for (const at of range(0, 100)) run.end(at);
    run.abort(100);
    await run.reader.refresh();
    expect(run.outcomes().get('patched')).toHaveLength(100);
    expect(run.outcome(100)).toBe('failed');
  });
});
