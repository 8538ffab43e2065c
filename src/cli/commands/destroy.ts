/** `drydock destroy`: removes the stack of a policy, after showing what goes with it. */
import type { Command } from 'commander';
import { explainedDeploying } from '../../orchestrator/deployment/denied.ts';
import { removeStack, type StackResource, stackResources } from '../../orchestrator/deployment/destroy.ts';
import { refuseRunning, runningExecutions } from '../../orchestrator/deployment/running.ts';
import type { Stack } from '../../orchestrator/deployment/stack.ts';
import { refuseBusy } from '../../orchestrator/deployment/stack-errors.ts';
import { EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { stepFunctionsClient } from '../../orchestrator/step-functions/sdk-client.ts';
import { confirm, requireAnswerer } from '../confirm.ts';
import type { Context } from '../context.ts';
import { forgetDeployment } from '../deployments.ts';
import { interruptible, unlessAborted } from '../interrupt.ts';
import { loadPolicy } from '../policy-file.ts';
import { goesOnText, placeOf, type ReachedStack, reachStack } from '../reach-stack.ts';
import { onEvent, resourcesText } from '../stack-text.ts';

const EXAMPLES = `
Examples:
  drydock destroy                          show what goes and what stays, ask, and remove it
  drydock destroy --yes --json             for scripts

It is refused while a rollout or a recovery goes on. Groups and instances are not touched.
`;

type Outcome = 'removed' | 'absent' | 'declined' | 'interrupted';

/** Adds the flags and the action of `drydock destroy`. */
export function destroy(command: Command, context: Context): void {
  command
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(context.action((flags: { yes?: boolean }) => explainedDeploying(destroyPolicy(flags, context))));
}

async function destroyPolicy({ yes }: { yes?: boolean }, context: Context): Promise<ExitCode> {
  const { name } = loadPolicy(context);
  requireAnswerer(yes, context);
  const reached = await reachStack(name, context);
  const { deployed, ports, options, stackName, stack } = reached;
  if (stack === undefined) {
    forgetDeployment(context.flags.stateDir, deployed);
    return tell(reached, context, 'absent', `nothing to remove: there is no stack ${placeOf(reached)}`);
  }
  refuseBusy(stack);
  const stepFunctions = await stepFunctionsClient(options);
  refuseRunning(stackName, await runningExecutions(stepFunctions, deployed));
  const resources = await stackResources(ports.calls, stack);
  if (!context.flags.json && !context.flags.quiet)
    process.stdout.write(`${resourcesText(resources)}\n\n${WARNING}\n\n`);
  else if (context.interactive) context.note(`${resourcesText(resources)}\n\n${WARNING}\n`);
  const question = `Remove stack ${placeOf(reached)}?`;
  if (!(await confirm(question, yes, context))) {
    return tell(reached, context, 'declined', 'nothing was touched');
  }
  // A question may stand for hours.
  refuseRunning(stackName, await runningExecutions(stepFunctions, deployed));
  return remove(reached, stack, resources, context);
}

const WARNING =
  'The table has the history of runs: DynamoDB keeps a backup of it for 35 days. Groups and instances are not touched.';

async function remove(
  reached: ReachedStack,
  stack: Stack,
  resources: StackResource[],
  context: Context,
): Promise<ExitCode> {
  const retained = resources.filter((resource) => resource.retained);
  const isThrough = await interruptible((signal) =>
    unlessAborted(signal, async () => {
      await removeStack(reached.ports, stack, { onEvent: onEvent(context), signal });
      return true;
    }),
  );
  if (isThrough === undefined) return tell(reached, context, 'interrupted', goesOnText(reached), retained);
  forgetDeployment(context.flags.stateDir, reached.deployed);
  const stays = retained.map(({ type, physicalId }) => `\n  ${type} ${physicalId} stays`).join('');
  return tell(reached, context, 'removed', `${placeOf(reached)} is removed${stays}`, retained);
}

function tell(
  { deployed, stackName }: ReachedStack,
  context: Context,
  outcome: Outcome,
  text: string,
  retained: StackResource[] = [],
): ExitCode {
  context.answer({ ...deployed, stack: stackName, outcome, retained }, () => text);
  return outcome === 'declined' || outcome === 'interrupted' ? EXIT.interrupted : EXIT.done;
}
