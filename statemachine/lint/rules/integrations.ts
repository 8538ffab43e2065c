/** Every call is one that AWS has, with the arguments that it takes. */

import { misfits } from '../aws/fits.ts';
import { callOf, type Services } from '../aws/resource.ts';
import { textOf } from '../json.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

/** The rule by the schemas of these services. */
export function integrations(services: Services): Rule {
  return (machine) =>
    statesOf(machine)
      .filter(({ type }) => type === 'Task')
      .flatMap(({ name, body }) => {
        const call = callOf(textOf(body.Resource) ?? '', services);
        if ('trouble' in call) return [{ state: name, field: 'Resource', message: call.trouble }];
        const wrong = misfits(body.Arguments ?? {}, call.operation.input, 'Arguments');
        return wrong.map(({ field, message }) => ({ state: name, field, message }));
      });
}
