import { readFleet } from '../../../src/orchestrator/fleet/read.ts';
import type { GroupOptions } from '../../../src/simulator/fleet-builder.ts';
import type { Patch } from '../../../src/simulator/model.ts';
import { SimulatedCloud } from '../../../src/simulator/simulated-cloud.ts';

export const NOW = '2026-03-02T00:00:00.000Z';

/** A patch for Amazon Linux 2 as Patch Manager names it: the id is the package, the title has its version. */
export function patchOf(id: string, more: Partial<Patch> = {}): Patch {
  return {
    id,
    title: `${id}:0:1.2-3.amzn2`,
    classification: 'Security',
    severity: 'Important',
    cves: ['CVE-2026-0001', 'CVE-2026-0002'],
    releasedAt: '2026-02-01T00:00:00.000Z',
    operatingSystem: 'AMAZON_LINUX_2',
    needsReboot: false,
    ...more,
  };
}

export const OPENSSL = patchOf('openssl.x86_64');

/** A cloud that stands still at `NOW`, with one group, `web`: three instances in three zones that miss openssl. */
export function webCloud(group: Partial<GroupOptions> = {}) {
  const clock = { now: () => Date.parse(NOW), sleep: async () => {} };
  const cloud = new SimulatedCloud({ clock, seed: 7 });
  const ids = cloud.addGroup({ name: 'web', size: 3, min: 1, max: 6, patches: [OPENSSL], ...group });
  return { cloud, ids };
}

/** The group `web` as the reader sees it. */
export function readWeb(cloud: Parameters<typeof readFleet>[0]) {
  return readFleet(cloud, 'web', { region: 'us-east-1', now: NOW });
}
