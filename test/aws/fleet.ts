/**
 * A staging fleet in Moto, made as one makes it on AWS: a VPC over two zones, a load balancer with a target group, and an
 * Auto Scaling group whose minimum, desired and maximum are all the same, so that nothing can leave it just like that.
 */
import { randomUUID } from 'node:crypto';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3 } from '@aws-sdk/client-s3';
import { type Applications, startApplications } from './applications.ts';
import { clientSettings, REGION } from './clients.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Clock, type KnownPatch, Machines } from './machines.ts';

const DAY = 24 * 60 * 60 * 1000;

export interface Fleet extends AsyncDisposable {
  groupName: string;
  targetGroupArn: string;
  /** An empty bucket, for the lists of patches that runs install. */
  bucket: string;
  instanceIds: string[];
  gateway: Gateway;
  machines: Machines;
  /** The machines' clock: real time, unless a test that goes by virtual time sets its `now`. */
  clock: Clock;
  applications: Applications;
}

/**
 * Three patches that every instance lacks, as seen at `now`: one critical and one ordinary that are long out, and one
 * ordinary that came out yesterday, which a delay of days still holds back.
 */
export function knownPatches(now: Date): KnownPatch[] {
  const patch = { arch: 'x86_64', release: '1.amzn2', classification: 'Security' };
  return [
    {
      ...patch,
      name: 'openssl',
      version: '1.0.2k',
      title: 'openssl security update',
      severity: 'Critical',
      cves: ['CVE-2022-0778'],
      releasedAt: new Date(now.getTime() - 20 * DAY),
    },
    {
      ...patch,
      name: 'curl',
      version: '8.3.0',
      title: 'curl security update',
      severity: 'Medium',
      cves: ['CVE-2023-38545', 'CVE-2023-38546'],
      releasedAt: new Date(now.getTime() - 20 * DAY),
    },
    {
      ...patch,
      name: 'tzdata',
      arch: 'noarch',
      version: '2026a',
      title: 'tzdata enhancement update',
      classification: 'Enhancement',
      severity: 'Low',
      cves: [],
      releasedAt: new Date(now.getTime() - DAY),
    },
  ];
}

/** Makes a fleet of `size` in Moto, with a gateway and applications of its own. Several can share one Moto. */
export async function createFleet(moto: string, size = 4): Promise<Fleet> {
  const now = new Date();
  const machines = new Machines(knownPatches(now), new Date(now.getTime() - DAY / 4));
  const clock: Clock = { now: Date.now };
  const gateway = await startGateway(moto, machines, clock);
  const applications = await startApplications(machines, gateway);
  const settings = clientSettings(gateway.url);
  const name = `staging-${randomUUID().slice(0, 8)}`;
  const ec2 = new EC2(settings);
  const network = await createNetwork(ec2);
  const targetGroupArn = await createLoadBalancer(new ElasticLoadBalancingV2(settings), name, network);
  await ec2.createLaunchTemplate({
    LaunchTemplateName: name,
    LaunchTemplateData: {
      ImageId: await amazonLinuxImage(moto, ec2),
      InstanceType: 't3.micro',
      SecurityGroupIds: [network.securityGroupId],
      // Named, because otherwise Moto gives the volume another device name than the image's root device has.
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, VolumeType: 'gp3' } }],
    },
  });
  const instanceIds = await createGroup(new AutoScaling(settings), name, size, network, targetGroupArn);
  const bucket = `drydock-${name}`;
  const s3 = new S3({ ...settings, forcePathStyle: true });
  await s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
  return {
    groupName: name,
    targetGroupArn,
    bucket,
    instanceIds,
    gateway,
    machines,
    clock,
    applications,
    [Symbol.asyncDispose]: async () => {
      await applications[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

interface Network {
  vpcId: string;
  subnetIds: string[];
  securityGroupId: string;
}

async function createNetwork(ec2: EC2): Promise<Network> {
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const vpcId = given(Vpc?.VpcId);
  const subnetIds: string[] = [];
  for (const [index, zone] of ['a', 'b'].entries()) {
    const subnet = { VpcId: vpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `${REGION}${zone}` };
    subnetIds.push(given((await ec2.createSubnet(subnet)).Subnet?.SubnetId));
  }
  const group = await ec2.createSecurityGroup({ VpcId: vpcId, GroupName: 'web', Description: 'the web tier' });
  return { vpcId, subnetIds, securityGroupId: given(group.GroupId) };
}

/** A target group counts its targets as in use only behind a listener of a load balancer. */
async function createLoadBalancer(elb: ElasticLoadBalancingV2, name: string, network: Network): Promise<string> {
  const { TargetGroups } = await elb.createTargetGroup({
    Name: name,
    Protocol: 'HTTP',
    Port: 80,
    VpcId: network.vpcId,
    TargetType: 'instance',
    HealthCheckPath: '/healthz',
  });
  const targetGroupArn = given(TargetGroups?.[0]?.TargetGroupArn);
  await elb.modifyTargetGroupAttributes({
    TargetGroupArn: targetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
  });
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: name,
    Subnets: network.subnetIds,
    SecurityGroups: [network.securityGroupId],
  });
  await elb.createListener({
    LoadBalancerArn: given(LoadBalancers?.[0]?.LoadBalancerArn),
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  });
  return targetGroupArn;
}

/** The image by the URL of the Moto that has it: to find it takes Moto longer than everything else of a fleet. */
const images = new Map<string, string>();

async function amazonLinuxImage(moto: string, ec2: EC2): Promise<string> {
  const known = images.get(moto);
  if (known !== undefined) return known;
  const { Images = [] } = await ec2.describeImages({ Filters: [{ Name: 'name', Values: ['amzn2-ami-*x86_64*'] }] });
  const image = given(Images.find((found) => found.RootDeviceType === 'ebs')?.ImageId);
  images.set(moto, image);
  return image;
}

/** Moto launches everything in the group's first subnet, so the group is filled zone by zone. */
async function createGroup(
  autoscaling: AutoScaling,
  name: string,
  size: number,
  network: Network,
  targetGroupArn: string,
): Promise<string[]> {
  const [firstSubnet, ...otherSubnets] = network.subnetIds;
  await autoscaling.createAutoScalingGroup({
    AutoScalingGroupName: name,
    LaunchTemplate: { LaunchTemplateName: name, Version: '$Latest' },
    MinSize: 0,
    DesiredCapacity: Math.ceil(size / network.subnetIds.length),
    MaxSize: size,
    VPCZoneIdentifier: firstSubnet,
    TargetGroupARNs: [targetGroupArn],
    HealthCheckType: 'ELB',
    Tags: [
      { Key: 'Environment', Value: 'staging', PropagateAtLaunch: true },
      { Key: 'Name', Value: name, PropagateAtLaunch: true },
    ],
  });
  const group = { AutoScalingGroupName: name };
  for (const subnet of otherSubnets) {
    await autoscaling.updateAutoScalingGroup({ ...group, VPCZoneIdentifier: subnet, DesiredCapacity: size });
  }
  await autoscaling.updateAutoScalingGroup({
    ...group,
    VPCZoneIdentifier: network.subnetIds.join(','),
    MinSize: size,
  });
  const { AutoScalingGroups } = await autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] });
  return (AutoScalingGroups?.[0]?.Instances ?? []).map((instance) => given(instance.InstanceId));
}

/** What the API's types leave open and the answer to a create always has. */
function given(value: string | undefined): string {
  if (value === undefined) throw new Error('an answer of Moto lacks what was just made');
  return value;
}
