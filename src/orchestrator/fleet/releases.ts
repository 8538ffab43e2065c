/** When patches were released, which Patch Manager tells apart from where they are missing. */
import type { Patch, PatchOrchestratorFilter } from '@aws-sdk/client-ssm';
import type { OperatingSystem } from '../../policies/policy.ts';
import type { Cloud } from '../aws/cloud.ts';
import { allPages, chunks, mapLimited } from './pages.ts';

/** The values of one filter of DescribeAvailablePatches. */
const NAMES_A_CALL = 20;
const CALLS_AT_ONCE = 4;

/** The one call that is made. */
export interface Catalogue {
  ssm: Pick<Cloud['ssm'], 'describeAvailablePatches'>;
}

/** ISO 8601, UTC, by what DescribeInstancePatches calls a patch. */
export type Releases = Map<string, string>;

/**
 * How DescribeAvailablePatches is asked for patches by name. AWS documents it for Amazon Linux 2 and Windows only; elsewhere
 * a patch has no date, and the policy says what then. For Linux a filter must name the product. Its catalogues are of ten
 * thousands of patches, so only those that are missing somewhere are asked for.
 */
const FILTERS: Partial<Record<OperatingSystem, (ids: string[]) => PatchOrchestratorFilter[]>> = {
  AMAZON_LINUX_2: (ids) => [
    { Key: 'PRODUCT', Values: ['AmazonLinux2', 'AmazonLinux2.0'] },
    { Key: 'NAME', Values: ids },
  ],
  WINDOWS: (ids) => [{ Key: 'PATCH_ID', Values: ids }],
};

/** The release dates of `patches`, as far as AWS has them. */
export async function readReleases(
  cloud: Catalogue,
  patches: { id: string; operatingSystem: OperatingSystem | undefined }[],
): Promise<Releases> {
  const names = Map.groupBy(patches, ({ operatingSystem }) => operatingSystem);
  const queries = [...names].flatMap(([system, of]) => {
    const filtersOf = system === undefined ? undefined : FILTERS[system];
    if (system === undefined || filtersOf === undefined) return [];
    const wanted = [...new Set(of.map(({ id }) => nameOf(id, system)))].sort();
    return chunks(wanted, NAMES_A_CALL).map(filtersOf);
  });
  const found = await mapLimited(queries, CALLS_AT_ONCE, (filters) => readAvailable(cloud, filters));
  const releases: Releases = new Map();
  for (const [name, releasedAt] of found.flat().flatMap(datedNames)) {
    // A name without a version is several patches: by the latest of them none is approved too early.
    if (releasedAt > (releases.get(name) ?? '')) releases.set(name, releasedAt);
  }
  return releases;
}

/** The id of a Linux patch is a package with its architecture, `kernel.x86_64`; the catalogue has them apart. */
function nameOf(id: string, system: OperatingSystem): string {
  return system === 'WINDOWS' ? id : id.replace(/\.[^.]*$/, '');
}

function readAvailable(cloud: Catalogue, filters: PatchOrchestratorFilter[]): Promise<Patch[]> {
  return allPages(async (token) => {
    const page = await cloud.ssm.describeAvailablePatches({
      Filters: filters,
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: page.Patches, next: page.NextToken };
  });
}

/** Under what names an available patch is listed as missing: `KB5031356`; `kernel.x86_64:0:4.14.1-2.amzn2`. */
function datedNames({ KbNumber, Title, Name, Arch, Epoch, Version, Release, ReleaseDate }: Patch): [string, string][] {
  if (ReleaseDate === undefined) return [];
  const titles = Name === undefined ? [] : [`${Name}.${Arch}`, `${Name}.${Arch}:${Epoch ?? 0}:${Version}-${Release}`];
  return [KbNumber, Title, ...titles].flatMap((name) => (name ? [[name, ReleaseDate.toISOString()]] : []));
}
