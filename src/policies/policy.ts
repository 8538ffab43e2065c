/**
 * A policy as the rest of Drydock uses it: parsed, checked, with every default filled in. Durations are whole seconds.
 * The document that people write, and its schema, are in `schema.ts`.
 */

export const OPERATING_SYSTEMS = [
  'AMAZON_LINUX_2',
  'AMAZON_LINUX_2023',
  'REDHAT_ENTERPRISE_LINUX',
  'ROCKY_LINUX',
  'ALMA_LINUX',
  'SUSE',
  'ORACLE_LINUX',
  'DEBIAN',
  'UBUNTU',
  'WINDOWS',
] as const;

/** An operating system by Patch Manager's name for it (the `OperatingSystem` of a patch baseline). */
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

export interface PatchRule {
  name: string;
  /** Empty: any. Compared without regard to case, with each operating system's own words folded together. */
  match: { classification: string[]; severity: string[]; id: string[] };
  approveAfterSeconds: number;
  /** Whether the soak gate holds for this rule: true unless `approveAfter` is 0 and the rule does not ask for it. */
  soak: boolean;
}

export interface Environment {
  name: string;
  /** How long before its approval elsewhere each patch is approved here, never before its release. */
  leadSeconds: number;
  /** The soak gate: patches are held until a run in `after` with the patch succeeded this long ago. */
  gate?: { after: string; soakSeconds: number };
}

export interface GroupMatch {
  /** All members that are given must hold. `name` is exact, `pattern` has `*` and `?`. */
  match: { name?: string; pattern?: string; tag?: Record<string, string> };
  environment: string;
}

/** A count of instances, or a share of the group. */
export type Amount = { count: number } | { percent: number };

export interface HealthCheck {
  /** With `{privateIp} {publicIp} {instanceId} {privateDnsName}` to be filled in for each instance. */
  url: string;
  /** Inclusive ranges of accepted status codes. */
  status: { from: number; to: number }[];
  /** Text that the body must contain; `/…/` is a regular expression; empty: any. */
  body: string;
  /** JSON pointers (RFC 6901) and the values they must have. */
  json: Record<string, string | number | boolean | null>;
  headers: Record<string, string>;
  consecutive: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  withinSeconds: number;
  /** The slowest answer that still counts as healthy, in milliseconds. */
  maxLatencyMs?: number;
  followRedirects: boolean;
  /** Accept a certificate that does not verify (an instance's own name seldom has one). */
  insecure: boolean;
}

export interface Hook {
  document?: string;
  lambda?: string;
  url?: string;
  timeoutSeconds: number;
}

export interface Schedule {
  environment: string;
  cron: string;
  timezone: string;
  durationSeconds: number;
  cutoffSeconds: number;
}

export interface Policy {
  name: string;
  /** SHA-256 of the normalized policy, first 12 hex digits: which policy a run followed. */
  fingerprint: string;
  patches: {
    rules: PatchRule[];
    reboot: 'if-needed' | 'never';
    /** How delays are kept on operating systems whose patches have no release date; without it they are refused. */
    unsupportedDelays?: 'pin';
    /** `s3://bucket/prefix` where a run puts the list of exactly the patches it installs. */
    overrideList?: string;
  };
  environments: Record<string, Environment>;
  groups: GroupMatch[];
  rollout: {
    isolation: 'detach' | 'standby';
    capacity: 'shrink' | 'surge';
    maxUnavailable: Amount;
    canary: Amount;
    bakeSeconds: number;
    maxFailures: number;
    /** What follows once more than `maxFailures` have failed: a halt, or a halt after everything that the run patched is rolled back. */
    onFailure: 'halt' | 'continue' | 'rollback-run';
    keepSnapshotsSeconds: number;
    suspend: string[];
    alarms: string[];
    changeCalendars: string[];
    approval: 'none' | 'after-canary';
    /** How long one instance's patch command may take, reboot included. */
    patchTimeoutSeconds: number;
  };
  hooks: { beforeDetach: Hook[]; afterPatch: Hook[]; afterAttach: Hook[] };
  health: HealthCheck[];
  rollback: 'restore' | 'replace' | 'quarantine';
  notify: string[];
  schedule: Schedule[];
  /** Where on AWS the health checks come from; absent: from outside of any VPC. */
  deployment?: { vpc: { subnetIds: string[]; securityGroupIds: string[] } };
}
