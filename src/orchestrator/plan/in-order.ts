import type { Fleet, FleetInstance } from '../fleet/fleet.ts';

/** The same fleet with every list in one order, whatever the order in which AWS gave it: so the same fleet makes the same plan. */
export function inOrder(fleet: Fleet): Fleet {
  const { group } = fleet;
  return {
    ...fleet,
    group: {
      ...group,
      azs: group.azs.toSorted(),
      targetGroups: group.targetGroups.toSorted(by(({ arn }) => arn)),
      classicLoadBalancers: group.classicLoadBalancers.toSorted(),
      suspendedProcesses: group.suspendedProcesses.toSorted(),
      launchLifecycleHooks: group.launchLifecycleHooks.toSorted(),
      terminateLifecycleHooks: group.terminateLifecycleHooks.toSorted(),
    },
    instances: fleet.instances.map(instanceInOrder).sort(by(({ instanceId }) => instanceId)),
  };
}

function instanceInOrder(instance: FleetInstance): FleetInstance {
  return {
    ...instance,
    targets: instance.targets.toSorted(by(({ targetGroupArn }) => targetGroupArn)),
    missing: instance.missing
      .map((patch) => ({ ...patch, cves: patch.cves.toSorted() }))
      .sort(by(({ id, title }) => `${id}\n${title}`)),
  };
}

/** By code unit, not by anybody's language: an order must not depend on where it is made. */
function by<Of>(key: (of: Of) => string): (a: Of, b: Of) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
