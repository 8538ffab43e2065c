/** What AWS-RunPatchBaseline does on a machine: which patches it takes, and what it leaves behind. */
import { type ApprovalBaseline, approves, isSecurity, named, released } from './baseline.ts';
import { boot, draw, flap, writeRoot } from './machines.ts';
import type { Invocation, Machine, Patch, VolumeContent } from './model.ts';
import type { World } from './world.ts';

export interface PatchRequest {
  operation: 'Scan' | 'Install';
  rebootOption: 'RebootIfNeeded' | 'NoReboot';
  snapshotId: string;
  installOverrideList?: string;
  baselineOverride?: string;
}

interface Findings {
  request: PatchRequest;
  /** Ids that the baseline approves. */
  approved: ReadonlySet<string>;
  failed: readonly Patch[];
  startedAt: number;
}

/** Reads a command's parameters; the defaults are the document's. */
export function patchRequest(parameters: Record<string, string[]>): PatchRequest {
  const one = (name: string): string => parameters[name]?.[0] ?? '';
  return {
    operation: one('Operation') === 'Install' ? 'Install' : 'Scan',
    rebootOption: one('RebootOption') === 'NoReboot' ? 'NoReboot' : 'RebootIfNeeded',
    snapshotId: one('SnapshotId'),
    ...(one('InstallOverrideList') === '' ? {} : { installOverrideList: one('InstallOverrideList') }),
    ...(one('BaselineOverride') === '' ? {} : { baselineOverride: one('BaselineOverride') }),
  };
}

/** Seconds that the operation takes on this machine, reboot not included. */
export function patchSeconds(world: World, machine: Machine, request: PatchRequest): number {
  const seconds = machine.patchSeconds ?? draw(world, machine.template.patch);
  return request.operation === 'Install' ? seconds : seconds / 10;
}

/**
 * Scans or installs. Calls `done` when the command's own work is over, after the reboot that it may need; `fail` with what the
 * agent would write to standard error.
 */
export function runPatchBaseline(
  world: World,
  invocation: Invocation,
  request: PatchRequest,
  done: (output: string) => void,
  fail: (error: string) => void,
): void {
  const { machine } = invocation;
  const startedAt = invocation.startedAt ?? world.now;
  let approved: ReadonlySet<string>;
  let wanted: (patch: Patch) => boolean;
  try {
    approved = approvedSet(world, machine, request);
    const list =
      request.installOverrideList === undefined ? undefined : overrideList(world, request.installOverrideList);
    wanted = list === undefined ? (patch) => approved.has(patch.id) : (patch) => named(list, patch.id);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    return;
  }
  const missing = released(world, machine.template.operatingSystem).filter(
    (patch) => !machine.content.installed.has(patch.id),
  );
  const attempts = request.operation === 'Install' && machine.faults.patchIgnored !== true;
  const attempted = attempts ? missing.filter(wanted) : [];
  const failed = machine.faults.patchFails === true ? attempted : [];
  const installing = failed.length > 0 ? [] : attempted;
  const finish = (output: string) => {
    // The results of a baseline override are kept from Patch Manager's compliance.
    if (request.baselineOverride === undefined) report(world, machine, { request, approved, failed, startedAt });
    done(output);
  };
  if (installing.length > 0) {
    writeRoot(world, machine, withInstalled(machine, installing));
    if (machine.content.flaps === true) flap(world, machine);
  }
  const summary = `${request.operation}: ${installing.length} installed`;
  if (request.rebootOption === 'NoReboot' || request.operation === 'Scan' || machine.content.pendingReboot.size === 0) {
    finish(summary);
    return;
  }
  // The agent leaves the command InProgress, reboots the machine and goes on when it is back.
  invocation.afterReboot = () => finish(`${summary}, rebooted`);
  boot(world, machine, machine.content);
}

function withInstalled({ content, faults }: Machine, patches: Patch[]): VolumeContent {
  const breaking = patches.find(({ breaksApp = false }) => breaksApp !== false)?.breaksApp;
  const status = faults.patchBreaksApp ?? (breaking === true ? 503 : breaking);
  const restarting = patches.filter((patch) => patch.needsReboot);
  return {
    ...content,
    installed: new Set([...content.installed, ...patches.map((patch) => patch.id)]),
    pendingReboot: new Set([...content.pendingReboot, ...restarting.map((patch) => patch.id)]),
    ...(typeof status === 'number' ? { brokenStatus: status } : {}),
    ...(faults.patchFlapsApp === true ? { flaps: true as const } : {}),
    ...(faults.patchLoopsBoot === true ? { loops: true as const } : {}),
    ...(faults.patchSlowsApp === undefined ? {} : { latencyMs: faults.patchSlowsApp }),
  };
}

