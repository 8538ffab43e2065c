/** What goes on in a deployment: executions that would be cut off with it. */
import { explained } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { allPages } from '../fleet/pages.ts';
import { DEPLOYED_MACHINES, type Deployed, machineArn, notDeployed } from '../step-functions/deployed.ts';
import type { StepFunctionsCalls } from '../step-functions/sdk-client.ts';

/** An execution under way. */
export interface RunningExecution {
  /** `rollout`, `recover` or `window`. */
  machine: string;
  /** Of a rollout: the run's id. */
  name: string;
}

/** Those of all state machines of a deployment; a state machine that is not there has none. Rejects with a `DrydockError` when AWS cannot be asked. */
export async function runningExecutions(
  calls: Pick<StepFunctionsCalls, 'listExecutions'>,
  deployed: Deployed,
): Promise<RunningExecution[]> {
  const ofMachines = await Promise.all(DEPLOYED_MACHINES.map((machine) => runningOf(calls, deployed, machine)));
  return ofMachines.flat();
}

async function runningOf(
  calls: Pick<StepFunctionsCalls, 'listExecutions'>,
  deployed: Deployed,
  machine: (typeof DEPLOYED_MACHINES)[number],
): Promise<RunningExecution[]> {
  const stateMachineArn = machineArn(deployed, machine);
  const pages = allPages(async (token) => {
    const page = token === undefined ? {} : { nextToken: token };
    const { executions, nextToken } = await calls.listExecutions({ stateMachineArn, statusFilter: 'RUNNING', ...page });
    return { items: executions, next: nextToken };
  });
  try {
    return (await pages).map(({ name = '' }) => ({ machine, name }));
  } catch (error) {
    if (notDeployed(deployed, error) !== undefined) return [];
    return explained(Promise.reject(error));
  }
}

/**
 * Throws (exit code 4) when something goes on: instances that it has taken out of their groups would stay there, with nothing left that
 * puts them back.
 */
export function refuseRunning(stackName: string, running: readonly RunningExecution[]): void {
  if (running.length === 0) return;
  const said = running.map(({ machine, name }) => `\n  ${machine} ${name}`).join('');
  const rollout = running.find(({ machine }) => machine === 'rollout');
  const end =
    rollout === undefined
      ? ''
      : `, or end it in good order: drydock runs abort ${rollout.name} --engine step-functions`;
  throw new DrydockError(`stack ${stackName} was not removed: its state machines are at work:${said}`, {
    exitCode: EXIT.groupHeld,
    next: `Wait until it is over${end}.`,
  });
}
