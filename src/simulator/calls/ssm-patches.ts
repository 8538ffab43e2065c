import type {
  DescribeInstancePatchesCommandInput,
  DescribeInstancePatchesResult,
  DescribeInstancePatchStatesCommandInput,
  DescribeInstancePatchStatesResult,
  InstancePatchState,
  PatchComplianceData,
  PatchComplianceDataState,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../aws-error.ts';
import type { Machine, Patch, PatchReport } from '../model.ts';
import { page } from '../paging.ts';
import type { World } from '../world.ts';

/** What the last operation on each of at most 50 instances found; nothing for those that were never scanned. */
export function patchStates(
  world: World,
  input: DescribeInstancePatchStatesCommandInput,
): DescribeInstancePatchStatesResult {
  const ids = input.InstanceIds ?? [];
  if (ids.length > 50)
    throw new AwsError('ValidationException', `${ids.length} instance ids were given; at most 50 are allowed.`);
  const found = ids.flatMap((id) => stateOf(world.machines.get(id)) ?? []);
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 100,
    tokenError: 'InvalidNextToken',
  });
  return { InstancePatchStates: items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

/** Patch by patch, what the last operation on one instance found. */
export function instancePatches(
  world: World,
  input: DescribeInstancePatchesCommandInput,
): DescribeInstancePatchesResult {
  const machine = world.machines.get(input.InstanceId ?? '');
  const rows = machine?.patchReport === undefined ? [] : rowsOf(machine.patchReport);
  const found = rows.filter((row) =>
    (input.Filters ?? []).every((filter) => matches(row, filter.Key ?? '', filter.Values ?? [])),
  );
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 100,
    tokenError: 'InvalidNextToken',
  });
  return { Patches: items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function stateOf(machine: Machine | undefined): InstancePatchState | undefined {
  if (machine?.patchReport === undefined) return undefined;
  const { patchReport } = machine;
  const open = [...patchReport.missing, ...patchReport.failed];
  return {
    InstanceId: machine.id,
    PatchGroup: machine.tags.get('Patch Group') ?? machine.tags.get('PatchGroup') ?? '',
    BaselineId: 'pb-0123456789abcdef0',
    ...(patchReport.snapshotId === '' ? {} : { SnapshotId: patchReport.snapshotId }),
    ...(patchReport.installOverrideList === undefined ? {} : { InstallOverrideList: patchReport.installOverrideList }),
    InstalledCount: patchReport.installed.length,
    InstalledOtherCount: patchReport.installedOther.length,
    InstalledPendingRebootCount: patchReport.pendingReboot.length,
    InstalledRejectedCount: 0,
    MissingCount: patchReport.missing.length,
    FailedCount: patchReport.failed.length,
    NotApplicableCount: 0,
    AvailableSecurityUpdateCount: patchReport.availableSecurity.length,
    OperationStartTime: new Date(patchReport.startedAt),
    OperationEndTime: new Date(patchReport.endedAt),
    Operation: patchReport.operation,
    RebootOption: patchReport.rebootOption,
    CriticalNonCompliantCount: open.filter((patch) => /critical/i.test(patch.severity)).length,
    SecurityNonCompliantCount: open.filter((patch) => /security/i.test(patch.classification)).length,
    OtherNonCompliantCount: open.filter((patch) => !/security/i.test(patch.classification)).length,
  };
}

function rowsOf(patchReport: PatchReport): PatchComplianceData[] {
  const rows = (patches: readonly Patch[], state: string) =>
    patches.map((patch) => row(patch, state, patchReport.endedAt));
  return [
    ...rows(patchReport.missing, 'Missing'),
    ...rows(patchReport.failed, 'Failed'),
    ...rows(patchReport.availableSecurity, 'AvailableSecurityUpdate'),
    ...rows(patchReport.installed, 'Installed'),
    ...rows(patchReport.installedOther, 'InstalledOther'),
    ...rows(patchReport.pendingReboot, 'InstalledPendingReboot'),
  ];
}

function row(patch: Patch, state: string, at: number): PatchComplianceData {
  return {
    Title: patch.title,
    KBId: patch.id,
    Classification: patch.classification,
    Severity: patch.severity,
    // The SDK's type says MISSING, and the service answers Missing.
    State: state as PatchComplianceDataState,
    InstalledTime: new Date(state.startsWith('Installed') ? at : 0),
    ...(patch.cves.length === 0 ? {} : { CVEIds: patch.cves.join(',') }),
  };
}

/** States are written MISSING in the model and Missing in the documentation; either is taken. */
function matches(data: PatchComplianceData, key: string, values: readonly string[]): boolean {
  const actual: Record<string, string | undefined> = {
    State: data.State,
    KBId: data.KBId,
    Classification: data.Classification,
    Severity: data.Severity,
  };
  if (!Object.hasOwn(actual, key)) throw new AwsError('InvalidFilter', `The filter key ${key} is not valid.`);
  const fold = (text: string | undefined) => (text ?? '').replaceAll('_', '').toLowerCase();
  return values.some((value) => fold(value) === fold(actual[key]));
}
