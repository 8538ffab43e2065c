import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { lacksDates, withFirstSeen } from '../../../src/orchestrator/fleet/first-seen.ts';
import type { Fleet, MissingPatch } from '../../../src/orchestrator/fleet/fleet.ts';
import { type ItemTable, itemTable } from '../../../src/orchestrator/table/table.ts';
import type { OperatingSystem } from '../../../src/policies/policy.ts';
import { fleet, instance, patch, planFor, policy, waveIds } from '../plan/fleets.ts';

const LATER = '2026-03-17T00:00:00.000Z';

function undated(name: string): MissingPatch {
  const { releasedAt: _, ...rest } = patch(name, { severity: 'Low' });
  return rest;
}

/** A fleet that was read at that time, of an instance for each list of what it misses. */
function readAt(at: string, missing: MissingPatch[][], operatingSystem: OperatingSystem = 'UBUNTU'): Fleet {
  const members = missing.map((each, n) => instance(`i-${n}`, { missing: each, operatingSystem }));
  return { ...fleet(members), readAt: at };
}

function seenIn({ instances }: Fleet): (string | undefined)[][] {
  return instances.map(({ missing }) => missing.map(({ firstSeenAt }) => firstSeenAt));
}

function emptyTable(): ItemTable {
  return itemTable(openDatabase({}));
}

describe('the day on which a patch without a release date was first seen missing', () => {
  const first = '2026-03-01T00:00:00.000Z';
  const second = '2026-03-02T00:00:00.000Z';

  it('is when the fleet was read, and stays that', async () => {
    const table = emptyTable();
    expect(seenIn(await withFirstSeen(readAt(first, [[undated('curl')]]), table))).toEqual([[first]]);
    const again = await withFirstSeen(readAt(second, [[undated('curl')], [undated('curl'), undated('bash')]]), table);
    expect(seenIn(again)).toEqual([[first], [first, second]]);
  });

  it('is kept apart for each operating system, and for each version', async () => {
    const table = emptyTable();
    await withFirstSeen(readAt(first, [[undated('curl')]]), table);
    expect(seenIn(await withFirstSeen(readAt(second, [[undated('curl')]], 'DEBIAN'), table))).toEqual([[second]]);
    const newer = { ...undated('curl'), title: 'curl:0:9.9-9' };
    expect(seenIn(await withFirstSeen(readAt(second, [[newer, undated('curl')]]), table))).toEqual([[second, first]]);
  });

  it('is not asked of patches that have a release date', async () => {
    const table = { updateItem: () => expect.unreachable('nothing is to be noted') };
    const dated = readAt(first, [[patch('curl')], []]);
    expect(lacksDates(dated)).toBe(false);
    expect(await withFirstSeen(dated, table)).toEqual(dated);
    expect(lacksDates(readAt(first, [[patch('curl'), undated('bash')]]))).toBe(true);
  });

  it('is noted of more patches than one call can hold, whatever they are called', async () => {
    const table = emptyTable();
    const many = [...Array.from({ length: 350 }, (_, n) => undated(`package-${n}`)), { ...undated('x'), title: 'pk' }];
    await withFirstSeen(readAt(first, [many]), table);
    const [dates = []] = seenIn(await withFirstSeen(readAt(second, [many]), table));
    expect(dates).toHaveLength(351);
    expect(new Set(dates)).toEqual(new Set([first]));
  });

  it('makes a delay hold where there are no release dates', async () => {
    const table = emptyTable();
    const pinned = policy({ patches: { ...policy().patches, unsupportedDelays: 'pin' } });
    const at = async (now: string) =>
      planFor({
        policy: pinned,
        now,
        fleet: await withFirstSeen(readAt(now, [[undated('curl')], [undated('curl')]]), table),
      });
    expect(await at('2026-03-10T00:00:00.000Z')).toMatchObject({ waves: [], held: [{ until: LATER }] });
    expect((await at('2026-03-16T23:59:59.999Z')).waves).toEqual([]);
    expect(waveIds(await at(LATER)).flat()).toEqual(['i-0', 'i-1']);
  });
});
