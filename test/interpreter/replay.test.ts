import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChildResult, type Json, loadDefinition, TaskFailure } from '../../src/interpreter/index.ts';
import { Killed, MemoryJournal, type Outcome, type Recorded, run, type Tasks, VirtualClock } from './world.ts';

type States = { [name: string]: Json };

/** A part of a machine: its states, one after another, under names that begin with `prefix`. */
type Part = (prefix: string) => { [field: string]: Json };

const pass: Part = (prefix) => ({
  Type: 'Pass',
  Assign: { [`seen_${prefix}`]: '{% $exists($states.input.n) ? $states.input.n : $random() %}' },
  Output: `{% {"n": $count($keys($states.input)) + 1, "at": $millis(), "id": $uuid()} %}`,
});
const wait: Part = () => ({ Type: 'Wait', Seconds: 7 });
const task =
  (failures: number): Part =>
  (prefix) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:test:work',
    Arguments: {
      key: `{% "${prefix}" & "|" & ($exists($states.context.Map) ? $states.context.Map.Item.Index : "") & "|" & $states.context.State.RetryCount %}`,
      fail: `{% $states.context.State.RetryCount < ${failures} %}`,
    },
    TimeoutSeconds: 100,
    Retry: [{ ErrorEquals: ['Test.Flaky'], IntervalSeconds: 3, MaxAttempts: 2, JitterStrategy: 'FULL' }],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: `${prefix}x`, Output: '{% $states.errorOutput %}' }],
    Assign: { [`task_${prefix}`]: '{% $states.result %}' },
  });
const choice: Part = (prefix) => ({
  Type: 'Choice',
  Choices: [
    {
      Condition: '{% $exists($states.input.n) and $states.input.n > 2 %}',
      Next: `${prefix}x`,
      Assign: { [`chose_${prefix}`]: true },
    },
  ],
  Default: `${prefix}x`,
});
const broken: Part = (prefix) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:test:work',
  Arguments: { key: '{% $nothing %}' },
  Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: `${prefix}x` }],
});
const parallel =
  (...branches: Part[][]): Part =>
  (prefix) => ({
    Type: 'Parallel',
    Branches: branches.map((parts, i) => chain(parts, `${prefix}p${i}_`)),
    Output: '{% {"n": $count($states.result)} %}',
  });
const map =
  (parts: Part[], concurrency: number): Part =>
  (prefix) => ({
    Type: 'Map',
    Items: [1, { n: 2 }, 'three', [4]],
    MaxConcurrency: concurrency,
    ItemSelector: { item: '{% $states.context.Map.Item.Value %}', id: '{% $uuid() %}' },
    ItemProcessor: chain(parts, `${prefix}m_`),
    Output: '{% {"n": $count($states.result)} %}',
  });
const distributed =
  (parts: Part[]): Part =>
  (prefix) => ({
    Type: 'Map',
    Items: [1, 2, 3],
    MaxConcurrency: 2,
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...chain(parts, `${prefix}d_`) },
  });

/** Parts one after another; each is followed by a Pass `…x`, where its Catch and its Choices lead. */
function chain(parts: readonly Part[], prefix: string): { StartAt: string; States: States } {
  const states: States = {};
  parts.forEach((part, i) => {
    const name = `${prefix}${i}`;
    const last = i === parts.length - 1;
    const state = part(name);
    states[name] = state.Type === 'Choice' ? state : { ...state, Next: `${name}x` };
    states[`${name}x`] = { Type: 'Pass', ...(last ? { End: true } : { Next: `${prefix}${i + 1}` }) };
  });
  return { StartAt: `${prefix}0`, States: states };
}

const leaf = fc.constantFrom(pass, wait, task(0), task(1), task(3), choice, broken);
const leaves = fc.array(leaf, { minLength: 1, maxLength: 3 });
const nested = fc.oneof(
  leaf,
  fc.array(leaves, { minLength: 1, maxLength: 3 }).map((branches) => parallel(...branches)),
  fc.tuple(leaves, fc.integer({ min: 0, max: 3 })).map(([parts, concurrency]) => map(parts, concurrency)),
  leaves.map(distributed),
  fc.tuple(leaves, leaves).map(([a, b]) => parallel([map(a, 2), ...b], b)),
);
const machines = fc
  .array(nested, { minLength: 1, maxLength: 3 })
  .map((parts) => ({ QueryLanguage: 'JSONata', ...chain(parts, 's') }));

/** Work that takes time and tells who called. */
function worker(clock: VirtualClock, called: string[]): Tasks {
  return {
    async work(args, request) {
      const { key, fail } = args as { key: string; fail: boolean };
      called.push(`${request.executionArn}|${key}`);
      await clock.sleep(1000 + key.length * 10, request.signal);
      if (fail) throw new TaskFailure('Test.Flaky', key);
      return { done: key };
    },
  };
}

/** A history without the strands that a failing sibling cut off: how far those came depends on when the sibling failed. */
function withoutCutOff(events: readonly Recorded[]): Recorded[] {
  const cut = events.filter(({ type }) => /(State|Iteration)Aborted$/.test(type)).map(({ strand }) => strand);
  return events.filter(({ strand }) => !cut.some((name) => strand === name || strand.startsWith(`${name}/`)));
}

