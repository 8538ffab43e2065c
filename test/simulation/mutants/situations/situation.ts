/** What situations are made of. */

import { TaskFailure } from '../../../../src/interpreter/ports.ts';
import { type Order, order } from '../../../../src/orchestrator/runs/order.ts';
import { TABLE } from '../../../../src/orchestrator/runs/records.ts';
import type { RunView } from '../../../../src/orchestrator/runs/view.ts';
import { itemTable } from '../../../../src/orchestrator/table/table.ts';
import { terminate } from '../../../../src/simulator/machines.ts';
import { GROUP, type RolloutWorld, type WorldOptions } from '../../../rollout/open-world.ts';

export interface Situation {
  options?: WorldOptions;
  /** Brings it about, and gives how it ended. */
  run(world: RolloutWorld): Promise<unknown>;
}

export const HOUR = 3600;

export const ROLLBACKS = ['restore', 'replace', 'quarantine'] as const;

export const WEBHOOK = 'https://hooks.example.com/';

export const is =
  (name: string) =>
  (_: string, { details }: { details?: { value: { name?: unknown } } }) =>
    details?.value.name === name;

/** Begins a run and gives control to `then` when an execution comes to that state. */
export async function at(
  world: RolloutWorld,
  state: string,
  then: (id: string) => unknown,
  begin: () => Promise<string> = world.start,
): Promise<string> {
  const reached = new Promise<void>((resolve) => {
    world.engine.onEvent((arn, event) => is(state)(arn, event) && resolve());
  });
  const id = await begin();
  await world.clock.run(reached);
  await then(id);
  return id;
}

/** The same, and the run to its end. */
export const meanwhile = async (world: RolloutWorld, state: string, then: (id: string) => unknown): Promise<RunView> =>
  world.follow(await at(world, state, then));

export const stoppedAt = (world: RolloutWorld, state: string, begin?: () => Promise<string>) =>
  at(world, state, (id) => world.clock.run(world.stop(id)), begin);

export const recovered = async (world: RolloutWorld, id: string) => world.clock.run(world.runs.recover(id));

/** Writes over members of an item of the table. */
export async function write(world: RolloutWorld, pk: string, members: Record<string, unknown>): Promise<void> {
  const table = itemTable(world.store.database);
  const { Item = {} } = await table.getItem({ TableName: TABLE, Key: { pk: { S: pk } } });
  await table.putItem({ TableName: TABLE, Item: JSON.parse(JSON.stringify({ ...Item, pk: { S: pk }, ...members })) });
}

export const first = ({ ids }: RolloutWorld) => ids.slice(0, 1);

export const breaks = (world: RolloutWorld) => world.fault('patch-breaks-app', { instanceIds: first(world) });

/** Its application answers 500 from now on. */
export function sicken({ cloud }: RolloutWorld, id: string): void {
  const machine = cloud.machine(id);
  machine.content = { ...machine.content, brokenStatus: 500 };
  cloud.world.machineChanged(machine);
}

export const other = ({ cloud }: RolloutWorld) => cloud.somebodyElse.autoscaling;

export const tag = (Key: string, Value: string) => ({
  Tags: [{ ResourceId: GROUP, ResourceType: 'auto-scaling-group', Key, Value, PropagateAtLaunch: false }],
});

/** A task of that state fails whenever it is tried. */
export const failing = (state: string, error = 'Some.Exception'): WorldOptions => ({
  interfere: async ({ stateName }) => {
    if (stateName === state) throw new TaskFailure(error, 'on purpose');
  },
});

export async function ended(world: RolloutWorld, name: string, input: object): Promise<unknown> {
  const request = { stateMachineArn: 'rollout', name, input: JSON.stringify(input) };
  const { executionArn } = await world.engine.startExecution(request);
  const { status, output, error, cause } = await world.clock.run(world.engine.waitFor(executionArn));
  return { status, output, error, cause };
}

/** A run whose order was changed before it began. */
export async function begun(world: RolloutWorld, change: (made: Order) => object): Promise<unknown> {
  const made = await world.clock.run(world.plan());
  const key = { runId: 'changed', trigger: { kind: 'api' as const }, startedAt: world.now(), snapshotId: 'of-this' };
  return ended(world, 'changed', change(order(made, key)));
}

export const windowOf = ({ clock }: RolloutWorld, seconds: number) => ({
  id: 'mw-1',
  executionId: 'e-1',
  closesAt: Math.floor(clock.now() / 1000) + seconds,
  instanceSeconds: 200,
});

export function taggedIds({ cloud }: RolloutWorld): string[] {
  return [...cloud.world.machines.values()].filter(({ tags }) => tags.has('drydock:run-id')).map(({ id }) => id);
}

export function terminateTagged(world: RolloutWorld): void {
  for (const id of taggedIds(world)) terminate(world.cloud.world, world.cloud.machine(id));
}

type IsDue = (arn: string, event: Parameters<ReturnType<typeof is>>[1]) => boolean;

/** The process dies at that event, and another goes on once `then` is over. Gives how the run ended. */
export async function asleepAt(
  world: RolloutWorld,
  isDue: IsDue,
  then: (id: string) => unknown,
  begin: () => Promise<string> = world.start,
): Promise<RunView> {
  const died = world.dieAt(isDue);
  const id = await begin();
  await died;
  await then(id);
  world.restart();
  await world.runs.resume();
  return world.follow(id);
}

/** Another machine makes whole what it finds by tags. */
export const recoveredElsewhere = (world: RolloutWorld, id: string) =>
  world.clock.run(world.another().runs.recover(id, { group: GROUP, order: undefined }));
