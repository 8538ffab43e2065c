/** Pages of the AWS console about an instance. */
import type { InstanceDocument } from '../../api/shapes.ts';

type Link = InstanceDocument['links'][number];

export interface Linked {
  region: string;
  /** Null where it is not known. */
  account: string | null;
  instanceId: string;
  group: string;
  commandId: string | null;
  snapshotId: string | null;
}

/** By how the names of their regions begin. */
const CONSOLES: [RegExp, string][] = [
  [/^cn-/, 'console.amazonaws.cn'],
  [/^us-gov-/, 'console.amazonaws-us-gov.com'],
  [/^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d+$/, 'console.aws.amazon.com'],
];

/** Nobody's, and the one that the examples of AWS's pages and the simulated cloud are in. */
const NO_ACCOUNTS = ['000000000000', '123456789012'];

/** None where the instance is in no account that there is, or in a partition whose console is not reached from here. */
export function awsLinks({ region, account, instanceId, group, commandId, snapshotId }: Linked): Link[] {
  const [, host] = CONSOLES.find(([regions]) => regions.test(region)) ?? [];
  if (host === undefined || (account !== null && NO_ACCOUNTS.includes(account))) return [];
  const site = `https://${region}.${host}`;
  const part = encodeURIComponent;
  const ec2 = (hash: string) => `${site}/ec2/home?region=${part(region)}#${hash}`;
  const run = (id: string) => `${site}/systems-manager/run-command/${part(id)}/${part(instanceId)}`;
  return [
    { label: 'Instance', url: ec2(`InstanceDetails:instanceId=${part(instanceId)}`) },
    { label: 'Auto Scaling group', url: ec2(`AutoScalingGroupDetails:id=${part(group)};view=details`) },
    ...(commandId === null ? [] : [{ label: 'Patch command', url: `${run(commandId)}?region=${part(region)}` }]),
    ...(snapshotId === null ? [] : [{ label: 'Snapshot', url: ec2(`SnapshotDetails:snapshotId=${part(snapshotId)}`) }]),
  ];
}
