/**
 * What the users of a service notice: requests that arrive at a group's load balancer at a constant rate. A model, and a plain one: a
 * request takes no time, goes to one of the targets, to each as often, is never repeated, and no number of them is too many for a target.
 */
import { appStatus } from './machines.ts';
import type { Registration, TargetGroup } from './model.ts';
import type { World } from './world.ts';

/** Requests since the flow began. They are a rate over time: fractions are kept. */
export interface RequestTally {
  sent: number;
  /** Those that went to a machine which refused the connection or answered an error, or to nobody because there is no target. */
  lost: number;
}

/** Requests under way; how many are lost is exact, since it is counted anew at every change of routes and machines. */
export class RequestFlow {
  readonly #world: World;
  readonly #targetGroup: TargetGroup;
  readonly #perSecond: number;
  readonly #tally: RequestTally = { sent: 0, lost: 0 };
  #countedUntil: number;
  /** Of the requests that arrive now, in [0, 1]. */
  #lostShare: number;

  constructor(world: World, targetGroup: TargetGroup, perSecond: number) {
    this.#world = world;
    this.#targetGroup = targetGroup;
    this.#perSecond = perSecond;
    this.#countedUntil = world.now;
    this.#lostShare = lostShare(targetGroup);
  }

  /** To be told after each change: what arrived until now is counted by the routes that there were. */
  rerouted(): void {
    this.#count();
    this.#lostShare = lostShare(this.#targetGroup);
  }

  /** How many there were until the moment that the world stands at. */
  tally(): RequestTally {
    this.#count();
    return { ...this.#tally };
  }

  #count(): void {
    const arrived = ((this.#world.now - this.#countedUntil) / 1000) * this.#perSecond;
    this.#tally.sent += arrived;
    this.#tally.lost += arrived * this.#lostShare;
    this.#countedUntil = this.#world.now;
  }
}

/**
 * Lets so many requests a second arrive at the first target group of the group, from the world's now on and as long as the world goes on.
 * Throws a RangeError when the group has none.
 */
export function sendRequests(world: World, groupName: string, perSecond: number): RequestFlow {
  const targetGroup = world.groups.get(groupName)?.targetGroups[0];
  if (targetGroup === undefined)
    throw new RangeError(`${groupName} has no load balancer that requests could arrive at`);
  const flow = new RequestFlow(world, targetGroup, perSecond);
  world.requestFlows.add(flow);
  return flow;
}

function lostShare(targetGroup: TargetGroup): number {
  const targets = routes([...targetGroup.registrations.values()]);
  if (targets.length === 0) return 1;
  return targets.filter(({ machine }) => appStatus(machine) !== 200).length / targets.length;
}

/** Healthy targets; where there is none the load balancer fails open, and all that are registered and do not drain get requests. */
function routes(registrations: Registration[]): Registration[] {
  const healthy = registrations.filter(({ state }) => state === 'healthy');
  return healthy.length > 0 ? healthy : registrations.filter(({ state }) => state !== 'draining');
}
