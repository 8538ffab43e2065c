/** `drydock schema`: the JSON Schema of the policy, for editors. */
import type { Command } from 'commander';
import { EXIT } from '../../orchestrator/errors.ts';
import { policyJsonSchema } from '../../policies/schema.ts';
import type { Context } from '../context.ts';

const EXAMPLES = `
Examples:
  drydock schema > drydock.schema.json
  # then, as the first line of a policy, for editors with a YAML language server:
  # yaml-language-server: $schema=./drydock.schema.json
`;

/** Adds the action of `drydock schema`. */
export function schema(command: Command, context: Context): void {
  command.addHelpText('after', EXAMPLES).action(
    context.action(async () => {
      const document = policyJsonSchema();
      context.answer(document, () => JSON.stringify(document, null, 2));
      return EXIT.done;
    }),
  );
}
