/**
 * What the API answers: the one description that the server answers by, that OpenAPI is made from, and whose types the pages are
 * written in. Times are ISO 8601 in UTC, durations are seconds, what is not known is null. What `--json` prints keeps its keys.
 */
import { z } from 'zod';

export const RUN_STATUSES = ['running', 'paused', 'succeeded', 'halted', 'aborted', 'failed'] as const;
export const OUTCOMES = [
  'pending',
  'patching',
  'patched',
  'skipped',
  'gone',
  'rolled-back',
  'replaced',
  'quarantined',
  'failed',
] as const;
export const ENGINES = ['embedded', 'step-functions'] as const;

const time = z.iso.datetime();
/** The time by the clock that the runs go by: a demo's is ahead of the reader's. */
const clock = time;
const policyOf = z.object({ name: z.string(), fingerprint: z.string() });
/** How many instances had each outcome; outcomes that none had are left out. */
const tally = z.partialRecord(z.enum(OUTCOMES), z.number());

/** A run in the list. */
export const runRow = z.object({
  runId: z.string(),
  policy: policyOf,
  group: z.string(),
  environment: z.string(),
  engine: z.enum(ENGINES),
  status: z.enum(RUN_STATUSES),
  startedAt: time,
  endedAt: time.nullable(),
  /** `window`, `person: anna`, `api`. */
  trigger: z.string(),
  rollbackOf: z.string().nullable(),
  awaitsApproval: z.boolean(),
  reason: z.string().nullable(),
  tally,
  /** How many instances the plan has; null where no plan was made. */
  total: z.number().nullable(),
});
export type RunRow = z.infer<typeof runRow>;

/** Filters and search of the list: each is a key of the page's own URL, too. */
export const runQuery = z.object({
  status: z.enum(RUN_STATUSES).optional(),
  group: z.string().optional(),
  environment: z.string().optional(),
  policy: z.string().optional(),
  trigger: z.string().optional(),
  engine: z.enum(ENGINES).optional(),
  /** Only runs that began then or later: an ISO date or time, or a span such as `7d`. */
  since: z.string().optional(),
  /** Part of a run's id, group, policy, trigger or reason, in any case. */
  q: z.string().max(200).optional(),
  /** Behind this run: what `next` of the page before said. */
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type RunQuery = z.infer<typeof runQuery>;

export const runPage = z.object({
  now: clock,
  runs: z.array(runRow),
  next: z.string().nullable(),
  /** What there is to filter by. */
  groups: z.array(z.string()),
  environments: z.array(z.string()),
  policies: z.array(z.string()),
  /** Places that did not answer, and why: the list is without their runs. */
  missing: z.array(z.object({ what: z.string(), why: z.string(), next: z.string() })),
});
export type RunPage = z.infer<typeof runPage>;

export const VERBS = ['pause', 'resume', 'abort', 'approve', 'rollback'] as const;
export type Verb = (typeof VERBS)[number];

/** What was asked of a run; `begun` is the run that was begun by that. */
export const asked = z.object({ runId: z.string(), asked: z.enum(VERBS), begun: z.string().optional() });
export type Asked = z.infer<typeof asked>;

const instanceRow = z.object({
  instanceId: z.string(),
  az: z.string(),
  wave: z.number(),
  outcome: z.enum(OUTCOMES),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  patches: z.array(z.object({ id: z.string(), cves: z.array(z.string()), rule: z.string() })),
  reason: z.string().optional(),
  changed: z.string().optional(),
  step: z.string().optional(),
});
export type InstanceRow = z.infer<typeof instanceRow>;

/** A run: the document of `runs show --json`, and what a person needs beside it. */
export const runDocument = z.object({
  now: clock,
  runId: z.string(),
  policy: policyOf,
  group: z.string(),
  environment: z.string(),
  engine: z.enum(ENGINES),
  status: z.enum(RUN_STATUSES),
  startedAt: time,
  endedAt: time.nullable(),
  trigger: z.string(),
  rollbackOf: z.string().optional(),
  /** As it was made: `drydock plan --json`. */
  plan: z.looseObject({}),
  instances: z.array(instanceRow),
  halted: z.object({ reason: z.string(), wave: z.number() }).optional(),
  notWhole: z.string().optional(),
  undelivered: z.array(z.string()).optional(),
  /** What is to be told a person at once: the reason in one plain sentence, and what to do next. */
  advice: z.object({ level: z.enum(['info', 'warning', 'error']), what: z.string(), next: z.string() }).nullable(),
  capacity: z.object({ desired: z.number(), floor: z.number(), inService: z.number().nullable() }),
  waves: z.array(z.object({ number: z.number(), kind: z.enum(['canary', 'wave']), concurrency: z.number() })),
  awaitsApproval: z.boolean(),
  bakeUntil: time.nullable(),
  estimateSeconds: z.number().nullable(),
  /** What can be asked of it now, and what would happen then: the words of the confirmation. */
  actions: z.array(z.object({ verb: z.enum(VERBS), what: z.string() })),
  held: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: z.string(),
      cves: z.array(z.string()),
      rule: z.string().nullable(),
      until: time.nullable(),
      waitsFor: z.string(),
      instances: z.number(),
    }),
  ),
});
export type RunDocument = z.infer<typeof runDocument>;

