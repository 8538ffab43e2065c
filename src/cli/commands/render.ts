/** `drydock render`: what would be deployed, as text. */
import { Argument, type Command } from 'commander';
import { definition, STATE_MACHINES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { mermaid } from '../../orchestrator/diagram.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { printable } from '../../orchestrator/printable.ts';
import { compileBaselines } from '../../policies/baselines.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import type { Context } from '../context.ts';
import { loadPolicy, loadPolicyDocument } from '../policy-file.ts';
import { withSynthesized } from '../synthesized.ts';

const EXAMPLES = `
Examples:
  drydock render asl                        the rollout's definition, linked with that of one instance
  drydock render asl recover                another one
  drydock render diagram > rollout.mmd      a Mermaid state diagram
  drydock render baselines --environment staging
  drydock render template > template.json
`;

/** Adds what `drydock render` renders. */
export function render(command: Command, context: Context): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('asl')
    .description('a state machine in Amazon States Language, as it is run and deployed')
    .addArgument(machineArgument())
    .action(
      context.action(async (name: StateMachineName) => {
        const asl = definition(name);
        context.answer(asl, () => JSON.stringify(asl, null, 2));
        return EXIT.done;
      }),
    );
  command
    .command('diagram')
    .description('a state machine as a Mermaid state diagram')
    .addArgument(machineArgument())
    .action(
      context.action(async (name: StateMachineName) => {
        const diagram = mermaid(definition(name));
        context.answer({ name, diagram }, () => diagram);
        return EXIT.done;
      }),
    );
  addBaselines(command, context);
  command
    .command('template')
    .description('the CloudFormation template that drydock deploy deploys; made here, without AWS')
    .option('--bucket <bucket>', 'the bucket for code and definitions (default: that of cdk bootstrap)')
    .action(
      context.action(({ bucket }: { bucket?: string }) =>
        withSynthesized(loadPolicyDocument(context), bucket, context, async ({ template }) => {
          context.answer(template, () => JSON.stringify(template, null, 2));
          return EXIT.done;
        }),
      ),
    );
}

function addBaselines(command: Command, context: Context): void {
  command
    .command('baselines')
    .description('the patch baselines that say what the policy says, as inputs of CreatePatchBaseline')
    .option('--environment <environment>', 'only those of this environment')
    .action(
      context.action(async (flags: { environment?: string }) => {
        const compiled = environmentsOf(loadPolicy(context), flags.environment).map(({ policy, environment }) => ({
          environment: environment.name,
          ...compileBaselines(policy, environment),
        }));
        for (const { environment, problems } of compiled) {
          for (const { operatingSystem, message, remedy } of problems) {
            context.note(printable(`no baseline for ${operatingSystem} in ${environment}: ${message}; ${remedy}`));
          }
        }
        context.answer(compiled, () =>
          JSON.stringify(
            compiled.flatMap(({ baselines }) => baselines),
            null,
            2,
          ),
        );
        return EXIT.done;
      }),
    );
}

function environmentsOf(policy: Policy, name: string | undefined): { policy: Policy; environment: Environment }[] {
  const all = Object.values(policy.environments);
  const wanted = all.filter((environment) => name === undefined || environment.name === name);
  if (wanted.length > 0) return wanted.map((environment) => ({ policy, environment }));
  throw new DrydockError(`the policy ${policy.name} has no environment ${name}`, {
    exitCode: EXIT.badInput,
    next: `It has ${all.map((environment) => environment.name).join(', ')}.`,
  });
}

function machineArgument(): Argument {
  return new Argument('[machine]', 'which state machine').choices(STATE_MACHINES).default('rollout');
}
