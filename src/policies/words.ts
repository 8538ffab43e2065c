/**
 * What the operating systems call the classes and severities of their patches, as Patch Manager's filters take them,
 * and one common form to compare them in.
 */
import type { OperatingSystem } from './policy.ts';

/** Which filter keys a baseline of an operating system has, and every value that they take. */
export type FilterWords =
  | { family: 'classified'; classification: string[]; severityKey: 'SEVERITY' | 'MSRC_SEVERITY'; severity: string[] }
  | { family: 'prioritized'; priority: string[] };

const YUM_CLASSES = ['Security', 'Bugfix', 'Enhancement', 'Recommended', 'Newpackage'];
const AMAZON: FilterWords = {
  family: 'classified',
  classification: YUM_CLASSES,
  severityKey: 'SEVERITY',
  severity: ['Critical', 'Important', 'Medium', 'Low'],
};
const RED_HAT: FilterWords = { ...AMAZON, severity: ['Critical', 'Important', 'Moderate', 'Low'] };
const SUSE: FilterWords = {
  ...RED_HAT,
  classification: ['Security', 'Recommended', 'Optional', 'Feature', 'Document', 'Yast'],
};
const WINDOWS: FilterWords = {
  family: 'classified',
  classification: [
    'CriticalUpdates',
    'DefinitionUpdates',
    'Drivers',
    'FeaturePacks',
    'SecurityUpdates',
    'ServicePacks',
    'Tools',
    'UpdateRollups',
    'Updates',
    'Upgrades',
  ],
  severityKey: 'MSRC_SEVERITY',
  severity: ['Critical', 'Important', 'Moderate', 'Low', 'Unspecified'],
};
/** APT knows neither class nor severity: only how much the system needs the package. */
const APT: FilterWords = {
  family: 'prioritized',
  priority: ['Required', 'Important', 'Standard', 'Optional', 'Extra'],
};

export const FILTER_WORDS: Record<OperatingSystem, FilterWords> = {
  AMAZON_LINUX_2: AMAZON,
  AMAZON_LINUX_2023: AMAZON,
  REDHAT_ENTERPRISE_LINUX: RED_HAT,
  ROCKY_LINUX: RED_HAT,
  ALMA_LINUX: RED_HAT,
  SUSE,
  ORACLE_LINUX: RED_HAT,
  DEBIAN: APT,
  UBUNTU: APT,
  WINDOWS,
};

const SYNONYMS: Record<string, string> = {
  securityupdates: 'security',
  securityupdate: 'security',
  criticalupdate: 'criticalupdates',
  moderate: 'medium',
  bugfixes: 'bugfix',
  none: 'unspecified',
  '': 'unspecified',
};

/**
 * A class or a severity in the form it is compared in: without regard to case, spaces and hyphens, `Moderate` as
 * `medium`, `SecurityUpdates` as `security`, nothing and `None` as `unspecified`. `CriticalUpdates` of Windows stays
 * a class of its own: Microsoft means by it a critical fix that is *not* about security.
 */
export function foldWord(word: string): string {
  const plain = word.toLowerCase().replace(/[\s_-]/g, '');
  return Object.hasOwn(SYNONYMS, plain) ? (SYNONYMS[plain] ?? plain) : plain;
}

const ALL = Object.values(FILTER_WORDS);

/** Every class that some operating system has. */
export const CLASSIFICATIONS = [...new Set(ALL.flatMap((os) => ('classification' in os ? os.classification : [])))];

/** Every severity that some operating system has; Debian's and Ubuntu's priorities are read as severities. */
export const SEVERITIES = [
  ...new Set(ALL.flatMap((os) => (os.family === 'classified' ? os.severity : os.priority)).concat('Unspecified')),
];