export const LANE_STEPS = ['look', 'detach', 'patch', 'reboot', 'check', 'attach', 'rollback', 'hook', 'wait'] as const;
export type LaneStep = (typeof LANE_STEPS)[number];

const segment = z.object({ step: z.enum(LANE_STEPS), label: z.string(), from: time, to: time.nullable() });
export type Segment = z.infer<typeof segment>;

/** What happened when: a lane an instance, and what the run itself did between them. */
export const timeline = z.object({
  from: time,
  /** Null while the run goes on. */
  to: time.nullable(),
  now: clock,
  lanes: z.array(
    z.object({
      instanceId: z.string(),
      wave: z.number(),
      az: z.string(),
      outcome: z.enum(OUTCOMES),
      segments: z.array(segment),
    }),
  ),
  marks: z.array(
    z.object({
      kind: z.enum(['guard', 'bake', 'pause', 'approval', 'restore', 'rollback']),
      label: z.string(),
      from: time,
      to: time.nullable(),
    }),
  ),
  /** Healthy in-service instances, from each time on. */
  capacity: z.array(z.object({ at: time, inService: z.number() })),
  desired: z.number(),
  floor: z.number(),
});
export type Timeline = z.infer<typeof timeline>;

/** A history event in the shape of Step Functions, with the execution that it is of. */
export const runEvent = z.object({
  /** `rollout`, or the instance that its execution has in hand. */
  of: z.string(),
  id: z.number(),
  previousEventId: z.number(),
  timestamp: time,
  type: z.string(),
  /** The state that it tells of. */
  state: z.string().nullable(),
  details: z.looseObject({}).nullable(),
});
export type RunEvent = z.infer<typeof runEvent>;

export const eventQuery = z.object({
  /** An instance id, or `rollout`; absent: all. */
  of: z.string().optional(),
  /** Part of the event's type, its state or its details. */
  q: z.string().max(200).optional(),
  type: z.string().optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export type EventQuery = z.infer<typeof eventQuery>;

export const eventPage = z.object({ events: z.array(runEvent), next: z.string().nullable() });
export type EventPage = z.infer<typeof eventPage>;

/** An instance in a run. */
export const instanceDocument = z.object({
  now: clock,
  runId: z.string(),
  group: z.string(),
  environment: z.string(),
  region: z.string(),
  instance: instanceRow.extend({
    operatingSystem: z.string().nullable(),
    privateIp: z.string().nullable(),
    rootVolumeId: z.string().nullable(),
  }),
  patches: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      classification: z.string(),
      severity: z.string(),
      cves: z.array(z.string()),
      rule: z.string(),
      releasedAt: time.nullable(),
      approvedSince: time.nullable(),
    }),
  ),
  steps: z.array(z.object({ step: z.string(), from: time, to: time.nullable(), seconds: z.number().nullable() })),
  checks: z.array(
    z.object({
      at: time,
      to: time,
      where: z.enum(['before', 'in the dock', 'in service']),
      healthy: z.boolean(),
      reason: z.string(),
      /** Each URL that was asked; empty where history holds the verdict alone. */
      urls: z.array(
        z.object({
          url: z.string(),
          healthy: z.boolean(),
          attempts: z.number(),
          successes: z.number(),
          lastReason: z.string(),
          latencyMs: z.number().nullable(),
        }),
      ),
    }),
  ),
  command: z
    .object({
      id: z.string().nullable(),
      status: z.string(),
      detail: z.string(),
      /** The end of what it wrote, at most some thousand characters; errors apart. */
      tail: z.string(),
      errors: z.string(),
    })
    .nullable(),
  snapshotId: z.string().nullable(),
  /** Pages of the AWS console; empty for what is simulated. */
  links: z.array(z.object({ label: z.string(), url: z.string() })),
});
export type InstanceDocument = z.infer<typeof instanceDocument>;

