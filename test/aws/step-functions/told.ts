/** What an execution did, as sentences that are the same for two fleets: ids, times and tokens are replaced by what they stand for. */

import type { Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';

/** Gives `value` as JSON with sorted keys, in which nothing is left that differs from one fleet, or one engine, to the next. */
export type Likened = (value: unknown) => string;

/**
 * One for each execution: an id is named after when it was first seen. `timed`: with the times, which both engines take from a clock of
 * their own that goes alike, unless a retry waited for a random while.
 */
export function likening(fleet: Fleet, timed: boolean): Likened {
  const names = new Map<string, string>(fleet.instanceIds.map((id, at) => [id, `instance ${at + 1}`]));
  const named = (kind: string) => (id: string) => {
    const name =
      names.get(id) ?? `${kind} ${[...names.values()].filter((given) => given.startsWith(`${kind} `)).length + 1}`;
    names.set(id, name);
    return name;
  };
  const times = timed ? /(?!)/g : /\b\d{4}-\d\d-\d\dT[\d:.]+Z|"\d{10}"/g;
  return (value) =>
    JSON.stringify(sorted(value))
      .replace(times, 'a time')
      // Whether an error that the model declares for other operations only has a name of its own is not documented.
      .replace('Ssm.AccessDeniedException', 'Ssm.SsmException')
      .replaceAll(fleet.gateway.url, 'GATEWAY')
      .replaceAll(fleet.applications.url, 'APPLICATIONS')
      .replaceAll(fleet.targetGroupArn, 'TARGET GROUP')
      .replaceAll(fleet.groupName, 'GROUP')
      .replace(/arn:aws:states:[\w-]+:\d+:execution:([\w:-]+)/g, 'execution $1')
      .replace(/\b(i|snap|vol|replacevol)-[0-9a-f]{8,17}\b/g, (id, kind) => named(kind === 'i' ? 'instance' : kind)(id))
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, named('uuid'))
      .replace(/"token":"[^"]*"|":token":\{"S":"[^"]*"\}/g, '"token"')
      .replace(/Request ID: [\w-]+/g, 'Request ID')
      .replace(/\bin \d+ ms/g, 'in no time');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // DynamoDB's default, which our own item table writes out.
      .filter(([key, member]) => key !== 'ReturnValues' || member !== 'NONE')
      .map(([key, member]): [string, unknown] => [key, sorted(member)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Every call in its order: `ssm:SendCommand {…}`, and how it was refused if it was. */
export function calls(recorded: readonly RecordedCall[], likened: Likened): string[] {
  return recorded.map(({ service, action, input, instanceIds, status }) => {
    const refused = status === 200 ? '' : ` → ${status}`;
    const said = service === 'application' ? instanceIds : input;
    return `${service}:${likened(action).slice(1, -1)} ${said === undefined ? '' : likened(said)}${refused}`;
  });
}
