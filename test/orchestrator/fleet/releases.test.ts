import type { Patch, PatchOrchestratorFilter } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { type Catalogue, readReleases } from '../../../src/orchestrator/fleet/releases.ts';
import type { OperatingSystem } from '../../../src/policies/policy.ts';

/** A catalogue of these patches, whatever is asked of it; and what was asked. */
function catalogue(...patches: Patch[]) {
  const asked: (PatchOrchestratorFilter[] | undefined)[] = [];
  const cloud: Catalogue = {
    ssm: {
      describeAvailablePatches: async ({ Filters }) => {
        asked.push(Filters);
        return { Patches: patches };
      },
    },
  };
  return { cloud, asked };
}

const kernel = (version: string, released: string): Patch => ({
  Name: 'kernel',
  Arch: 'x86_64',
  Epoch: 0,
  Version: version,
  Release: '1.amzn2',
  ReleaseDate: new Date(released),
});
const missing = (operatingSystem: OperatingSystem, ...ids: string[]) => ids.map((id) => ({ id, operatingSystem }));

describe('release dates', () => {
  it('are of one version, by the title that a missing patch has', async () => {
    const { cloud } = catalogue(kernel('5.10', '2026-01-01'), kernel('5.11', '2026-02-01'));
    const releases = await readReleases(cloud, missing('AMAZON_LINUX_2', 'kernel.x86_64'));
    expect(releases.get('kernel.x86_64:0:5.10-1.amzn2')).toBe('2026-01-01T00:00:00.000Z');
    expect(releases.get('kernel.x86_64:0:5.11-1.amzn2')).toBe('2026-02-01T00:00:00.000Z');
  });

  it.each([
    ['rising', ['2026-01-01', '2026-02-01']],
    ['falling', ['2026-02-01', '2026-01-01']],
  ])('are the latest where no version is named, in %s order', async (_, [one = '', other = '']) => {
    const { cloud } = catalogue(kernel('5.10', one), kernel('5.11', other));
    const releases = await readReleases(cloud, missing('AMAZON_LINUX_2', 'kernel.x86_64'));
    expect(releases.get('kernel.x86_64')).toBe('2026-02-01T00:00:00.000Z');
  });

  it('are asked for by package, each once, on Amazon Linux 2; by article on Windows', async () => {
    const { cloud, asked } = catalogue();
    await readReleases(cloud, [
      ...missing('AMAZON_LINUX_2', 'java-1.7.0-openjdk.x86_64', 'kernel.x86_64', 'kernel.x86_64'),
      ...missing('WINDOWS', 'KB5031356'),
      ...missing('UBUNTU', 'openssl'),
      { id: 'strange', operatingSystem: undefined },
    ]);
    expect(asked).toEqual([
      [
        { Key: 'PRODUCT', Values: ['AmazonLinux2', 'AmazonLinux2.0'] },
        { Key: 'NAME', Values: ['java-1.7.0-openjdk', 'kernel'] },
      ],
      [{ Key: 'PATCH_ID', Values: ['KB5031356'] }],
    ]);
  });

  it('are left out where AWS has none', async () => {
    const { cloud } = catalogue(
      { KbNumber: 'KB1' },
      { KbNumber: 'KB2', Title: '', ReleaseDate: new Date('2026-01-01') },
    );
    const releases = await readReleases(cloud, missing('WINDOWS', 'KB1', 'KB2'));
    expect([...releases]).toEqual([['KB2', '2026-01-01T00:00:00.000Z']]);
  });
});
