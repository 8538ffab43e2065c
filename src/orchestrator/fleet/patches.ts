/** What Patch Manager knows of a fleet's missing patches, joined with the dates of their release. */
import type { Patch, PatchComplianceData } from '@aws-sdk/client-ssm';
import type { OperatingSystem } from '../../policies/policy.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { MissingPatch } from './fleet.ts';
import { allPages, chunks, mapLimited } from './pages.ts';

const STATES_A_CALL = 50;
const CALLS_AT_ONCE = 8;

/** By instance id. Absent: the instance was never scanned. */
export type PatchesSeen = Map<string, { scannedAt?: string; missing: MissingPatch[] }>;

/** The missing patches of `instanceIds`, which run the `systems`. */
export async function readPatches(
  cloud: Cloud,
  instanceIds: string[],
  systems: Set<OperatingSystem>,
): Promise<PatchesSeen> {
  const [states, catalogues] = await Promise.all([
    readStates(cloud, instanceIds),
    mapLimited([...systems].sort(), CALLS_AT_ONCE, (system) => readReleases(cloud, system)),
  ]);
  const releases = new Map(catalogues.flatMap((catalogue) => [...catalogue]));
  const seen = await mapLimited(instanceIds, CALLS_AT_ONCE, async (instanceId) => {
    const state = states.get(instanceId);
    const missing = state === undefined || state.missing === 0 ? [] : await readMissing(cloud, instanceId);
    return [
      instanceId,
      {
        ...(state?.scannedAt === undefined ? {} : { scannedAt: state.scannedAt }),
        missing: missing.map((patch) => missingPatch(patch, releases)).sort((a, b) => (a.id < b.id ? -1 : 1)),
      },
    ] as const;
  });
  return new Map(seen);
}

async function readStates(cloud: Cloud, instanceIds: string[]) {
  const pages = await mapLimited(chunks(instanceIds, STATES_A_CALL), CALLS_AT_ONCE, (some) =>
    allPages(async (token) => {
      const page = await cloud.ssm.describeInstancePatchStates({
        InstanceIds: some,
        ...(token === undefined ? {} : { NextToken: token }),
      });
      return { items: page.InstancePatchStates, next: page.NextToken };
    }),
  );
  return new Map(
    pages.flat().map((state) => [
      state.InstanceId ?? '',
      {
        missing: (state.MissingCount ?? 0) + (state.FailedCount ?? 0) + (state.AvailableSecurityUpdateCount ?? 0),
        scannedAt: state.OperationEndTime?.toISOString(),
      },
    ]),
  );
}

/** AVAILABLE_SECURITY_UPDATE: a security patch that the baseline registered on AWS does not approve; our policy may. */
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

/**
 * The products that DescribeAvailablePatches knows release dates of. AWS documents it for Amazon Linux 2 and Windows
 * only; elsewhere a patch has no date, and the policy says what then.
 */
const PRODUCTS: Partial<Record<OperatingSystem, string[]>> = {
  AMAZON_LINUX_2: ['AmazonLinux2', 'AmazonLinux2.0'],
  WINDOWS: ['WindowsServer2016', 'WindowsServer2019', 'WindowsServer2022', 'WindowsServer2025'],
};

/** Release dates by what DescribeInstancePatches calls a patch: its KBId, and on Linux its title with the version. */
async function readReleases(cloud: Cloud, system: OperatingSystem): Promise<Map<string, string>> {
  const products = PRODUCTS[system];
  if (products === undefined) return new Map();
  const patches = await allPages(async (token) => {
    const page = await cloud.ssm.describeAvailablePatches({
      // For Linux a filter must name the product.
      Filters: [{ Key: 'PRODUCT', Values: products }],
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: page.Patches, next: page.NextToken };
  });
  return new Map(patches.flatMap((patch) => datedNames(patch)));
}

/** Under what names an available patch is listed as missing: `KB5031356`; `kernel.x86_64:0:4.14.1-2.amzn2`. */
function datedNames({ KbNumber, Title, Name, Arch, Epoch, Version, Release, ReleaseDate }: Patch): [string, string][] {
  if (ReleaseDate === undefined) return [];
  const titles = Name === undefined ? [] : [`${Name}.${Arch}`, `${Name}.${Arch}:${Epoch ?? 0}:${Version}-${Release}`];
  return [KbNumber, Title, ...titles].flatMap((name) =>
    name === undefined ? [] : [[name, ReleaseDate.toISOString()]],
  );
}

function missingPatch(patch: PatchComplianceData, releases: Map<string, string>): MissingPatch {
  const id = patch.KBId ?? patch.Title ?? '';
  const title = patch.Title ?? id;
  const releasedAt = releases.get(title) ?? releases.get(id);
  return {
    id,
    title,
    classification: patch.Classification ?? '',
    severity: patch.Severity ?? '',
    cves: (patch.CVEIds ?? '')
      .split(',')
      .map((cve) => cve.trim())
      .filter((cve) => cve !== ''),
    ...(releasedAt === undefined ? {} : { releasedAt }),
  };
}
