/** The lint of our state machines: what Step Functions, or a person reading, would find out too late. */

import { loadServices } from './aws/resource.ts';
import type { JsonObject } from './json.ts';
import { type Machine, machineOf, statesOf } from './machine.ts';
import type { Problem, Rule } from './rule.ts';
import { dynamodb } from './rules/dynamodb.ts';
import { errorNames } from './rules/error-names.ts';
import { errorOrder } from './rules/error-order.ts';
import { expressions } from './rules/expressions.ts';
import { functions } from './rules/functions.ts';
import { callsOf, integrations } from './rules/integrations.ts';
import { loops } from './rules/loops.ts';
import { resilience } from './rules/resilience.ts';
import { results } from './rules/results.ts';
import { statesVariable } from './rules/states-variable.ts';
import { valid } from './rules/valid.ts';
import { variables } from './rules/variables.ts';
import { whole } from './rules/whole.ts';

/** Everything wrong with a definition; `linked` is what is deployed of it, where that differs from the file. */
export async function lint(definition: JsonObject, linked: JsonObject = definition): Promise<Problem[]> {
  return [...valid(machineOf(linked)), ...(await inspect(definition))];
}

/** What our own rules find in a definition. */
export async function inspect(definition: JsonObject): Promise<Problem[]> {
  const machine = machineOf(definition);
  const rules = await rulesFor(machine);
  return rules.flatMap((rule) => rule(machine));
}

async function rulesFor(machine: Machine): Promise<Rule[]> {
  const services = await loadServices(
    statesOf(machine).flatMap((state) => callsOf(state).map(({ resource }) => resource)),
  );
  return [
    expressions,
    functions,
    statesVariable,
    variables,
    errorOrder,
    errorNames(services),
    integrations(services),
    results(services),
    dynamodb,
    resilience,
    loops,
    whole,
  ];
}
