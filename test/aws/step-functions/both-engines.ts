/** One case on two engines: Moto's executor and the embedded one, each on a fleet of its own made alike, on a clock that goes alike. */
import { randomUUID } from 'node:crypto';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { Settings } from '../../../src/orchestrator/plan/types.ts';
import { type Order, order } from '../../../src/orchestrator/runs/order.ts';
import { EMBEDDED_NAMES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { clientSettings } from '../clients.ts';
import { createFleet, type Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';
import { milestones } from '../milestones.ts';
import { planOfFleet } from '../plan-of-fleet.ts';
import { dieAfter, runEmbedded } from './embedded.ts';
import { type Ended, startExecutor } from './executor.ts';
import { surroundingsOf, type Telling } from './surroundings.ts';
import { byInstance, calls, likening, looksSorted } from './told.ts';

const { TableName } = EMBEDDED_NAMES;
export const SECOND_MS = 1000;
export const HOUR_MS = 3_600_000;
/** When every execution begins, on its own clock: both engines see the same times. */
export const BEGINS_AT = Date.parse('2026-11-24T02:00:00Z');

export interface Case {
  size?: number;
  settings?: (fleet: Fleet) => Partial<Settings>;
  telling?: Telling;
  machine?: StateMachineName;
  /** What the execution is begun with; default: the order. */
  input?: (order: Order) => object;
  /** What the plan function gives for an event. */
  plan?: (order: Order, event: unknown) => object;
  /** What is so before the execution begins. */
  before?: (fleet: Fleet, order: Order) => Promise<unknown> | unknown;
  /** What happens once a call was answered. */
  during?: (call: RecordedCall, order: Order, fleet: Fleet) => Promise<unknown> | unknown;
  /** `in order` unless a retry waits for a random while (`without times`), or instances go side by side (`by instance`). */
  compared?: 'in order' | 'without times' | 'by instance';
}

/** What an execution did, and what it left, in words that are the same for two fleets. */
export interface Told extends Ended {
  calls: string[];
  items: string[];
  milestones: string[];
}

export interface BothEngines extends AsyncDisposable {
  /** Runs the case on both and holds one against the other; gives what both did. */
  alike(name: string, given: Case): Promise<Told>;
  /** Begins the order on a fleet and lets its engine die after `last` (`service:Action`) was answered. */
  dieAfter(last: string, fleet: Fleet, order: Order): Promise<void>;
  /** Locks a group for another run. */
  lock(groupName: string, expiresAtMs: number): Promise<void>;
  /** Puts a run's record in the place of what there is. */
  record(runId: string, flags: { aborted: boolean; paused: boolean; approved?: true }): Promise<void>;
}

/** Starts Moto, with its executor switched on and an item table in it. `python` has Moto's modules. */
export async function startBoth(python: string): Promise<BothEngines> {
  const executor = await startExecutor(python);
  const table = new DynamoDB(clientSettings(executor.url));
  await table.createTable({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });

  async function runOn(engine: 'executor' | 'embedded', name: string, given: Case): Promise<Told> {
    const {
      size = 2,
      settings = () => ({}),
      telling = 'waited for',
      machine = 'rollout',
      compared = 'in order',
    } = given;
    await using fleet = await createFleet(executor.url, size);
    const startedAt = new Date(BEGINS_AT).toISOString();
    const trigger = { kind: 'person', by: 'test' } as const;
    const ordered = order(planOfFleet(fleet, settings(fleet)), {
      runId: name,
      startedAt,
      trigger,
      snapshotId: randomUUID(),
    });
    await given.before?.(fleet, ordered);
    fleet.gateway.onAnswered(async (call) => {
      await given.during?.(call, ordered, fleet);
    });
    const plan = async (event: unknown) => given.plan?.(ordered, event);
    const surroundings = surroundingsOf(fleet, { moto: executor.url, telling, beginsAt: BEGINS_AT, plan });
    const from = fleet.gateway.calls.length;
    const run = engine === 'executor' ? executor.run : runEmbedded;
    const ended = await run({ machine, name, input: given.input?.(ordered) ?? ordered }, surroundings);
    // How an engine begins executions of its own is its own business.
    const recorded = fleet.gateway.calls.slice(from).filter(({ service }) => service !== 'states');
    const likened = likening(fleet, { timed: compared === 'in order', counted: compared !== 'by instance' });
    const said = calls(recorded, likened);
    return {
      ...ended,
      calls: looksSorted(compared === 'by instance' ? byInstance(said) : said),
      output: likened(ended.output ?? null),
      cause: likened(ended.cause ?? null),
      items: (await takeItems()).map(likened).toSorted(),
      milestones: compared === 'by instance' ? [] : milestones(recorded).map((what) => likened(what).slice(1, -1)),
    };
  }

  /** What the table holds; it is empty afterwards. */
  async function takeItems(): Promise<unknown[]> {
    const { Items = [] } = await table.scan({ TableName, ConsistentRead: true });
    for (const { pk } of Items) await table.deleteItem({ TableName, Key: pk === undefined ? {} : { pk } });
    return Items;
  }

  return {
    alike: async (name, given) => {
      const embedded = await runOn('embedded', name, given);
      const other = await runOn('executor', name, given);
      expect(other.calls).toEqual(embedded.calls);
      expect(other).toEqual(embedded);
      return embedded;
    },
    dieAfter: async (last, fleet, input) => {
      const before = surroundingsOf(fleet, { moto: executor.url, telling: 'never', beginsAt: BEGINS_AT - HOUR_MS });
      await dieAfter((call) => isCall(call, last), { machine: 'rollout', name: input.runId, input }, before);
    },
    lock: async (groupName, expiresAtMs) => {
      const expiresAt = { N: String(expiresAtMs / SECOND_MS) };
      const Item = { pk: { S: `lock#${groupName}` }, holder: { S: 'another-run' }, expiresAt };
      await table.putItem({ TableName, Item });
    },
    record: async (runId, flags) => {
      const said = Object.entries(flags).map(([name, flag]) => [name, { BOOL: flag }]);
      await table.putItem({ TableName, Item: { pk: { S: `run#${runId}` }, ...Object.fromEntries(said) } });
    },
    [Symbol.asyncDispose]: async () => {
      table.destroy();
      await executor[Symbol.asyncDispose]();
    },
  };
}

/** Whether the call is of that name (`service:Action`) and went through. */
export function isCall({ service, action, status }: RecordedCall, name: string): boolean {
  return `${service}:${action}` === name && status === 200;
}
