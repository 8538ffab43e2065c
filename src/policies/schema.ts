/**
 * The policy document: what people write. Every key is optional but `version` and `name` (and what an item of a list
 * cannot do without); the defaults are those of the built-in policy. Unknown keys are errors.
 */
import * as z from 'zod';
import { isTimeZone, scheduleProblem } from './cron.ts';
import { parseDuration } from './duration.ts';
import {
  amount,
  duration,
  list,
  named,
  oneOf,
  section,
  shaped,
  text,
  whole,
  wholeHours,
  wordOf,
  yesOrNo,
} from './fields.ts';
import { healthCheck } from './health.ts';
import { notifyProblem, overrideListProblem } from './places.ts';
import { URL_ALLOWED, urlTemplateProblem } from './url.ts';
import { CLASSIFICATIONS, foldWord, SEVERITIES } from './words.ts';

const NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
const NAME_ALLOWED = 'up to 40 letters, digits and hyphens, a letter first';

const rule = section({
  name: shaped(NAME_ALLOWED, NAME).describe(
    'Name of the rule: plans and reports give it as the reason for each patch.',
  ),
  match: section({
    classification: list(wordOf('classes of patches', CLASSIFICATIONS, foldWord), 20)
      .default([])
      .describe('Classes of patches, in the words of any operating system; empty: any.'),
    severity: list(wordOf('severities', SEVERITIES, foldWord), 20)
      .default([])
      .describe('Severities, in the words of any operating system; empty: any.'),
    id: list(text('ids of patches (KB5031356, kernel.x86_64), * and ? being wildcards', undefined, 100), 50)
      .default([])
      .describe('Ids of patches, with * and ? as wildcards; empty: any.'),
  })
    .prefault({})
    .describe('Which patches the rule is for: all members must hold; the first rule that matches a patch decides.'),
  approveAfter: duration('0s', '360d').describe(
    'How long after its release a patch is approved. 360d at most, as in Patch Manager.',
  ),
  soak: yesOrNo()
    .optional()
    .describe('Whether the soak gate holds for this rule. Default: true, but false with approveAfter: 0d.'),
});

const STANDARD_RULES = [
  { name: 'critical-security', match: { classification: ['Security'], severity: ['Critical'] }, approveAfter: '0d' },
  { name: 'everything-else', approveAfter: '7d' },
];

const patches = section({
  rules: list(rule, 50)
    .min(1, { error: 'at least one rule' })
    .prefault(STANDARD_RULES)
    .describe('Approval rules; the first that matches a patch decides.'),
  reboot: oneOf(['if-needed', 'never']).default('if-needed').describe('Whether an instance reboots after its patches.'),
  unsupportedDelays: oneOf(['pin'])
    .optional()
    .describe(
      'How a delay is kept where Patch Manager has no release date (Debian and Ubuntu never have one): pin counts from when the patch was first seen, and installs by explicit list. Without it such a delay is refused.',
    ),
  overrideList: text('s3://bucket/prefix', overrideListProblem)
    .optional()
    .describe('Where a run puts the list of exactly the patches that it installs (InstallOverrideList).'),
});

const environment = section({
  lead: duration('0s', '360d')
    .default('0d')
    .describe('How long before its approval elsewhere a patch is approved here, never before its release.'),
  after: shaped(NAME_ALLOWED, NAME)
    .optional()
    .describe('The environment in which a run with the patch must have succeeded first.'),
  soak: duration('0s', '360d')
    .optional()
    .describe('How long ago that run must have succeeded. Default with `after`: 3d.'),
});

const group = section({
  match: section({
    name: text('the exact name of an Auto Scaling group', undefined, 255)
      .optional()
      .describe('The exact name of the group.'),
    pattern: text('a pattern of names, * and ? being wildcards', undefined, 255)
      .optional()
      .describe('A pattern of names, with * and ?.'),
    tag: named(
      shaped('a tag key of up to 128 characters', /^[\s\S]{1,128}$/),
      z.string({ error: 'a text (quote numbers and true/false)' }).max(256, { error: 'at most 256 characters' }),
      'tag keys, each with a value',
    )
      .optional()
      .describe('Tags that the group must have, each with exactly this value.'),
  })
    .superRefine((match, context) => {
      const { name, pattern, tag = {} } = match;
      if (name !== undefined || pattern !== undefined || Object.keys(tag).length > 0) return;
      const params = { allowed: 'at least one of name, pattern and tag' };
      context.addIssue({ code: 'custom', message: 'it would match every group', params });
    })
    .describe('Which groups: all members that are given must hold.'),
  environment: shaped(NAME_ALLOWED, NAME).describe('The environment that these groups belong to.'),
});

