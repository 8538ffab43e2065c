/** A fleet in virtual time, rollouts on it by the real state machines, and eyes on what must never happen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { virtualHttpGet } from '../../src/cli/simulated-http.ts';
import type { Clock, HistoryEvent, Json, TaskRequest } from '../../src/interpreter/ports.ts';
import type { Cloud } from '../../src/orchestrator/aws/cloud.ts';
import { openEmbedded } from '../../src/orchestrator/embedded.ts';
import { type EngineClock, virtualClock } from '../../src/orchestrator/engine/clock.ts';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import type { HttpPost } from '../../src/orchestrator/http/http.ts';
import { plan } from '../../src/orchestrator/plan/plan.ts';
import type { Plan } from '../../src/orchestrator/plan/types.ts';
import { TABLE } from '../../src/orchestrator/runs/records.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';
import { itemTable } from '../../src/orchestrator/table/table.ts';
import { parsePolicy } from '../../src/policies/parse.ts';
import { AwsError } from '../../src/simulator/aws-error.ts';
import { FAULTS, type FaultOptions } from '../../src/simulator/faults.ts';
import type { GroupOptions } from '../../src/simulator/fleet-builder.ts';
import type { Patch } from '../../src/simulator/model.ts';
import { Random } from '../../src/simulator/random.ts';
import { SimulatedCloud } from '../../src/simulator/simulated-cloud.ts';
import { watchOver } from './watch.ts';

const REGION = 'eu-west-1';
const START = Date.parse('2026-03-02T02:00:00Z');
const BUCKET = 'lists';
export const GROUP = 'web';
const MOST_EVENTS = 60_000;

/** Released long ago; installing it reboots the machine. */
export const KERNEL: Patch = {
  id: 'kernel.x86_64',
  title: 'kernel.x86_64:0:5.10.1-1.amzn2',
  classification: 'Security',
  severity: 'Critical',
  cves: ['CVE-2026-10001'],
  releasedAt: '2026-02-01T00:00:00Z',
  operatingSystem: 'AMAZON_LINUX_2',
  needsReboot: true,
};

/** Released the day before: the policy holds it for a week. */
export const BASH: Patch = {
  ...KERNEL,
  id: 'bash.x86_64',
  title: 'bash.x86_64:0:4.2.46-35.amzn2',
  classification: 'Bugfix',
  severity: 'Low',
  cves: [],
  releasedAt: '2026-03-01T00:00:00Z',
  needsReboot: false,
};

export interface WorldOptions {
  group?: Partial<GroupOptions>;
  rollout?: Record<string, unknown>;
  rollback?: 'restore' | 'replace' | 'quarantine';
  seed?: number;
  /** Nobody tells of the ends of commands: they are looked for. */
  withoutEvents?: boolean;
  hooks?: Record<string, unknown[]>;
  notify?: string[];
  /** What answers hooks and webhooks; default: 200, at once. */
  answering?: (request: Parameters<HttpPost>[0], clock: Clock) => ReturnType<HttpPost>;
  /** Stands before every task. */
  interfere?: (request: TaskRequest) => Promise<void>;
  /** Other state machines than those of `statemachine/`. */
  definitions?: (name: 'rollout' | 'recover' | 'window') => Json;
  /** Keep the engine's state in a file, so that another process can go on with it. */
  durable?: boolean;
}

/** What was posted, and where. */
export interface Posted {
  url: string;
  json: unknown;
}

const answeringWell: HttpPost = async () => ({ status: 200, headers: {}, body: '', latencyMs: 3 });

