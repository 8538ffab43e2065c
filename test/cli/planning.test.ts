import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makePlans } from '../../src/cli/planning.ts';
import type { Patch } from '../../src/simulator/model.ts';
import { SimulatedCloud } from '../../src/simulator/simulated-cloud.ts';
import { policyOf } from '../policies/policy-of.ts';
import { emptyFolder } from './drydock.ts';

const REGION = 'us-east-1';

/** Waits a day, and counts it from when a patch was first seen unless `unsupportedDelays` is left out. */
const policyWith = (delays: string) =>
  policyOf(`
version: 1
name: test
patches: { rules: [{ name: all, approveAfter: 1d }], overrideList: s3://lists/drydock${delays} }
environments: { production: {} }
groups: [{ match: { name: web }, environment: production }]
`);
const pinned = policyWith(', unsupportedDelays: pin');

/** A group of three that miss bash: on Ubuntu Patch Manager knows no release date of it. */
function group(operatingSystem: 'UBUNTU' | 'AMAZON_LINUX_2') {
  const cloud = new SimulatedCloud({ clock: { now: () => Date.now(), sleep: async () => {} }, seed: 1 });
  const patch: Patch = {
    id: 'bash.amd64',
    title: 'bash.amd64:0:5.2-1',
    classification: 'Security',
    severity: 'Important',
    cves: [],
    releasedAt: '2026-01-01T00:00:00.000Z',
    operatingSystem,
    needsReboot: false,
  };
  cloud.addGroup({ name: 'web', size: 3, min: 1, max: 5, operatingSystem, patches: [patch] });
  return { cloud, region: REGION };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-10T09:00:00.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

function plansOf(aws: ReturnType<typeof group>, stateDir: string, policy = pinned, at?: Date) {
  return makePlans(aws, { policy, selection: { groups: ['web'] }, finished: [], stateDir, at });
}

describe('plans of a fleet whose patches have no release date', () => {
  it('count a delay from the first plan that saw them', async () => {
    const aws = group('UBUNTU');
    const stateDir = join(emptyFolder(), 'state');
    const [first] = await plansOf(aws, stateDir);
    expect(first).toMatchObject({ waves: [], held: [{ until: '2026-03-12T00:00:00.000Z' }] });
    vi.setSystemTime('2026-03-11T23:59:59.999Z');
    const [before] = await plansOf(aws, stateDir);
    expect(before).toMatchObject({ waves: [], held: [{ until: '2026-03-12T00:00:00.000Z' }] });
    const [after] = await plansOf(aws, stateDir, pinned, new Date('2026-03-12T00:00:00.000Z'));
    expect(after?.waves.flatMap(({ instances }) => instances)).toHaveLength(3);
  });

  it('note nothing where the policy does not count from it', async () => {
    const stateDir = join(emptyFolder(), 'state');
    const [made] = await plansOf(group('UBUNTU'), stateDir, policyWith(''));
    expect(made?.held).toMatchObject([{ waitsFor: expect.stringContaining('unsupportedDelays: pin') }]);
    expect(existsSync(stateDir)).toBe(false);
  });

  it('note nothing where AWS knows the dates', async () => {
    const stateDir = join(emptyFolder(), 'state');
    const [made] = await plansOf(group('AMAZON_LINUX_2'), stateDir);
    expect(made?.waves.flatMap(({ instances }) => instances)).toHaveLength(3);
    expect(existsSync(stateDir)).toBe(false);
  });
});
