/**
 * A model of the CloudWatch alarm that AWS's own tools can be told to heed: the load balancer's UnHealthyHostCount is at least so much at
 * the end of a period of a minute, once.
 */
import { targetGroupArn } from './instances.ts';
import type { ScenarioWorld } from './scenario.ts';

const PERIOD_MS = 60_000;

export interface Alarm {
  /** Whether its state is ALARM: it changes at the end of a period only. */
  isOn(): boolean;
  /** Ends the evaluation: nobody heeds the alarm any more. */
  remove(): void;
}

/** Sets the alarm at so many unhealthy hosts; its first period begins now. */
export function unhealthyHostAlarm(world: ScenarioWorld, hosts: number): Alarm {
  let removed = false;
  let on = false;
  const evaluate = async () => {
    for (;;) {
      await world.clock.sleep(PERIOD_MS);
      if (removed) return;
      on = (await unhealthyHosts(world)) >= hosts;
    }
  };
  void evaluate();
  return {
    isOn: () => on,
    remove: () => {
      removed = true;
    },
  };
}

/** For whoever has set none. */
export const NO_ALARM: Alarm = { isOn: () => false, remove: () => {} };

async function unhealthyHosts(world: ScenarioWorld): Promise<number> {
  const { TargetHealthDescriptions = [] } = await world.cloud.elasticloadbalancingv2.describeTargetHealth({
    TargetGroupArn: targetGroupArn(world),
  });
  return TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'unhealthy').length;
}
