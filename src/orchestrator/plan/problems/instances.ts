import type { Eligible } from '../eligible.ts';
import { someOf } from '../names.ts';
import type { Problem } from '../types.ts';
import { error, found, type Preflight, warning } from './problem.ts';

const OLD_SCAN_DAYS = 7;
const DAY_MS = 86_400_000;

/** What of the instances that would be patched matters, those that are alike in one problem. */
export function instanceProblems({ policy, chosen, now }: Preflight): Problem[] {
  const systems = [...new Set(chosen.map(({ operatingSystem }) => operatingSystem))].sort();
  const scannedLongAgo = Date.parse(now) - OLD_SCAN_DAYS * DAY_MS;
  /** The problem of those that are so, if there are any; their names are with the verb that fits. */
  const those = (are: (instance: Eligible) => boolean, problem: (names: string, be: string) => Problem) => {
    const ids = chosen.filter(are).map(({ instanceId }) => instanceId);
    return ids.length > 0 && problem(someOf(ids), ids.length === 1 ? 'is' : 'are');
  };
  return found(
    systems.length > 1 &&
      warning(
        'mixed-operating-systems',
        `the group has ${systems.join(', ')}: one canary does not try the patches of all`,
        'Nothing, if that is meant; a larger canary reaches more of them.',
      ),
    policy.rollback === 'restore' &&
      those(
        ({ rootVolumeId }) => rootVolumeId === undefined,
        (names) =>
          warning(
            'root-not-restorable',
            `the root device of ${names} is no EBS volume: a failed patch ends in a replacement`,
            'Nothing, or rollback: replace.',
          ),
      ),
    policy.rollout.isolation === 'detach' &&
      those(
        ({ protectedFromScaleIn }) => protectedFromScaleIn,
        (names, be) =>
          warning(
            'scale-in-protection',
            `${names} ${be} protected from scale-in, which a detach loses; it is set again after`,
            'Nothing.',
          ),
      ),
    those(
      ({ spot }) => spot,
      (names, be) =>
        warning('spot', `${names} ${be} spot and may be reclaimed on the way`, 'Nothing: it is recorded as gone.'),
    ),
    those(
      ({ scannedAt }) => Date.parse(scannedAt ?? now) < scannedLongAgo,
      (names) =>
        warning(
          'old-scan',
          `the patches of ${names} were last looked at over ${OLD_SCAN_DAYS} days ago`,
          'Run AWS-RunPatchBaseline with Operation Scan.',
        ),
    ),
    ...PLACEHOLDERS.filter((name) => policy.health.some(({ url }) => url.includes(`{${name}}`))).map((name) =>
      those(
        (instance) => (instance[name] ?? '') === '',
        (names) =>
          error(
            'health-url',
            `a health check asks for {${name}}, which ${names} does not have`,
            'Use another placeholder in the URL.',
          ),
      ),
    ),
  );
}

/** What a health check's URL may ask for that an instance may not have. */
const PLACEHOLDERS = ['privateIp', 'publicIp', 'privateDnsName'] as const;
