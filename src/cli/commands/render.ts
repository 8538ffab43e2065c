/** `drydock render`: what would be deployed, as text. */
import { Argument, type Command } from 'commander';
import { definition, STATE_MACHINES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { mermaid } from '../../orchestrator/diagram.ts';
import { EXIT } from '../../orchestrator/errors.ts';
import { notInThisVersion } from '../commands.ts';
import type { Context } from '../context.ts';

const EXAMPLES = `
Examples:
  drydock render asl                        the rollout's definition, linked with that of one instance
  drydock render asl recover                another one
  drydock render diagram > rollout.mmd      a Mermaid state diagram
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
  command
    .command('template', { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .action(() => notInThisVersion('render template'));
}

function machineArgument(): Argument {
  return new Argument('[machine]', 'which state machine').choices(STATE_MACHINES).default('rollout');
}
