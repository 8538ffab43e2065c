/** From a checked document to the policy that the rest of Drydock uses: seconds for durations, lists for words. */
import { secondsOf } from './fields.ts';
import { fingerprint } from './fingerprint.ts';
import { latencyMs, parseStatus } from './health.ts';
import type { Amount, Environment, GroupMatch, HealthCheck, Hook, PatchRule, Policy, Schedule } from './policy.ts';
import type { PolicyDocument } from './schema.ts';

/** How long a patch soaks in the environment before, where `after` is given without `soak`. */
const DEFAULT_SOAK = '3d';

/** The policy that a document without problems says. */
export function normalize(document: PolicyDocument): Policy {
  const { patches, rollout, hooks } = document;
  const environments = Object.entries(document.environments).map(([name, value]) => environment(name, value));
  const policy: Omit<Policy, 'fingerprint'> = {
    name: document.name,
    patches: {
      rules: patches.rules.map(rule),
      reboot: patches.reboot,
      ...(patches.unsupportedDelays !== undefined && { unsupportedDelays: patches.unsupportedDelays }),
      ...(patches.overrideList !== undefined && { overrideList: patches.overrideList.replace(/\/+$/, '') }),
    },
    environments: Object.fromEntries(environments.map((each) => [each.name, each])),
    groups: document.groups === undefined ? groupsByTag(environments) : document.groups.map(group),
    rollout: {
      isolation: rollout.isolation,
      capacity: rollout.capacity,
      maxUnavailable: amount(rollout.maxUnavailable),
      canary: amount(rollout.canary),
      bakeSeconds: secondsOf(rollout.bake),
      maxFailures: rollout.maxFailures,
      onFailure: rollout.onFailure ?? (rollout.maxFailures > 0 ? 'continue' : 'halt'),
      keepSnapshotsSeconds: secondsOf(rollout.keepSnapshots),
      suspend: [...new Set(rollout.suspend)],
      alarms: rollout.alarms,
      changeCalendars: rollout.changeCalendars,
      approval: rollout.approval,
      patchTimeoutSeconds: secondsOf(rollout.patchTimeout),
    },
    hooks: {
      beforeDetach: hooks.beforeDetach.map(hook),
      afterPatch: hooks.afterPatch.map(hook),
      afterAttach: hooks.afterAttach.map(hook),
    },
    health: document.health.map(healthCheck),
    rollback: document.rollback,
    notify: document.notify,
    schedule: Object.entries(document.schedule).map(([name, value]) => schedule(name, value)),
    ...(document.deployment.vpc !== undefined && { deployment: { vpc: document.deployment.vpc } }),
  };
  return { ...policy, fingerprint: fingerprint(policy) };
}

function rule(document: PolicyDocument['patches']['rules'][number]): PatchRule {
  const approveAfterSeconds = secondsOf(document.approveAfter);
  return {
    name: document.name,
    match: document.match,
    approveAfterSeconds,
    soak: document.soak ?? approveAfterSeconds > 0,
  };
}

function environment(name: string, document: PolicyDocument['environments'][string]): Environment {
  const gate =
    document.after === undefined
      ? {}
      : { gate: { after: document.after, soakSeconds: secondsOf(document.soak ?? DEFAULT_SOAK) } };
  return { name, leadSeconds: secondsOf(document.lead), ...gate };
}

/** Where the document lists no groups, a group says by its tag `Environment` where it belongs. */
function groupsByTag(environments: Environment[]): GroupMatch[] {
  return environments.map(({ name }) => ({ match: { tag: { Environment: name } }, environment: name }));
}

function group(document: NonNullable<PolicyDocument['groups']>[number]): GroupMatch {
  const { name, pattern, tag } = document.match;
  return {
    match: {
      ...(name !== undefined && { name }),
      ...(pattern !== undefined && { pattern }),
      ...(tag !== undefined && { tag }),
    },
    environment: document.environment,
  };
}

function amount(document: string | number): Amount {
  return typeof document === 'number' ? { count: document } : { percent: Number.parseInt(document, 10) };
}

function hook(document: PolicyDocument['hooks']['afterPatch'][number]): Hook {
  const { document: ssmDocument, lambda, url, timeout } = document;
  return {
    ...(ssmDocument !== undefined && { document: ssmDocument }),
    ...(lambda !== undefined && { lambda }),
    ...(url !== undefined && { url }),
    timeoutSeconds: secondsOf(timeout),
  };
}

function healthCheck(document: PolicyDocument['health'][number]): HealthCheck {
  const { interval, timeout, within, maxLatency, status, ...same } = document;
  return {
    ...same,
    status: parseStatus(status) ?? [],
    intervalSeconds: secondsOf(interval),
    timeoutSeconds: secondsOf(timeout),
    withinSeconds: secondsOf(within),
    ...(maxLatency !== undefined && { maxLatencyMs: latencyMs(maxLatency) }),
  };
}

function schedule(name: string, document: PolicyDocument['schedule'][string]): Schedule {
  return {
    environment: name,
    cron: document.cron,
    timezone: document.timezone,
    durationSeconds: secondsOf(document.duration),
    cutoffSeconds: secondsOf(document.cutoff),
  };
}
