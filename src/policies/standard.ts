/** The built-in policy, and the file that `drydock init` writes: one text, so that they cannot drift apart. */
import { parsePolicy } from './parse.ts';
import type { Policy } from './policy.ts';
import { formatProblem } from './problem.ts';

/** The built-in policy `standard`, as YAML. */
export const STANDARD_POLICY = `version: 1
name: standard

patches:
  rules:                                   # the first that matches a patch decides
    - name: critical-security
      match: { classification: [Security], severity: [Critical] }
      approveAfter: 0d
    - name: everything-else
      approveAfter: 7d
  reboot: if-needed                        # or never
  # unsupportedDelays: pin                 # no release date (Debian, Ubuntu): count from when a patch was first seen
  # overrideList: s3://bucket/prefix       # where a run puts the list of exactly the patches that it installs

environments:
  staging:    { lead: 3d }                 # gets each patch 3 days before its approval elsewhere, never before its release
  production: { after: staging, soak: 3d } # held until a run in staging succeeded with the patch 3 days ago

groups:                                    # by name, by name pattern, or by tag; the first that matches decides
  - { match: { tag: { Environment: staging } },    environment: staging }
  - { match: { tag: { Environment: production } }, environment: production }

rollout:
  isolation: detach                        # or standby
  capacity: shrink                         # or surge: launch replacements first, never below desired
  maxUnavailable: 1                        # a count, or a percentage of the group: "10%"
  canary: 1                                # size of the first wave
  bake: 5m                                 # watch after each wave
  maxFailures: 0                           # tolerated before the run halts
  suspend: [AZRebalance]                   # Auto Scaling processes, for the run
  alarms: []                               # CloudWatch alarm names; any in ALARM halts
  changeCalendars: []                      # SSM Change Calendars; CLOSED halts before the next wave
  patchTimeout: 2h                         # one instance's patch command, reboot included

hooks:                                     # each: { document | lambda | url, timeout }
  beforeDetach: []                         # a failed one leaves the instance untouched
  afterPatch: []                           # a failed one counts as a failed check
  afterAttach: []

health:
  - { url: "http://{privateIp}:80/healthz", status: 200-299, body: "", consecutive: 3, interval: 5s, timeout: 2s, within: 5m }

rollback: restore                          # restore | replace | quarantine, and what follows when that fails

notify: []                                 # SNS topic ARNs, webhook URLs

schedule:                                  # maintenance windows
  staging:    { cron: "cron(0 2 ? * TUE *)", timezone: Asia/Tokyo, duration: 4h, cutoff: 1h }
`;

/** The built-in policy `standard`. */
export function standardPolicy(): Policy {
  const result = parsePolicy(STANDARD_POLICY, 'standard');
  if ('problems' in result)
    throw new Error(`the built-in policy is broken: ${result.problems.map(formatProblem).join('; ')}`);
  return result.policy;
}

/** The commented `drydock.yaml` that `drydock init` writes: the built-in policy under a name of one's own. */
export function initTemplate(name = 'my-policy'): string {
  const head = [
    '# What Drydock patches, when and where. Check it with: drydock validate',
    '# Everything but version and name may be left out: these are the defaults, health and schedule apart.',
  ];
  return `${head.join('\n')}\n\n${STANDARD_POLICY.replace(/^name: .*$/m, `name: ${name}`)}`;
}
