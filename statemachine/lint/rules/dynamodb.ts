/** DynamoDB refuses a call whose expressions use a placeholder that is not given, and one that gives a placeholder that is not used. */
import { isObject, type JsonObject, objectOf, textOf } from '../json.ts';
import { statesOf } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';

const EXPRESSIONS = ['ConditionExpression', 'UpdateExpression', 'ProjectionExpression'];

export const dynamodb: Rule = (machine) =>
  statesOf(machine)
    .filter(({ body }) => /:::dynamodb:\w+$/.test(textOf(body.Resource) ?? ''))
    .flatMap(({ name, body }) => {
      const call = objectOf(body.Arguments);
      return [
        ...placeholders(name, call, 'ExpressionAttributeValues', /:\w+/g),
        ...placeholders(name, call, 'ExpressionAttributeNames', /#\w+/g),
      ];
    });

function placeholders(state: string, call: JsonObject, member: string, written: RegExp): Problem[] {
  const texts = EXPRESSIONS.map((name) => textOf(call[name]) ?? '');
  // What an expression makes is not known here.
  const given = call[member] ?? {};
  if (!isObject(given) || texts.some((text) => text.startsWith('{%'))) return [];
  const used = new Set(texts.flatMap((text) => text.match(written) ?? []));
  const field = `Arguments.${member}`;
  return [
    ...[...used]
      .filter((name) => !Object.hasOwn(given, name))
      .map((name) => ({ state, field, message: `${name} is used and not given` })),
    ...Object.keys(given)
      .filter((name) => !used.has(name))
      .map((name) => ({ state, field, message: `${name} is given and not used` })),
  ];
}