/** Processes that may be suspended for a run. */
const PROCESSES = [
  'AZRebalance',
  'AlarmNotification',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
/** What goes wrong when one of the others is. */
const NEEDED: Record<string, string> = {
  Launch: 'a run needs Launch: a rollback launches replacements, and surge launches first',
  Terminate: 'a run needs Terminate: without it the group cannot finish replacing or scaling in',
  AddToLoadBalancer: 'a run needs AddToLoadBalancer: without it an attached instance gets no traffic back',
  HealthCheck: 'a run needs HealthCheck: it counts on the health that the group reports',
};

const suspended = z.string({ error: `one of ${PROCESSES.join(', ')}` }).superRefine((process, context) => {
  if (PROCESSES.some((known) => known === process)) return;
  const reason = Object.hasOwn(NEEDED, process) ? NEEDED[process] : 'Auto Scaling has no such process';
  context.addIssue({ code: 'custom', message: reason ?? '', params: { allowed: `one of ${PROCESSES.join(', ')}` } });
});

const rollout = section({
  isolation: oneOf(['detach', 'standby'])
    .default('detach')
    .describe('How an instance leaves service: detached from its group, or put into Standby.'),
  capacity: oneOf(['shrink', 'surge'])
    .default('shrink')
    .describe('shrink: fewer instances serve meanwhile; surge: replacements are launched first, never below desired.'),
  maxUnavailable: amount({
    nothing: 'nothing could ever be patched',
    everything: 'the whole group would be out of service at once',
  })
    .default(1)
    .describe(
      'Most instances out of service at once: a count, or a percentage of the group, rounded down, at least one.',
    ),
  canary: amount({
    nothing: 'a first wave of nothing tests nothing',
    everything: 'a first wave of everything is no canary',
  })
    .default(1)
    .describe('Size of the first wave: a count, or a percentage of the group.'),
  bake: duration('0s', '7d').default('5m').describe('How long to watch after each wave.'),
  approval: oneOf(['none', 'after-canary'])
    .default('none')
    .describe(
      'after-canary: once the first wave has baked, a person approves the rest (drydock runs approve), within a day.',
    ),
  maxFailures: whole(0, 10_000)
    .default(0)
    .describe('Instances that may fail (rolled back, replaced or quarantined) before the run halts.'),
  onFailure: oneOf(['halt', 'continue', 'rollback-run'])
    .optional()
    .describe(
      'halt at the first failure; continue up to maxFailures (default where that is given); or rollback-run: past maxFailures, roll back everything that the run patched.',
    ),
  keepSnapshots: duration('1d', '90d')
    .default('7d')
    .describe('How long the snapshots of root volumes are kept, for drydock runs rollback; removed after that.'),
  suspend: list(suspended).default(['AZRebalance']).describe('Auto Scaling processes to suspend for the run.'),
  alarms: list(text('a CloudWatch alarm name', undefined, 255))
    .default([])
    .describe('CloudWatch alarms: any in ALARM halts the run.'),
  changeCalendars: list(text('a Change Calendar document name or ARN'))
    .default([])
    .describe('SSM Change Calendars: CLOSED halts before the next wave.'),
  patchTimeout: duration('1m', '2d')
    .default('2h')
    .describe("How long one instance's patch command may take, reboot included."),
}).superRefine(({ onFailure, maxFailures }, context) => {
  const contradicts = onFailure === 'halt' ? maxFailures > 0 : onFailure === 'continue' && maxFailures === 0;
  if (!contradicts) return;
  context.addIssue({
    code: 'custom',
    path: ['onFailure'],
    message: `${onFailure} contradicts maxFailures: ${maxFailures}`,
    params: { allowed: onFailure === 'halt' ? 'continue, or maxFailures: 0' : 'halt, or maxFailures above 0' },
  });
});

const LAMBDA_SECONDS = 15 * 60;

const hook = section({
  document: shaped('an SSM document name or ARN', /^[A-Za-z0-9_.:/-]{3,256}$/)
    .optional()
    .describe('An SSM document, run on the instance.'),
  lambda: shaped('a Lambda function name or ARN', /^[A-Za-z0-9_:$-]{1,256}$/)
    .optional()
    .describe('A Lambda function, by name or ARN.'),
  url: text(URL_ALLOWED, urlTemplateProblem, 2048)
    .optional()
    .describe('An HTTP URL; {privateIp} and the like are filled in.'),
  timeout: duration('1s', '2d').default('5m').describe('How long the hook may take.'),
}).superRefine((hook, context) => {
  const given = (['document', 'lambda', 'url'] as const).filter((kind) => hook[kind] !== undefined);
  // A Lambda function is given 15 minutes, and one of ours makes the HTTP call.
  if (hook.document === undefined && (parseDuration(hook.timeout) ?? 0) > LAMBDA_SECONDS) {
    context.addIssue({
      code: 'custom',
      path: ['timeout'],
      message: `${hook.timeout} is longer than a Lambda function may take`,
      params: { allowed: 'up to 15m for a lambda or a url' },
    });
  }
  if (given.length === 1) return;
  const message = given.length === 0 ? 'it says nothing to run' : `${given.join(' and ')} exclude each other`;
  context.addIssue({ code: 'custom', message, params: { allowed: 'exactly one of document, lambda and url' } });
});

const hooks = section({
  beforeDetach: list(hook, 20)
    .default([])
    .describe('Before the instance leaves service; a failure leaves it untouched.'),
  afterPatch: list(hook, 20).default([]).describe('After its patches; a failure counts as a failed check.'),
  afterAttach: list(hook, 20).default([]).describe('After it is back in service; a failure counts as a failed check.'),
});

const window = section({
  cron: text('cron(minutes hours day-of-month month day-of-week year), rate(…) or at(…)', scheduleProblem).describe(
    'When the maintenance window opens, as an SSM schedule expression: cron(0 2 ? * TUE *).',
  ),
  timezone: text(
    'a name of the time zone database, as Asia/Tokyo',
    (zone) => (isTimeZone(zone) ? undefined : 'no such time zone'),
    64,
  )
    .default('UTC')
    .describe('The IANA time zone that the expression is read in.'),
  duration: wholeHours(1, 24).default('4h').describe('How long the window stays open.'),
  cutoff: wholeHours(0, 23).default('1h').describe('How long before its end no further run begins.'),
}).superRefine((window, context) => {
  const [open, cutoff] = [parseDuration(window.duration), parseDuration(window.cutoff)];
  if (open === undefined || cutoff === undefined || open === 0 || cutoff < open) return;
  context.addIssue({
    code: 'custom',
    path: ['cutoff'],
    message: `nothing could begin in a window of ${window.duration}`,
    params: { allowed: 'less than the duration' },
  });
});

const deployment = section({
  vpc: section({
    subnetIds: list(shaped('a subnet id, as subnet-0a1b2c3d', /^subnet-[0-9a-f]{8,17}$/), 16)
      .min(1, { error: 'at least one subnet' })
      .describe('Subnets with a way to the instances, best in two Availability Zones.'),
    securityGroupIds: list(shaped('a security group id, as sg-0a1b2c3d', /^sg-[0-9a-f]{8,17}$/), 5)
      .min(1, { error: 'at least one security group' })
      .describe('Security groups that the instances let in on the ports of their health checks.'),
  })
    .optional()
    .describe('The VPC that health checks come from. None: only public addresses can be checked from AWS.'),
});

/** The environments of a policy that names none. */
export const STANDARD_ENVIRONMENTS = { staging: { lead: '3d' }, production: { after: 'staging', soak: '3d' } };

/** Most environments of a policy. */
export const MAX_ENVIRONMENTS = 50;

const environmentName = shaped(NAME_ALLOWED, NAME);

/** The schema of a policy document. `parsePolicy` reads with it, and checks besides what sections have to do with one another. */
export const policyDocument = section({
  version: z.literal(1, { error: '1' }).describe('Version of this format.'),
  name: shaped(NAME_ALLOWED, NAME).describe(
    'Name of the policy. Run history is kept by it: a new name starts every soak gate anew.',
  ),
  patches: patches.prefault({}).describe('Which patches are approved, and when.'),
  environments: named(environmentName, environment, 'environments by name')
    .superRefine((environments, context) => {
      if (Object.keys(environments).length <= MAX_ENVIRONMENTS) return;
      const params = { allowed: `at most ${MAX_ENVIRONMENTS} environments` };
      context.addIssue({ code: 'custom', message: 'too many environments', params });
    })
    .prefault(STANDARD_ENVIRONMENTS)
    .describe('Environments by name.'),
  groups: list(group, 500)
    .optional()
    .describe(
      'Which Auto Scaling groups belong to which environment; the first that matches decides. Default: the tag Environment names it.',
    ),
  rollout: rollout.prefault({}).describe('How a run goes through a group.'),
  hooks: hooks.prefault({}).describe('What else runs around each instance.'),
  health: list(healthCheck, 20)
    .default([])
    .describe('HTTP checks of each instance. None: the health in its target groups alone decides.'),
  rollback: oneOf(['restore', 'replace', 'quarantine'])
    .default('restore')
    .describe(
      'What follows a failure: restore the root volume; replace the instance; or quarantine it and launch another.',
    ),
  notify: list(text('an SNS topic ARN or an https:// webhook URL', notifyProblem, 2048), 20)
    .default([])
    .describe('Who hears of a run: SNS topic ARNs and webhook URLs.'),
  schedule: named(environmentName, window, 'maintenance windows by environment')
    .default({})
    .describe('Maintenance windows by environment.'),
  deployment: deployment.prefault({}).describe('What drydock deploy has to know of your network.'),
});

/** A policy document with every default filled in but those that depend on other keys. */
export type PolicyDocument = z.infer<typeof policyDocument>;

/** JSON Schema (draft 2020-12) of the policy document, for editors. */
export function policyJsonSchema(): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(policyDocument, { io: 'input' });
  return { ...schema, title: 'Drydock policy', description: 'Which patches go out when and where.' };
}
