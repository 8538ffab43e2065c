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

function handler(cloud: SimulatedCloud, kept: Plan[] = []) {
  return planHandler({
    cloud,
    region: 'us-east-1',
    history: async () => [],
    withFirstSeen: async (fleet) => fleet,
    keepPlan: async (_, plan) => void kept.push(plan),
    uuid: () => '11111111-2222-4333-8444-555555555555',
  });
}

const asked = { policy: POLICY, group: 'web', runId: 'r1', startedAt: STARTED_AT };

describe('the plan that is made inside an execution', () => {
  it('is kept for people, and handed on as an order', async () => {
    const { cloud } = fleet();
    const kept: Plan[] = [];
    const order = await handler(cloud, kept)(asked);
    expect(order).toMatchObject({ runId: 'r1', groupName: 'web', environment: 'production', pinned: ['zlib.x86_64'] });
    expect(order.waves.flatMap(({ instances }) => instances)).toHaveLength(3);
    expect(kept).toHaveLength(1);
  });

  it('says all that is wrong with a policy', async () => {
    const { cloud } = fleet();
    const broken = POLICY.replace('approveAfter: 0d', 'approveAfter: soon').replace('version: 1', 'version: 9');
    await expect(handler(cloud)({ ...asked, policy: broken })).rejects.toThrow(/version[\s\S]*approveAfter/);
  });

  it('is not made for a group that the policy says nothing of', async () => {
    const { cloud } = fleet({ Environment: 'playground' });
    await expect(handler(cloud)(asked)).rejects.toThrow('says nothing of the group web');
  });

  it('is not made when the plan has errors', async () => {
    const { cloud } = fleet();
    const greedy = `${POLICY}rollout: { maxUnavailable: 3 }\n`;
    await expect(handler(cloud)({ ...asked, policy: greedy })).rejects.toThrow('none would have to serve');
  });

  it('carries a run that was started without one', async () => {
    const { clock, cloud } = fleet();
    const httpGet = () => Promise.reject(new Error('no check is configured'));
    const { engine, close } = openEmbedded({ cloud, remote: false, clock, region: 'us-east-1', httpGet });
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
