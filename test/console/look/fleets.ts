/** A staging and a production group in virtual time, a policy with a soak gate between them, and the views over both. */
import { onTestFinished } from 'vitest';
import { simulatedHttpPost, virtualHttpGet } from '../../../src/cli/simulated-http.ts';
import { deployedLists } from '../../../src/console/history/deployments.ts';
import { runList } from '../../../src/console/history/list.ts';
import { embeddedRuns } from '../../../src/console/look/embedded.ts';
import { createLook, type LookOptions } from '../../../src/console/look/look.ts';
import { type PastRuns, pastRunsIn } from '../../../src/console/look/past.ts';
import { openEmbedded } from '../../../src/orchestrator/embedded.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { DrydockError, EXIT } from '../../../src/orchestrator/errors.ts';
import { withFirstSeen } from '../../../src/orchestrator/fleet/first-seen.ts';
import { readFleet } from '../../../src/orchestrator/fleet/read.ts';
import { plan } from '../../../src/orchestrator/plan/plan.ts';
import { runRecords, TABLE } from '../../../src/orchestrator/runs/records.ts';
import { runIndex } from '../../../src/orchestrator/runs/run-index.ts';
import { localRunItems } from '../../../src/orchestrator/table/run-items.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { parsePolicy } from '../../../src/policies/parse.ts';
import type { Policy } from '../../../src/policies/policy.ts';
import type { Patch } from '../../../src/simulator/model.ts';
import { SimulatedCloud } from '../../../src/simulator/simulated-cloud.ts';

export const REGION = 'eu-west-1';
/** A Monday. */
export const START = '2026-03-02T02:00:00.000Z';
export const DAY_MS = 86_400_000;

/** A patch that came out so many days before the start, or after it where that is less than nothing. */
export function patch(id: string, daysAgo: number, facts: Partial<Patch> = {}): Patch {
  return {
    id: `${id}.x86_64`,
    title: `${id}.x86_64:0:1.0-1.amzn2`,
    classification: 'Security',
    severity: 'Critical',
    cves: [],
    releasedAt: new Date(Date.parse(START) - daysAgo * DAY_MS).toISOString(),
    operatingSystem: 'AMAZON_LINUX_2',
    needsReboot: false,
    ...facts,
  };
}

export const bugfix = { classification: 'Bugfix', severity: 'Medium' };

const POLICY = `
version: 1
name: shop
patches:
  rules:
    - { name: critical-security, match: { classification: [Security], severity: [Critical] }, approveAfter: 0d }
    - { name: everything-else, approveAfter: 7d }
  overrideList: s3://lists/shop
environments:
  production: { after: staging, soak: 3d }
  staging: { lead: 3d }
rollout: { bake: 1m }
schedule:
  staging: { cron: "cron(0 2 ? * TUE *)", timezone: Europe/Berlin, duration: 4h, cutoff: 1h }
  production: { cron: "cron(0 2 ? * THU *)", timezone: Europe/Berlin, duration: 4h, cutoff: 1h }
`;

/** The policy of these fleets, or of another text. */
export function policyOf(text = POLICY): Policy {
  const parsed = parsePolicy(text, 'drydock.yaml');
  if ('policy' in parsed) return parsed.policy;
  throw new Error(JSON.stringify(parsed.problems));
}

export interface FleetsOptions {
  patches: Patch[];
  policy?: Policy;
}

/** Whether there is a cloud that can be asked, none, or one that refuses. */
export type Reach = 'with cloud' | 'without cloud' | 'without access';

/** `shop-staging` of two and `shop-production` of three, with every patch missing. */
export function openFleets({ patches, policy = policyOf() }: FleetsOptions) {
  const clock = virtualClock(Date.parse(START));
  const cloud = new SimulatedCloud({ clock, seed: 3, region: REGION, latencyMs: 20, buckets: ['lists'] });
  cloud.addPatches(patches);
  for (const [environment, size] of Object.entries({ staging: 2, production: 3 })) {
    cloud.addGroup({
      name: `shop-${environment}`,
      size,
      min: 1,
      max: size + 1,
      tags: { Environment: environment },
      boot: 40,
      patch: 60,
      targetGroups: [{ deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 5 }],
    });
  }
  const embedded = openEmbedded({
    cloud,
    remote: false,
    clock,
    region: REGION,
    httpGet: virtualHttpGet(cloud, clock),
    httpPost: simulatedHttpPost,
    onCommandEvent: (listener) => cloud.onEvent(listener),
    durability: 'relaxed',
  });
  onTestFinished(() => embedded.close());
  const table = itemTable(embedded.store.database);
  const now = () => clock.now();
  const list = runList({ index: runIndex(embedded.store.database), deployed: deployedLists([], clock), now });
  const records = runRecords(table);
  const items = localRunItems(embedded.store.database, TABLE);
  const past: PastRuns = { runs: list, read: pastRunsIn([{ tableName: TABLE, table, items, records }]) };
  const find = embeddedRuns(embedded.store, records, now);
  const reach: Record<Reach, Pick<LookOptions, 'cloudAtHand'>> = {
    'with cloud': {
      cloudAtHand: async () => ({ cloud, region: REGION, withFirstSeen: async (fleet) => withFirstSeen(fleet, table) }),
    },
    'without cloud': {},
    'without access': {
      cloudAtHand: async () => {
        throw new DrydockError('the session has expired', { exitCode: EXIT.badInput, next: 'Log in again.' });
      },
    },
  };
  /** The fleets are looked at in virtual time, and history is read between whatever else this process does. */
  const whileTimePasses = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const ended = work.finally(() => {
      isOver = true;
    });
    const pass = async () => {
      while (!isOver) await clock.sleep(1);
    };
    const [answer] = await clock.run(Promise.all([ended, pass()]));
    return answer;
  };
  /** A console that was opened just now. */
  const open = (reached: Reach = 'with cloud') => {
    const look = createLook({ policy: () => ({ policy, file: 'drydock.yaml' }), past, now, find, ...reach[reached] });
    return {
      exposure: () => whileTimePasses(look.exposure()),
      calendar: () => whileTimePasses(look.calendar()),
    };
  };
  return {
    clock,
    cloud,
    policy,
    past,
    runs: embedded.runs,
    open,
    /** A whole run on the group of that environment; gives its id. */
    run: (environment: string) =>
      clock.run(
        (async () => {
          const at = new Date(clock.now()).toISOString();
          const fleet = await readFleet(cloud, `shop-${environment}`, { region: REGION, now: at });
          const history = await embedded.runs.finished(policy.name);
          const made = plan({ policy, fleet, environment, history, now: at });
          const id = await embedded.runs.start(made, { kind: 'api' });
          await embedded.runs.follow(id);
          return id;
        })(),
      ),
    /** Rolls a run back; gives the id of the rollback. */
    rollBack: (id: string) =>
      clock.run(
        (async () => {
          const rollback = await embedded.runs.rollBack(await embedded.runs.rollbackOf(id), [], { kind: 'api' });
          await embedded.runs.follow(rollback);
          return rollback;
        })(),
      ),
    sleep: (ms: number) => clock.run(clock.sleep(ms)),
  };
}

export type Fleets = ReturnType<typeof openFleets>;
