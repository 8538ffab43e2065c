/** Every call is one that AWS has, with the arguments that it takes. */

import { misfits } from '../aws/fits.ts';
import { callOf, type Services } from '../aws/resource.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import { type State, statesOf } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';

/** The rule by the schemas of these services. */
export function integrations(services: Services): Rule {
  return (machine) =>
    statesOf(machine).flatMap((state) => callsOf(state).flatMap((written) => wrongWith(state.name, written, services)));
}

/** A call as a state writes it down, and in which of its fields. */
interface Written {
  resource: string;
  args: Json;
  prefix: string;
}

/** What a Task calls, and what the ItemReader of a Map does: that one's name is of its own, but the call is the SDK's. */
export function callsOf({ type, body }: State): Written[] {
  if (type === 'Task') return [{ resource: textOf(body.Resource) ?? '', args: body.Arguments ?? {}, prefix: '' }];
  if (body.ItemReader === undefined) return [];
  const { Resource, Arguments: args = {} } = objectOf(body.ItemReader);
  const resource = textOf(Resource)?.replace(/:::s3:/, ':::aws-sdk:s3:') ?? '';
  return [{ resource, args, prefix: 'ItemReader.' }];
}

function wrongWith(state: string, { resource, args, prefix }: Written, services: Services): Problem[] {
  const call = callOf(resource, services);
  if ('trouble' in call) return [{ state, field: `${prefix}Resource`, message: call.trouble }];
  const wrong = misfits(args, call.operation.input, `${prefix}Arguments`);
  return wrong.map(({ field, message }) => ({ state, field, message }));
}
