/** Every string that ought to be JSONata is. */
import { expressionsOf } from '../expressions.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

export const expressions: Rule = (machine) =>
  statesOf(machine).flatMap((state) =>
    expressionsOf(state).broken.map(({ field, trouble }) => ({ state: state.name, field, message: trouble })),
  );
