/** Only functions are called that JSONata or Step Functions has. */
import { expressionsOf } from '../expressions.ts';
import { FUNCTIONS } from '../functions.ts';
import { usesOf } from '../jsonata.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

export const functions: Rule = (machine) =>
  statesOf(machine).flatMap((state) =>
    expressionsOf(state).expressions.flatMap(({ field, ast }) =>
      usesOf(ast)
        .filter(({ name, called }) => name === 'eval' || (called && !FUNCTIONS.has(name)))
        .map(({ name }) => ({ state: state.name, field, message: wrongWith(name) })),
    ),
  );

function wrongWith(name: string): string {
  return name === 'eval'
    ? 'Step Functions does not have $eval; $parse reads JSON'
    : `$${name} is called, and neither JSONata nor Step Functions has such a function`;
}
