import { describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../src/orchestrator/embedded.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { planHandler } from '../../../src/orchestrator/lambda/plan.ts';
import type { Plan } from '../../../src/orchestrator/plan/types.ts';
import { SimulatedCloud } from '../../../src/simulator/simulated-cloud.ts';

const STARTED_AT = '2026-11-23T10:00:00.000Z';
const POLICY = `
version: 1
name: window
patches: { rules: [{ name: all, approveAfter: 0d }], overrideList: s3://lists/drydock }
environments: { production: {} }
groups: [{ match: { tag: { Environment: production } }, environment: production }]
`;

function fleet(tags = { Environment: 'production' }) {
  const clock = virtualClock(Date.parse(STARTED_AT));
  const cloud = new SimulatedCloud({ clock, seed: 1, buckets: ['lists'] });
  const patch = { id: 'zlib.x86_64', title: 'zlib.x86_64:0:1.3-1.amzn2', classification: 'Bugfix', severity: 'Low' };
  cloud.addGroup({
    name: 'web',
    size: 3,
    min: 1,
    tags,
    patch: 60,
    patches: [
      { ...patch, cves: [], releasedAt: '2026-11-01T00:00:00Z', operatingSystem: 'AMAZON_LINUX_2', needsReboot: false },
    ],
    targetGroups: [{ deregistrationDelaySeconds: 10, intervalSeconds: 5, healthyThreshold: 2 }],
  });
  return { clock, cloud };
}

/** The handler where the policy called `window` is `policy`, and plans are kept in `kept`. */
function handler(cloud: SimulatedCloud, { policy = POLICY, kept = [] }: { policy?: string; kept?: Plan[] } = {}) {
  return planHandler({
    cloud,
    region: 'us-east-1',
    policyText: async () => policy,
    history: async () => [],
    withFirstSeen: async (fleet) => fleet,
    patchedBy: async () => [],
    keepPlan: async (_, plan) => void kept.push(plan),
    uuid: () => '11111111-2222-4333-8444-555555555555',
  });
}

const asked = { policy: 'window', group: 'web', runId: 'r1', startedAt: STARTED_AT };

describe('the plan that is made inside an execution', () => {
  it('is kept for people, and handed on as an order', async () => {
    const { cloud } = fleet();
    const kept: Plan[] = [];
    const order = await handler(cloud, { kept })(asked);
    expect(order).toMatchObject({
      runId: 'r1',
      groupName: 'web',
      environment: 'production',
      pinned: ['zlib.x86_64'],
      waves: [
        { count: 1, instances: [expect.any(String)] },
        { count: 2, instances: [expect.any(String), expect.any(String)] },
      ],
    });
    expect(kept).toHaveLength(1);
  });

  it('says all that is wrong with a policy', async () => {
    const { cloud } = fleet();
    const broken = POLICY.replace('approveAfter: 0d', 'approveAfter: soon').replace('version: 1', 'version: 9');
    await expect(handler(cloud, { policy: broken })(asked)).rejects.toThrow(/version[\s\S]*approveAfter/);
  });

  it('is not made by another policy than was asked for', async () => {
    const { cloud } = fleet();
    await expect(handler(cloud)({ ...asked, policy: 'standard' })).rejects.toThrow(
      'the policy standard was asked for, and window is here',
    );
  });

  it('knows when its maintenance window closes, and how long an instance may take', async () => {
    const { cloud } = fleet();
    const window = { id: 'mw-1', executionId: 'e-1', closesAt: 1_800_000_000 };
    expect(await handler(cloud)({ ...asked, window })).toMatchObject({ window: { ...window, instanceSeconds: 730 } });
    expect(await handler(cloud)(asked)).not.toHaveProperty('window');
  });

  it('is not made for a group that the policy says nothing of', async () => {
    const { cloud } = fleet({ Environment: 'playground' });
    await expect(handler(cloud)(asked)).rejects.toThrow('says nothing of the group web');
  });

  it('is not made when the plan has errors', async () => {
    const { cloud } = fleet();
    const greedy = `${POLICY}rollout: { maxUnavailable: 3 }\n`;
    await expect(handler(cloud, { policy: greedy })(asked)).rejects.toThrow('none would have to serve');
  });

  it('carries a run that was started without one', async () => {
    const { clock, cloud } = fleet();
    const httpGet = () => Promise.reject(new Error('nothing is asked over HTTP'));
    const { engine, close } = openEmbedded({
      cloud,
      remote: false,
      clock,
      region: 'us-east-1',
      httpGet,
      httpPost: httpGet,
      policyText: async () => POLICY,
    });
    const { executionArn } = await engine.startExecution({
      stateMachineArn: 'rollout',
      name: 'r1',
      input: JSON.stringify(asked),
    });
    expect(await clock.run(engine.waitFor(executionArn))).toMatchObject({ status: 'SUCCEEDED' });
    expect(cloud.inServiceHealthy('web')).toBe(3);
    expect(cloud.callCounts.get('ssm:sendCommand')).toBe(3);
    await close();
  });
});
