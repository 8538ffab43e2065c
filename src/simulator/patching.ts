/** What AWS-RunPatchBaseline does on a machine: which patches it takes, and what it leaves behind. */
import { type ApprovalBaseline, approves, named, released } from './baseline.ts';
import { appStatus, boot, draw, writeRoot } from './machines.ts';
import type { Invocation, Machine, Patch, PatchReport, VolumeContent } from './model.ts';
import type { World } from './world.ts';

export interface PatchRequest {
  operation: 'Scan' | 'Install';
  rebootOption: 'RebootIfNeeded' | 'NoReboot';
  snapshotId: string;
  installOverrideList?: string;
  baselineOverride?: string;
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
  const seconds = draw(world, machine.template.patch);
  return request.operation === 'Install' ? seconds : seconds / 10;
}

/**
 * Scans or installs. Calls `done` when the command's own work is over, after the reboot that it may need; `fail` with what the
 * agent would write to standard error.
 */
export function patch(
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
    wanted = list === undefined ? (candidate) => approved.has(candidate.id) : (candidate) => named(list, candidate.id);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    return;
  }
  const missing = released(world, machine.template.operatingSystem).filter(
    (candidate) => !machine.content.installed.has(candidate.id),
  );
  const installing = request.operation === 'Install' ? missing.filter(wanted) : [];
  const finish = (output: string) => {
    if (request.baselineOverride === undefined) report(world, machine, request, approved, startedAt);
    done(output);
  };
  if (installing.length > 0) writeRoot(world, machine, withInstalled(machine, installing));
  const summary = `${request.operation}: ${installing.length} installed`;
  if (request.rebootOption === 'NoReboot' || request.operation === 'Scan' || machine.content.pendingReboot.size === 0) {
    finish(summary);
    return;
  }
  // The agent leaves the command InProgress, reboots the machine and goes on when it is back.
  invocation.afterReboot = () => finish(`${summary}, rebooted`);
  boot(world, machine, machine.content);
}

function withInstalled(machine: Machine, patches: Patch[]): VolumeContent {
  const breaking = patches.find(
    (candidate) => candidate.breaksApp !== undefined && candidate.breaksApp !== false,
  )?.breaksApp;
  const status = machine.faults.patchBreaksApp ?? (breaking === true ? 503 : breaking);
  return {
    installed: new Set([...machine.content.installed, ...patches.map((candidate) => candidate.id)]),
    pendingReboot: new Set([
      ...machine.content.pendingReboot,
      ...patches.filter((candidate) => candidate.needsReboot).map((candidate) => candidate.id),
    ]),
    ...(typeof status === 'number' ? { brokenStatus: status } : brokenBefore(machine)),
  };
}

function brokenBefore(machine: Machine): { brokenStatus?: number } {
  return machine.content.brokenStatus === undefined ? {} : { brokenStatus: machine.content.brokenStatus };
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
      .filter((candidate) => approves(baseline, candidate, world.now))
      .map((candidate) => candidate.id),
  );
  if (request.snapshotId !== '') world.patchSnapshots.set(key, approved);
  return approved;
}

/** Notes what the operation found, as the baseline sees it: what an override list installed beside it is `InstalledOther`. */
export function report(
  world: World,
  machine: Machine,
  request: PatchRequest,
  approved: ReadonlySet<string>,
  startedAt: number,
): void {
  const { content } = machine;
  const all = released(world, machine.template.operatingSystem);
  const present = all.filter((candidate) => content.installed.has(candidate.id));
  const settled = present.filter((candidate) => !content.pendingReboot.has(candidate.id));
  const patchReport: PatchReport = {
    operation: request.operation,
    rebootOption: request.rebootOption,
    startedAt,
    endedAt: world.now,
    snapshotId: request.snapshotId,
    ...(request.installOverrideList === undefined ? {} : { installOverrideList: request.installOverrideList }),
    missing: all.filter((candidate) => !content.installed.has(candidate.id) && approved.has(candidate.id)),
    failed: [],
    installed: settled.filter((candidate) => approved.has(candidate.id)),
    installedOther: settled.filter((candidate) => !approved.has(candidate.id)),
    pendingReboot: present.filter((candidate) => content.pendingReboot.has(candidate.id)),
  };
  machine.patchReport = patchReport;
}

/** Scans the machine as its association would, now. */
export function scan(world: World, machine: Machine): void {
  if (appStatus(machine) === undefined && !machine.up) return;
  const request: PatchRequest = { operation: 'Scan', rebootOption: 'NoReboot', snapshotId: '' };
  report(world, machine, request, approvedSet(world, machine, request), world.now);
}

/** The ids in an install override list: YAML, of which the agent reads `patches: [{ id, title? }]`. */
function overrideList(world: World, url: string): string[] {
  return [...textAt(world, url).matchAll(/^\s*(?:-\s*)?["']?id["']?\s*:\s*["']?([^"'\s#]+)["']?/gm)].flatMap(
    ([, id]) => id ?? [],
  );
}

function baselineOverride(world: World, url: string, operatingSystem: string): ApprovalBaseline {
  const parsed: unknown = JSON.parse(textAt(world, url));
  const baselines: ApprovalBaseline[] = Array.isArray(parsed) ? parsed : [];
  return baselines.find((baseline) => baseline.OperatingSystem === operatingSystem) ?? {};
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
