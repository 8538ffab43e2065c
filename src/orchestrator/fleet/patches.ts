/** What Patch Manager knows of a fleet's missing patches, joined with the dates of their release. */
import type { InstancePatchState, PatchComplianceData } from '@aws-sdk/client-ssm';
import type { OperatingSystem } from '../../policies/policy.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { MissingPatch } from './fleet.ts';
import { allPages, chunks, mapLimited } from './pages.ts';
import { type Releases, readReleases } from './releases.ts';

/** DescribeInstancePatchStates takes at most so many ids. */
const STATES_A_CALL = 50;
const CALLS_AT_ONCE = 8;

export interface PatchesOfInstance {
  /** When its patches were last looked at; absent: never. */
  scannedAt?: string;
  missing: MissingPatch[];
  /** Installed, but not in force before a reboot. */
  pendingReboot: number;
}

/** The missing patches of instances that Systems Manager manages, by id. `systems`: what each runs, where that is known. */
export async function readPatches(
  cloud: Cloud,
  systems: Map<string, OperatingSystem | undefined>,
): Promise<Map<string, PatchesOfInstance>> {
  const states = await readStates(cloud, [...systems.keys()]);
  const listed = await mapLimited(states, CALLS_AT_ONCE, async (state) => ({
    state,
    id: state.InstanceId ?? '',
    patches: lacksNothing(state) ? [] : await readMissing(cloud, state.InstanceId ?? ''),
  }));
  const releases = await readReleases(
    cloud,
    listed.flatMap(({ id, patches }) =>
      patches.map((patch) => ({ id: idOf(patch), operatingSystem: systems.get(id) })),
    ),
  );
  return new Map(
    listed.map(({ id, state, patches }) => [
      id,
      {
        ...(state.OperationEndTime === undefined ? {} : { scannedAt: state.OperationEndTime.toISOString() }),
        missing: patches.map((patch) => missingPatch(patch, releases)),
        pendingReboot: state.InstalledPendingRebootCount ?? 0,
      },
    ]),
  );
}

function readStates(cloud: Cloud, instanceIds: string[]): Promise<InstancePatchState[]> {
  return mapLimited(chunks(instanceIds, STATES_A_CALL), CALLS_AT_ONCE, (some) =>
    allPages(async (token) => {
      const page = await cloud.ssm.describeInstancePatchStates({
        InstanceIds: some,
        ...(token === undefined ? {} : { NextToken: token }),
      });
      return { items: page.InstancePatchStates, next: page.NextToken };
    }),
  ).then((pages) => pages.flat());
}

function lacksNothing({ MissingCount = 0, FailedCount = 0, AvailableSecurityUpdateCount = 0 }: InstancePatchState) {
  return MissingCount + FailedCount + AvailableSecurityUpdateCount === 0;
}

/**
 * Missing: approved by the baseline registered on AWS and not there. Failed: tried in vain, so still missing.
 * AvailableSecurityUpdate: a security patch that that baseline does not approve; our policy may. Everything else that
 * Patch Manager lists is installed, or does not apply.
 */
function readMissing(cloud: Cloud, instanceId: string): Promise<PatchComplianceData[]> {
  return allPages(async (token) => {
    const page = await cloud.ssm.describeInstancePatches({
      InstanceId: instanceId,
      Filters: [{ Key: 'State', Values: ['Missing', 'Failed', 'AvailableSecurityUpdate'] }],
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: page.Patches, next: page.NextToken };
  });
}

/** Patch Manager lists some patches with an empty title, or without an id. */
function idOf({ KBId, Title }: PatchComplianceData): string {
  return KBId || Title || '';
}

function missingPatch(patch: PatchComplianceData, releases: Releases): MissingPatch {
  const id = idOf(patch);
  const title = patch.Title || id;
  const releasedAt = releases.get(title) ?? releases.get(id);
  return {
    id,
    title,
    classification: patch.Classification ?? '',
    severity: patch.Severity ?? '',
    cves: (patch.CVEIds ?? '').split(/[\s,]+/).filter((cve) => cve !== ''),
    ...(releasedAt === undefined ? {} : { releasedAt }),
  };
}
