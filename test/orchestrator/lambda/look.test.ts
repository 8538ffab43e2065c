import { describe, expect, it } from 'vitest';
import { lookHandler } from '../../../src/orchestrator/lambda/look.ts';
import { webCloud } from '../fleet/cloud.ts';

function looked(group: Parameters<typeof webCloud>[0] = {}) {
  const { cloud, ids } = webCloud(group);
  const targetGroupArns = [...cloud.world.targetGroups.keys()];
  /** Looks, at these instances apart, as if they were a wave of the run. */
  const look = (instances?: string[], patched = '1'.repeat(instances?.length ?? 0)) =>
    lookHandler(cloud)({
      groupName: 'web',
      targetGroupArns,
      ...(instances === undefined ? {} : { wave: { instances }, patched }),
    });
  const [first = '', second = ''] = ids;
  return { cloud, ids, first, second, look };
}

/** What the load balancer would find, without waiting for it. */
function makeSick({ cloud }: ReturnType<typeof looked>, id: string, targetGroup = 0): void {
  const registration = [...cloud.world.targetGroups.values()][targetGroup]?.registrations.get(id);
  if (registration === undefined) throw new Error(`${id} is not registered`);
  registration.state = 'unhealthy';
}

describe('a look at a group', () => {
  it('counts who is in service and who is healthy', async () => {
    const { look } = looked();
    expect(await look()).toEqual({ desired: 3, inService: 3, healthy: 3, sick: [] });
  });

  it('counts an instance as healthy only when every target group does', async () => {
    const world = looked({ targetGroups: [{ name: 'web' }, { name: 'admin' }] });
    makeSick(world, world.first, 1);
    expect(await world.look(world.ids)).toEqual({ desired: 3, inService: 3, healthy: 2, sick: [world.first] });
  });

  it('does not count an instance that its group holds for unhealthy', async () => {
    const { cloud, look, first } = looked({ targetGroups: [] });
    const member = cloud.world.groups.get('web')?.members.get(first);
    if (member === undefined) throw new Error(`${first} is no member`);
    member.healthStatus = 'Unhealthy';
    expect(await look([first])).toEqual({ desired: 3, inService: 2, healthy: 2, sick: [first] });
  });

  it('tells of those that it was asked for alone', async () => {
    const world = looked();
    makeSick(world, world.first);
    makeSick(world, world.second);
    expect(await world.look([world.second])).toMatchObject({ healthy: 1, sick: [world.second] });
  });

  it('tells of those alone that were patched', async () => {
    const world = looked();
    makeSick(world, world.first);
    makeSick(world, world.second);
    expect(await world.look([world.first, world.second], '01')).toMatchObject({ sick: [world.second] });
  });

  it('reads a large wave where it lies', async () => {
    const world = looked();
    makeSick(world, world.second);
    world.cloud.world.buckets.set('orders', new Map([['runs/r1/wave-2.json', JSON.stringify(world.ids)]]));
    const wave = { stored: { bucket: 'orders', key: 'runs/r1/wave-2.json' } };
    const targetGroupArns = [...world.cloud.world.targetGroups.keys()];
    const seen = await lookHandler(world.cloud)({ groupName: 'web', targetGroupArns, wave, patched: '111' });
    expect(seen.sick).toEqual([world.second]);
  });

  it('does not call an instance sick that left the group', async () => {
    const { cloud, look, first } = looked();
    await cloud.autoscaling.detachInstances({
      AutoScalingGroupName: 'web',
      InstanceIds: [first],
      ShouldDecrementDesiredCapacity: true,
    });
    cloud.world.groups.get('web')?.members.delete(first);
    expect(await look([first])).toMatchObject({ desired: 2, inService: 2, sick: [] });
  });

  it('fails rather than seeing half', async () => {
    const { cloud } = webCloud();
    await expect(lookHandler(cloud)({ groupName: 'api', targetGroupArns: [] })).rejects.toThrow('api does not exist');
    await expect(lookHandler(cloud)({ groupName: 'web', targetGroupArns: ['arn:none'] })).rejects.toThrow();
    await expect(lookHandler(cloud)({ groupName: 'web' })).rejects.toThrow('targetGroupArns');
  });
});
