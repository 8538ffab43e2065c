/** A fleet in virtual time: groups, patches and faults as the flags say, and the policy that is tried on them. */
import { type EmbeddedOptions, openEmbedded } from '../../orchestrator/embedded.ts';
import { type EngineClock, virtualClock } from '../../orchestrator/engine/clock.ts';
import type { DatabaseOptions } from '../../orchestrator/engine/database.ts';
import { parsePolicy } from '../../policies/parse.ts';
import type { Policy } from '../../policies/policy.ts';
import { formatProblem } from '../../policies/problem.ts';
import { drawFaults, FAULTS } from '../../simulator/faults.ts';
import type { Patch } from '../../simulator/model.ts';
import { SimulatedCloud } from '../../simulator/simulated-cloud.ts';
import { simulatedHttpPost, virtualHttpGet } from '../simulated-http.ts';

export const REGION = 'eu-west-1';
/** What the fleet's load balancer and machines need, in seconds: part of the critical path. */
export const DRAIN_SECONDS = 60;
export const BOOT_SECONDS = 120;
export const HEALTHY_SECONDS = 20;
const START = Date.parse('2026-03-02T02:00:00Z');
const BUCKET = 'drydock-simulation';

export interface SimulationOptions {
  /** In all groups together. */
  instances: number;
  groups: number;
  /** A count or a percentage, as a policy has it. */
  maxUnavailable: string;
  /** The median of what a patch takes, reboot not included; drawn for each instance from a log-normal distribution. */
  patchMinutes: number;
  /** A fault's name, or the probability that an instance has one; absent: none. */
  faults?: string;
  /** So many instances may fail before the run halts; absent: as many as will. */
  maxFailures?: number;
  seed: number;
}

/**
 * Makes the fleet and an engine on it; everything is in memory, unless the engine's state is to be kept in a file. Runs are named, and
 * wait before they try again, by GUIDs of `uuid`: random ones, unless a run is to be the same each time.
 */
export function makeWorld(options: SimulationOptions, engine: DatabaseOptions & Pick<EmbeddedOptions, 'uuid'> = {}) {
  const clock = virtualClock(START);
  const cloud = new SimulatedCloud({ clock, seed: options.seed, region: REGION, latencyMs: 60, buckets: [BUCKET] });
  cloud.addPatches(PATCHES);
  const groups = groupSizes(options).map((size, at) => addGroup(cloud, `group-${at + 1}`, size, options));
  setFaults(cloud, options.faults);
  const httpGet = virtualHttpGet(cloud, clock);
  const embedded = openEmbedded({
    cloud,
    remote: false,
    clock,
    region: REGION,
    httpGet,
    httpPost: simulatedHttpPost,
    onCommandEvent: (listener) => cloud.onEvent(listener),
    ...engine,
  });
  return { clock, cloud, groups, embedded, policy: policyFor(options) };
}

export type SimulatedWorld = ReturnType<typeof makeWorld> & { clock: EngineClock };

function groupSizes({ instances, groups }: SimulationOptions): number[] {
  const each = Math.floor(instances / groups);
  return Array.from({ length: groups }, (_, at) => each + (at < instances % groups ? 1 : 0));
}

function addGroup(cloud: SimulatedCloud, name: string, size: number, options: SimulationOptions): string {
  cloud.addGroup({
    name,
    size,
    min: Math.ceil(size / 2),
    max: size + 1,
    tags: { Environment: 'production' },
    operatingSystem: 'AMAZON_LINUX_2',
    boot: BOOT_SECONDS,
    patch: { median: options.patchMinutes * 60, sigma: 0.25 },
    targetGroups: [
      { deregistrationDelaySeconds: DRAIN_SECONDS, healthyThreshold: 2, intervalSeconds: HEALTHY_SECONDS / 2 },
    ],
  });
  return name;
}

function setFaults(cloud: SimulatedCloud, faults: string | undefined): void {
  if (faults === undefined) return;
  if (Object.hasOwn(FAULTS, faults)) FAULTS[faults]?.apply(cloud);
  else drawFaults(cloud, Number(faults));
}

const PATCHES: Patch[] = ['kernel', 'openssl', 'glibc'].map((name, at) => ({
  id: `${name}.x86_64`,
  title: `${name}.x86_64:0:${at + 1}.2-3.amzn2`,
  classification: 'Security',
  severity: 'Critical',
  cves: [`CVE-2026-1000${at}`],
  releasedAt: '2026-02-20T00:00:00Z',
  operatingSystem: 'AMAZON_LINUX_2',
  needsReboot: name === 'kernel',
}));

function policyFor({ maxUnavailable, maxFailures = 1000 }: SimulationOptions): Policy {
  const text = JSON.stringify({
    version: 1,
    name: 'simulation',
    patches: {
      rules: [{ name: 'everything', approveAfter: '0d' }],
      overrideList: `s3://${BUCKET}/lists`,
    },
    environments: { production: {} },
    groups: [{ match: { tag: { Environment: 'production' } }, environment: 'production' }],
    rollout: {
      maxUnavailable: /^\d+$/.test(maxUnavailable) ? Number(maxUnavailable) : maxUnavailable,
      maxFailures,
    },
    health: [{ url: 'http://{privateIp}:80/healthz' }],
  });
  const parsed = parsePolicy(text, '--max-unavailable');
  if ('policy' in parsed) return parsed.policy;
  throw new RangeError(parsed.problems.map(formatProblem).join('\n'));
}