/** A history as each strand saw it: without the ids and times that depend on how strands interleave. */
function byStrand(events: readonly Recorded[]): Record<string, unknown[]> {
  const strands: Record<string, unknown[]> = {};
  const places = new Map<number, string>();
  for (const { id, strand, previousEventId, type, details } of events) {
    const list = strands[strand] ?? [];
    strands[strand] = list;
    places.set(id, `${strand}:${list.length}`);
    const joins = /State(Succeeded|Exited)$|IterationStarted$/.test(type);
    const text = JSON.stringify(details)
      ?.replace(/event id #\d+/g, 'event id #')
      .replace(/"(at|EnteredTime)\\?":\d+/g, '"at":0');
    list.push([type, joins ? 'joins' : places.get(previousEventId), text?.replace(/\\"at\\":\d+/g, '')]);
  }
  return strands;
}

function succeededTasks(outcome: { events: readonly Recorded[] }): Set<string> {
  const scheduled = new Map<string, string>();
  const done = new Set<string>();
  for (const { strand, type, details } of outcome.events) {
    if (type === 'TaskScheduled') scheduled.set(strand, String(JSON.parse(String(details?.value.parameters)).key));
    if (type === 'TaskSucceeded' || type === 'TaskFailed') done.add(scheduled.get(strand) ?? '');
  }
  return done;
}

/** Runs `json`, kills it when `events` are recorded, and runs it again an hour later over what is recorded. */
async function killAndRunAgain(
  json: Json,
  events: number,
): Promise<{ again: Outcome; before: Recorded[]; calledAgain: string[] }> {
  const definition = loadDefinition(json);
  const clock = new VirtualClock();
  const children = new Map<string, ChildResult>();
  const journal = new MemoryJournal(clock, [], events);
  await expect(run(definition, {}, { clock, journal, children, tasks: worker(clock, []) })).rejects.toThrow(Killed);
  const before = [...journal.events];
  expect(before).toHaveLength(events);
  const later = new VirtualClock((before.at(-1)?.timestamp ?? 0) + 3_600_000);
  const calledAgain: string[] = [];
  const tasks = worker(later, calledAgain);
  const again = await run(definition, {}, { clock: later, recorded: before, children, tasks });
  return { again, before, calledAgain };
}

async function uncut(json: Json): Promise<Outcome> {
  const clock = new VirtualClock();
  return run(json, {}, { clock, tasks: worker(clock, []) });
}

async function expectSameWhereverCut(json: Json, cuts: (length: number) => number[]): Promise<void> {
  const whole = await uncut(json);
  for (const k of cuts(whole.events.length)) {
    const { again, before, calledAgain } = await killAndRunAgain(json, k);
    expect(again.result.status).toBe(whole.result.status);
    expect(byStrand(withoutCutOff(again.events))).toEqual(byStrand(withoutCutOff(whole.events)));
    expect(again.events.slice(0, k)).toEqual(before);
    const main = 'arn:aws:states:eu-central-1:123456789012:execution:rollout:run-1|';
    const done = succeededTasks({ events: before });
    expect(calledAgain.filter((call) => call.startsWith(main) && done.has(call.slice(main.length)))).toEqual([]);
  }
}

describe('an execution that was killed', () => {
  it('ends with the same history and result, whichever event was the last one recorded, and repeats no finished task', async () => {
    const rich = [
      pass,
      task(1),
      parallel([task(0), wait], [map([task(1), choice], 2)], [broken, task(3)]),
      map([parallel([task(0)], [pass, wait])], 3),
      distributed([task(1), pass]),
      choice,
    ];
    const json = { QueryLanguage: 'JSONata', ...chain(rich, 's') };
    await expectSameWhereverCut(json, (length) => Array.from({ length: length - 1 }, (_, i) => i + 1));
  });

  it('fails for the same reason when a sibling failed', async () => {
    const fails: Part = () => ({ Type: 'Pass', Output: '{% $states.context.Map.Item.Index = 1 ? $nothing : 1 %}' });
    const iterations = map([wait, parallel([fails], [wait, wait, task(0)])], 2);
    const json = {
      QueryLanguage: 'JSONata',
      ...chain([pass, parallel([iterations], [wait, wait, wait, task(1)])], 's'),
    };
    const whole = await uncut(json);
    expect(whole.result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(whole.events.map(({ type }) => type)).toContain('MapIterationAborted');
    await expectSameWhereverCut(json, (length) => Array.from({ length: length - 1 }, (_, i) => i + 1));
  });

  it('sees the time that is recorded, not that of the second run', async () => {
    const json = {
      QueryLanguage: 'JSONata',
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: '{% $now() %}', End: true } },
    };
    const { again } = await killAndRunAgain(json, 2);
    expect(again.result).toEqual({ status: 'SUCCEEDED', output: '2026-03-10T02:00:00.000Z' });
  });

  it('does so for any machine', async () => {
    await fc.assert(
      fc.asyncProperty(machines, fc.double({ min: 0, max: 0.999, noNaN: true }), async (json, where) => {
        await expectSameWhereverCut(json, (length) => [1 + Math.floor(where * (length - 1))]);
      }),
      { numRuns: 150, seed: 20260310 },
    );
  });
});