/** A group `web` of four in two zones, min 3, max 5, and a policy that patches one after another, tolerating no failure. */
export function openWorld(options: WorldOptions = {}) {
  const clock = virtualClock(START);
  const cloud = new SimulatedCloud({
    clock,
    seed: options.seed ?? 7,
    region: REGION,
    latencyMs: 60,
    buckets: [BUCKET],
  });
  cloud.addPatches([KERNEL, BASH]);
  const ids = cloud.addGroup({
    name: GROUP,
    size: 4,
    min: 3,
    max: 5,
    azs: ['eu-west-1a', 'eu-west-1b'],
    tags: { Environment: 'production' },
    boot: 40,
    patch: 60,
    targetGroups: [{ deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 5 }],
    ...options.group,
  });
  const policy = policyOf(options);
  const dice = new Random(options.seed ?? 7);
  const uuid = () => [8, 4, 4, 4, 12].map((digits) => dice.hex(digits)).join('-');
  /** By how much the clock of whoever carries runs out is wrong, in ms: that of the cloud goes on as it was. */
  let skew = 0;
  const skewed: EngineClock = {
    now: () => clock.now() + skew,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    busy: (work) => clock.busy(work),
    run: (work) => clock.run(work),
  };
  const denied = new Set<string>();
  const posted: Posted[] = [];
  const posting: HttpPost = async (request) => {
    posted.push({ url: request.url, json: JSON.parse(request.json) });
    return (options.answering ?? answeringWell)(request, clock);
  };
  const stateDir = options.durable === true ? mkdtempSync(join(tmpdir(), 'drydock-rollout-')) : undefined;
  const listeners: ((arn: string, event: HistoryEvent) => void)[] = [];
  const open = (dir: string | null = stateDir ?? null) => {
    const opened = openEngine(dir);
    for (const listener of listeners) opened.engine.onEvent(listener);
    return opened;
  };
  const openEngine = (dir: string | null) =>
    openEmbedded({
      cloud: refusing(cloud, denied),
      remote: false,
      clock: skewed,
      region: REGION,
      httpGet: virtualHttpGet(cloud, clock),
      httpPost: posting,
      policyText: async () => policyText(options),
      uuid,
      random: () => dice.uniform(),
      ...(options.definitions === undefined ? {} : { definitions: options.definitions }),
      ...(options.interfere === undefined ? {} : { interfere: options.interfere }),
      ...(options.withoutEvents === true ? {} : { onCommandEvent: (listener) => cloud.onEvent(listener) }),
      durability: 'relaxed',
      ...(dir === null ? {} : { stateDir: dir }),
    });
  let embedded = open();
  const others: (typeof embedded)[] = [];

  const self = {
    clock,
    cloud,
    ids,
    policy,
    /** What hooks and webhooks were sent. */
    posted,
    watched: watchOver(cloud, GROUP),
    before: snapshotOf(cloud),
    get runs() {
      return embedded.runs;
    },
    get engine() {
      return embedded.engine;
    },
    get store() {
      return embedded.store;
    },
    now: () => new Date(clock.now()).toISOString(),
    /** Calls `listener` with every event from now on, whichever engine records it. */
    onEvent: (listener: (arn: string, event: HistoryEvent) => void) => {
      listeners.push(listener);
      for (const each of [embedded, ...others]) each.engine.onEvent(listener);
    },
    /** Every call of that name (`service:action`) is answered AccessDenied from now on. */
    deny: (call: string) => denied.add(call),
    allow: (call: string) => denied.delete(call),
    fault: (name: keyof typeof FAULTS & string, faultOptions: FaultOptions = {}) => {
      const fault = FAULTS[name];
      if (fault === undefined) throw new Error(`there is no fault ${name}`);
      return fault.apply(cloud, faultOptions);
    },
    plan: async (): Promise<Plan> => {
      const fleet = await readFleet(cloud, GROUP, { region: REGION, now: self.now() });
      return plan({ policy, fleet, environment: 'production', history: [], now: self.now() });
    },
    /** The instance that a run would take first. */
    firstPlanned: async (): Promise<string> => {
      const [first] = (await clock.run(self.plan())).waves.flatMap(({ instances }) => instances);
      if (first === undefined) throw new Error('there is nothing to patch');
      return first.instanceId;
    },
    /** Plans and begins a run; gives its id. */
    start: () => clock.run(self.plan().then((made) => self.runs.start(made, { kind: 'api' }, policy.notify))),
    follow: (id: string) => clock.run(self.runs.follow(id)),
    /** A whole run, from the plan to its end. */
    run: async (): Promise<RunView> => self.follow(await self.start()),
    /** Lets the run go on until `reached` is true of its view. */
    until: (id: string, reached: (view: RunView) => boolean): Promise<void> =>
      clock.run(
        new Promise((resolve, reject) => {
          self.runs.follow(id, (view) => reached(view) && resolve()).then(() => resolve(), reject);
        }),
      ),
    sleep: (seconds: number) => clock.run(clock.sleep(seconds * 1000)),
    record: async (id: string) => (await item(`run#${id}`)) ?? {},
    lock: () => item(`lock#${GROUP}`),
    /** Somebody, or NTP, sets the clock of whoever carries runs out by so many seconds: forwards, or backwards below 0. */
    setClock: (seconds: number) => {
      skew += seconds * 1000;
    },
    /** The process dies now. */
    die: () => embedded.close(),
    /** Rejects once the engine has recorded more than any rollout that ends. */
    neverEnds: (): Promise<never> =>
      new Promise((_, reject) => {
        let events = 0;
        embedded.engine.onEvent(() => {
          events += 1;
          if (events === MOST_EVENTS) reject(new Error(`it never ends: ${MOST_EVENTS} events`));
        });
      }),
    /** StopExecution, as somebody does it who knows nothing of what it leaves behind. */
    stop: (id: string) =>
      embedded.engine.stopExecution({ executionArn: `arn:aws:states:${REGION}:000000000000:execution:rollout:${id}` }),
    /** The process dies at the event that `isDue` picks, before anything else can happen. */
    dieAt: (isDue: (arn: string, event: HistoryEvent) => boolean): Promise<void> =>
      clock.run(
        new Promise((resolve, reject) => {
          self.engine.onEvent((arn, event) => {
            if (isDue(arn, event)) embedded.close().then(resolve, reject);
          });
        }),
      ),
    /** Lets go of everything, and removes what was kept in files. */
    close: async () => {
      await Promise.all([embedded, ...others].map((each) => each.close()));
      if (stateDir !== undefined) rmSync(stateDir, { recursive: true, force: true });
    },
    /** Another machine, with a table of its own, beside this one. */
    another: () => {
      const beside = open(null);
      others.push(beside);
      return beside;
    },
    /** Another machine is at work from now on, which knows nothing of what was kept on this one. */
    startElsewhere: () => {
      embedded = open(null);
    },
    /** Another process opens what a dead one left. */
    restart: () => {
      embedded = open();
    },
  };
  const item = async (pk: string) =>
    (await itemTable(embedded.store.database).getItem({ TableName: TABLE, Key: { pk: { S: pk } } })).Item;
  return self;
}

