/** Names that other people gave, with everything in them that is code somewhere: to a rollout they are data. */
import { expect, test } from 'vitest';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import { plan } from '../../src/orchestrator/plan/plan.ts';
import { makeWorld } from './world.ts';

const NAMES = [
  `we"b'{% $states.input %}`,
  ['$', '{TableName} $(reboot) `id` ; rm -rf / #'].join(''),
  '<script>alert(1)</script>&amp;%00',
  'grüße/日本 \\n \\u0000 {privateIp}',
  '__proto__',
  'constructor',
];

test.each(NAMES)('a group called %j is patched as any other', async (name) => {
  const world = makeWorld();
  const { cloud, clock, policy, runs } = world;
  const ids = cloud.addGroup({
    name,
    size: 2,
    min: 1,
    tags: { Environment: 'production', Name: name },
    boot: 40,
    patch: 60,
    targetGroups: [{ name: 'other', deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 5 }],
  });
  const fleet = await clock.run(readFleet(cloud, name, { region: 'eu-west-1', now: world.now() }));
  const made = plan({ policy, fleet, environment: 'production', history: [], now: world.now() });
  const id = await clock.run(runs.start(made, { kind: 'person', by: name }));
  const view = await world.follow(id);
  expect(view).toMatchObject({ status: 'succeeded', group: name, trigger: `person: ${name}` });
  expect(view.instances.map(({ outcome }) => outcome)).toEqual(['patched', 'patched']);
  for (const each of ids)
    expect([...cloud.machine(each).tags.keys()].filter((key) => key.startsWith('drydock'))).toEqual([]);
  const group = cloud.world.groups.get(name);
  expect([...(group?.tags.keys() ?? [])].sort()).toEqual(['Environment', 'Name']);
});
