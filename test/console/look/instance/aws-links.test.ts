import { expect, it } from 'vitest';
import { awsLinks, type Linked } from '../../../../src/console/look/instance/aws-links.ts';

const instance: Linked = {
  region: 'eu-west-1',
  account: '210987654321',
  instanceId: 'i-0abc',
  group: 'web',
  commandId: '11112222-3333-4444-5555-666677778888',
  snapshotId: 'snap-0abc',
};

const linksOf = (changes: Partial<Linked>) => awsLinks({ ...instance, ...changes }).map(({ url }) => url);

it('leads to the instance, its group, the command and the snapshot in the console of the region', () => {
  expect(awsLinks(instance)).toEqual([
    {
      label: 'Instance',
      url: 'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0abc',
    },
    {
      label: 'Auto Scaling group',
      url: 'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#AutoScalingGroupDetails:id=web;view=details',
    },
    {
      label: 'Patch command',
      url: 'https://eu-west-1.console.aws.amazon.com/systems-manager/run-command/11112222-3333-4444-5555-666677778888/i-0abc?region=eu-west-1',
    },
    {
      label: 'Snapshot',
      url: 'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#SnapshotDetails:snapshotId=snap-0abc',
    },
  ]);
});

it('has no link to what there is not', () => {
  expect(linksOf({ commandId: null, snapshotId: null })).toHaveLength(2);
});

it.each([
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['ap-southeast-2', 'https://ap-southeast-2.console.aws.amazon.com/'],
])('leads from %s to the console of its partition', (region, site) => {
  expect(linksOf({ region }).every((url) => url.startsWith(site))).toBe(true);
});

it.each([
  ['a partition whose console is elsewhere', { region: 'us-iso-east-1' }],
  ['what is no region', { region: 'evil.example/x' }],
  ['the account of the simulated cloud', { account: '123456789012' }],
  ['the account of the embedded engine', { account: '000000000000' }],
])('leads nowhere from %s', (_, changes) => {
  expect(linksOf(changes)).toEqual([]);
});

it.each(['a/b', 'a;view=x', 'a?b#c', 'a"b', "a'b", 'a&b=c', '../../x', 'javascript:alert(1)'])(
  'keeps the group %s from leading elsewhere',
  (group) => {
    const [, url = ''] = linksOf({ group });
    expect(new URL(url).origin).toBe('https://eu-west-1.console.aws.amazon.com');
    expect(new URL(url).hash).toBe(`#AutoScalingGroupDetails:id=${encodeURIComponent(group)};view=details`);
  },
);