/** The definition that a run went by, laid out, and the way that it took. */
export const graph = z.object({
  machine: z.enum(['rollout', 'patch-instance']),
  startAt: z.string(),
  width: z.number(),
  height: z.number(),
  /** Of how many executions the counts are, and how many there are: those on AWS are read a few at a time. */
  executions: z.object({ read: z.number(), of: z.number() }),
  /** Parts of the way, one below the other, each with the states that it is made of. */
  parts: z.array(z.object({ label: z.string(), y: z.number(), height: z.number() })),
  nodes: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      /** The label of its part. */
      part: z.string(),
      comment: z.string().nullable(),
      /** Its middle. */
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
      /** How often executions came to it, how many are in it now, and how often it failed. */
      visits: z.number(),
      here: z.number(),
      failed: z.number(),
    }),
  ),
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      kind: z.enum(['next', 'choice', 'catch', 'default']),
      /** What must be so, in the definition's own words: conditions, or the errors that are caught; empty: it is the usual way. */
      label: z.string(),
      points: z.array(z.object({ x: z.number(), y: z.number() })),
      /** Whether it leads out of its part. */
      leaves: z.boolean(),
      taken: z.number(),
    }),
  ),
});
export type Graph = z.infer<typeof graph>;

/** When the fleets were looked at. Looking takes a while, so pages are made from the last look. */
const lookedAt = {
  now: clock,
  /** Null: no group was ever looked at. */
  asOf: time.nullable(),
  /** Whether a newer look is on its way. */
  looking: z.boolean(),
  /** Groups that are shown as they were at another time, or not at all, and why. */
  stale: z.array(z.object({ group: z.string(), asOf: time.nullable(), why: z.string() })),
};

/** Patches that wait, by environment and severity, and how long they took once they were out. */
export const exposure = z.object({
  ...lookedAt,
  rows: z.array(
    z.object({
      environment: z.string(),
      severity: z.string(),
      /** How many different patches are missing somewhere; of those, how many are approved already. */
      waiting: z.number(),
      approved: z.number(),
      instances: z.number(),
      oldestDays: z.number().nullable(),
      approvedSince: time.nullable(),
      nextWindow: time.nullable(),
    }),
  ),
  patches: z.array(
    z.object({
      environment: z.string(),
      group: z.string(),
      patch: z.string(),
      title: z.string(),
      classification: z.string(),
      severity: z.string(),
      cves: z.array(z.string()),
      /** The rule that decides over it; null: none matches it. */
      rule: z.string().nullable(),
      instances: z.number(),
      releasedAt: time.nullable(),
      ageDays: z.number().nullable(),
      approvedSince: time.nullable(),
      heldUntil: time.nullable(),
      waitsFor: z.string().nullable(),
    }),
  ),
  /** How many runs the days below are from, of how many: history is read in the background. */
  history: z.object({ read: z.number(), of: z.number() }),
  /** Days from release to patched, by the month (UTC, `2026-11`) in which they were patched. */
  latency: z.array(
    z.object({
      month: z.string(),
      environment: z.string(),
      severity: z.string(),
      patches: z.number(),
      medianDays: z.number().nullable(),
      longestDays: z.number().nullable(),
    }),
  ),
});
export type Exposure = z.infer<typeof exposure>;

/** The policy as a calendar: each missing patch, and when it is approved where. */
export const calendar = z.object({
  ...lookedAt,
  policy: z.object({ name: z.string(), fingerprint: z.string(), file: z.string().nullable() }),
  /** In the order in which patches come to them. */
  environments: z.array(
    z.object({
      name: z.string(),
      after: z.string().nullable(),
      /** When patches are approved here, in words. */
      words: z.string(),
      windows: z.array(z.string()),
      nextWindow: time.nullable(),
      /** The times that its windows are open, from some weeks back to some weeks ahead. */
      openings: z.array(z.object({ from: time, to: time })),
    }),
  ),
  rules: z.array(
    z.object({
      name: z.string(),
      match: z.string(),
      approveAfter: z.string(),
      /** How long after its release it approves a patch, environment by environment, and whether the soak gate holds for it. */
      in: z.array(z.object({ environment: z.string(), after: z.string(), soaks: z.boolean() })),
    }),
  ),
  patches: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: z.string(),
      classification: z.string(),
      cves: z.array(z.string()),
      releasedAt: time.nullable(),
      rule: z.string().nullable(),
      in: z.array(
        z.object({
          environment: z.string(),
          /** How many of its instances miss it. */
          missing: z.number(),
          state: z.enum(['approved', 'held', 'never']),
          /** Since when it is approved, or when it will be; null where nobody knows. */
          at: time.nullable(),
          /** When the delay of its rule is over, whatever else it waits for. */
          due: time.nullable(),
          waitsFor: z.string().nullable(),
        }),
      ),
    }),
  ),
});
export type Calendar = z.infer<typeof calendar>;

/** What went wrong, in the words of the command line. */
export const problem = z.object({ error: z.object({ what: z.string(), next: z.string(), exitCode: z.number() }) });
export type Problem = z.infer<typeof problem>;

/** What the stream of server-sent events tells: that a run has changed, or the list. */
export const change = z.object({ runId: z.string() });
export type Change = z.infer<typeof change>;
