/** `$states` is asked only for what it has in that place. */
import { type Expression, expressionsOf } from '../expressions.ts';
import { usesOf } from '../jsonata.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

/** The context object; what is in an input or an item is anybody's. */
type Shape = { [name: string]: Shape } | 'anything';

const CONTEXT: Shape = {
  Execution: {
    Id: 'anything',
    Input: 'anything',
    Name: 'anything',
    RoleArn: 'anything',
    StartTime: 'anything',
    RedriveCount: 'anything',
    RedriveTime: 'anything',
  },
  State: { EnteredTime: 'anything', Name: 'anything', RetryCount: 'anything' },
  StateMachine: { Id: 'anything', Name: 'anything' },
  Task: { Token: 'anything' },
  Map: { Item: { Index: 'anything', Value: 'anything', Key: 'anything', Source: 'anything' } },
};

export const statesVariable: Rule = (machine) =>
  statesOf(machine).flatMap((state) =>
    expressionsOf(state).expressions.flatMap((expression) =>
      usesOf(expression.ast)
        .filter(({ name }) => name === 'states')
        .map(({ members }) => wrongWith(members, expression))
        .filter((message) => message !== undefined)
        .map((message) => ({ state: state.name, field: expression.field, message })),
    ),
  );

function wrongWith([member, ...rest]: string[], { has }: Expression): string | undefined {
  switch (member) {
    case 'input':
      return undefined;
    case 'result':
      return has.result ? undefined : '$states.result is there only in Assign and Output of a Task, Map or Parallel';
    case 'errorOutput':
      return has.errorOutput ? undefined : '$states.errorOutput is there only in a Catch';
    case 'context':
      return unknownInContext(rest);
    case undefined:
      return '$states as a whole is not a value to hand on: name what is wanted of it';
    default:
      return `$states.${member} is not known: it has input, context, result and errorOutput`;
  }
}

function unknownInContext(members: string[]): string | undefined {
  let shape: Shape = CONTEXT;
  for (const [at, member] of members.entries()) {
    if (shape === 'anything') return undefined;
    const inner: Shape | undefined = Object.hasOwn(shape, member) ? shape[member] : undefined;
    if (inner === undefined) {
      const where = ['$states.context', ...members.slice(0, at)].join('.');
      return `${where}.${member} is not known: it has ${Object.keys(shape).join(', ')}`;
    }
    shape = inner;
  }
  return undefined;
}