export type RolloutWorld = ReturnType<typeof openWorld>;

/** What a run must leave as it found it. */
export function snapshotOf(cloud: SimulatedCloud) {
  cloud.settle();
  const group = groupOf(cloud);
  return {
    min: group.min,
    max: group.max,
    desired: group.desired,
    suspended: [...group.suspended.keys()].sort(),
    tags: Object.fromEntries([...group.tags].map(([key, { value }]) => [key, value])),
    serving: group.serving,
    members: [...group.members.values()].filter(({ lifecycleState }) => lifecycleState === 'InService').length,
    protected: [...group.members.values()].filter(({ protectedFromScaleIn }) => protectedFromScaleIn).length,
  };
}

export function groupOf(cloud: SimulatedCloud) {
  const group = cloud.world.groups.get(GROUP);
  if (group === undefined) throw new Error('the group is gone');
  return group;
}

/** The instances that carry a tag of ours, with those tags. */
export function tagged(cloud: SimulatedCloud): Record<string, string[]> {
  const ours = [...cloud.world.machines.values()].map(
    ({ id, tags }) => [id, [...tags.keys()].filter((key) => key.startsWith('drydock:')).sort()] as const,
  );
  return Object.fromEntries(ours.filter(([, keys]) => keys.length > 0));
}

/** The state of a member; undefined: it is none. */
export function lifecycle(cloud: SimulatedCloud, id: string): string | undefined {
  cloud.settle();
  return groupOf(cloud).members.get(id)?.lifecycleState;
}

/** Whether each instance has the patch. */
export function has(cloud: SimulatedCloud, id: string, patch: Patch): boolean {
  return cloud.machine(id).content.installed.has(patch.id);
}

/** How many instances had which outcome. */
export function outcomes({ instances }: RunView): Record<string, number> {
  const counts = Map.groupBy(instances, ({ outcome }) => outcome);
  return Object.fromEntries([...counts].map(([outcome, of]) => [outcome, of.length]));
}

/** How it went with one instance. */
export function instance({ instances }: RunView, id: string) {
  const found = instances.find(({ instanceId }) => instanceId === id);
  if (found === undefined) throw new Error(`${id} is not of the run`);
  return found;
}

function policyText({ rollout = {}, rollback = 'restore', hooks = {}, notify = [] }: WorldOptions): string {
  return JSON.stringify({
    version: 1,
    name: 'test',
    patches: {
      rules: [
        { name: 'critical', match: { severity: ['Critical'] }, approveAfter: '0d' },
        { name: 'everything-else', approveAfter: '7d' },
      ],
      overrideList: `s3://${BUCKET}/of-runs`,
    },
    environments: { production: {} },
    groups: [{ match: { tag: { Environment: 'production' } }, environment: 'production' }],
    rollout: { maxUnavailable: 1, canary: 1, bake: '1m', maxFailures: 0, ...rollout },
    health: [{ url: 'http://{privateIp}:80/healthz', consecutive: 2, interval: '5s', timeout: '2s', within: '1m' }],
    rollback,
    hooks,
    notify,
  });
}

function policyOf(options: WorldOptions) {
  const parsed = parsePolicy(policyText(options), 'policy.yaml');
  if ('policy' in parsed) return parsed.policy;
  throw new Error(JSON.stringify(parsed.problems));
}

function refusing(cloud: SimulatedCloud, denied: ReadonlySet<string>): Cloud {
  const guarded = (service: keyof Cloud) =>
    new Proxy(cloud[service], {
      get(calls, action) {
        if (!denied.has(`${service}:${String(action)}`)) return Reflect.get(calls, action);
        return async () => {
          throw new AwsError('AccessDenied', `not authorized to perform ${service}:${String(action)}`, 403);
        };
      },
    });
  return new Proxy<Cloud>(cloud, {
    get: (all, service) => (Object.hasOwn(all, service) && isService(service) ? guarded(service) : undefined),
  });
}

const SERVICES = ['autoscaling', 'ec2', 'elasticloadbalancingv2', 'ssm', 'cloudwatch', 's3', 'lambda', 'sns'] as const;

function isService(name: string | symbol): name is keyof Cloud {
  return SERVICES.some((service) => service === name);
}