/** One SnapshotId stands for one set of patches, fixed at its first use: that is what it is for. */
function approvedSet(world: World, machine: Machine, request: PatchRequest): ReadonlySet<string> {
  const { operatingSystem } = machine.template;
  const key = `${request.snapshotId} ${operatingSystem} ${request.baselineOverride ?? ''}`;
  const fixed = request.snapshotId === '' ? undefined : world.patchSnapshots.get(key);
  if (fixed !== undefined) return fixed;
  const baseline =
    request.baselineOverride === undefined
      ? world.baselines.get(operatingSystem)
      : baselineOverride(world, request.baselineOverride, operatingSystem);
  const approved = new Set(
    released(world, operatingSystem)
      .filter((patch) => approves(baseline, patch, world.now))
      .map((patch) => patch.id),
  );
  if (request.snapshotId !== '') world.patchSnapshots.set(key, approved);
  return approved;
}

/** Notes what the operation found, as the baseline sees it: what an override list installed beside it is `InstalledOther`. */
function report(world: World, machine: Machine, found: Findings): void {
  const { content } = machine;
  const { request, approved, failed, startedAt } = found;
  const { operatingSystem } = machine.template;
  const all = released(world, operatingSystem);
  const present = all.filter((patch) => content.installed.has(patch.id));
  const settled = present.filter((patch) => !content.pendingReboot.has(patch.id));
  const absent = all.filter((patch) => !content.installed.has(patch.id) && !failed.includes(patch));
  machine.patchReport = {
    operation: request.operation,
    rebootOption: request.rebootOption,
    startedAt,
    endedAt: world.now,
    snapshotId: request.snapshotId,
    ...(request.installOverrideList === undefined ? {} : { installOverrideList: request.installOverrideList }),
    missing: absent.filter((patch) => approved.has(patch.id)),
    availableSecurity:
      operatingSystem === 'WINDOWS' ? absent.filter((patch) => isSecurity(patch) && !approved.has(patch.id)) : [],
    failed,
    installed: settled.filter((patch) => approved.has(patch.id)),
    installedOther: settled.filter((patch) => !approved.has(patch.id)),
    pendingReboot: present.filter((patch) => content.pendingReboot.has(patch.id)),
  };
}

/** Scans the machine as its association would, now. */
export function scan(world: World, machine: Machine): void {
  if (!machine.up) return;
  const request: PatchRequest = { operation: 'Scan', rebootOption: 'NoReboot', snapshotId: '' };
  report(world, machine, {
    request,
    approved: approvedSet(world, machine, request),
    failed: [],
    startedAt: world.now,
  });
}

/** The ids in an install override list: YAML (or JSON), of which the agent reads `patches: [{ id, title? }]`. */
function overrideList(world: World, url: string): string[] {
  return [...textAt(world, url).matchAll(/\bid["']?\s*:\s*["']?([^"'\s,}#]+)/g)].flatMap(([, id]) => id ?? []);
}

function baselineOverride(world: World, url: string, operatingSystem: string): ApprovalBaseline {
  const parsed: unknown = JSON.parse(textAt(world, url));
  const baselines = Array.isArray(parsed) ? parsed.filter(isBaseline) : [];
  return baselines.find((baseline) => baseline.OperatingSystem === operatingSystem) ?? {};
}

function isBaseline(value: unknown): value is ApprovalBaseline {
  return typeof value === 'object' && value !== null && 'OperatingSystem' in value;
}

/** Reads `s3://bucket/key` or an S3 `https://` URL, path-style or virtual-hosted. Throws when nothing is there. */
function textAt(world: World, url: string): string {
  const [, bucket, key] =
    /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ??
    /^https:\/\/([^./]+)\.s3[.-][^/]*\/([^?]+)/.exec(url) ??
    /^https:\/\/s3[.-][^/]*\/([^/]+)\/([^?]+)/.exec(url) ??
    [];
  const body = world.buckets.get(bucket ?? '')?.get(key ?? '');
  if (body === undefined) throw new Error(`Unable to download the override list from ${url}: NoSuchKey`);
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
}
