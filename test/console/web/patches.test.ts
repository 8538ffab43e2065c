import { describe, expect, it } from 'vitest';
import type { InstanceRow } from '../../../src/console/api/shapes.ts';
import { patchesOf } from '../../../src/console/web/pages/run/patches.ts';

const openssl = { id: 'openssl', cves: ['CVE-2026-41001'], rule: 'critical-security' };
const kernel = { id: 'kernel', cves: [], rule: 'everything-else' };
const instance = (
  instanceId: string,
  outcome: InstanceRow['outcome'],
  patches: InstanceRow['patches'],
): InstanceRow => ({
  instanceId,
  az: 'eu-west-1a',
  wave: 1,
  outcome,
  startedAt: null,
  endedAt: null,
  patches,
});

const plan = {
  waves: [
    {
      instances: [
        {
          patches: [
            { ...openssl, title: 'openssl:3.0.17', severity: 'Critical', approvedSince: '2026-11-24T00:00:00.000Z' },
          ],
        },
      ],
    },
  ],
};

describe('the patches of a run', () => {
  const instances = [
    instance('i-1', 'patched', [openssl, kernel]),
    instance('i-2', 'rolled-back', [openssl]),
    instance('i-3', 'skipped', [openssl]),
  ];

  it('are each told once, with how many instances were to get it and how many have it', () => {
    expect(patchesOf({ instances, plan }).map(({ id, planned, installed }) => ({ id, planned, installed }))).toEqual([
      { id: 'openssl', planned: 3, installed: 1 },
      { id: 'kernel', planned: 1, installed: 1 },
    ]);
  });

  it('carry what the plan says of them, and do without where it says nothing', () => {
    const [first, second] = patchesOf({ instances, plan });
    expect(first).toMatchObject({ title: 'openssl:3.0.17', severity: 'Critical', rule: 'critical-security' });
    expect(second).toMatchObject({ title: '', severity: '', approvedSince: undefined });
  });

  it('are none where the plan is none', () => {
    expect(patchesOf({ instances: [], plan: { waves: 'nonsense' } })).toEqual([]);
  });
});
