/** What an execution did, as sentences that are the same for two fleets: ids, times and tokens are replaced by what they stand for. */

import type { Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';

/** Gives `value` as JSON with sorted keys, in which nothing is left that differs from one fleet, or one engine, to the next. */
export type Likened = (value: unknown) => string;

/** What is left of an id and a time: `timed` with the times, `counted` with the number of ids of its kind seen before it. */
interface Detail {
  timed: boolean;
  counted: boolean;
}

/** One for each execution, since an id is named after when it was first seen. */
export function likening(fleet: Fleet, { timed, counted }: Detail): Likened {
  const names = new Map<string, string>(fleet.instanceIds.map((id, at) => [id, `instance ${at + 1}`]));
  const named = (kind: string) => (id: string) => {
    const before = [...names.values()].filter((name) => name.startsWith(`${kind} `)).length;
    const name = names.get(id) ?? (counted ? `${kind} ${before + 1}` : kind);
    names.set(id, name);
    return name;
  };
  const likened = (text: string) =>
    text
      .replaceAll(fleet.gateway.url, 'GATEWAY')
      .replaceAll(fleet.applications.url, 'APPLICATIONS')
      .replaceAll(fleet.targetGroupArn, 'TARGET GROUP')
      .replaceAll(fleet.groupName, 'GROUP')
      .replace(/arn:aws:states:[\w-]+:\d+:execution:([\w:-]+)/g, 'execution $1')
      .replace(/\b(i|snap|vol|replacevol)-[0-9a-f]{8,17}\b/g, (id, kind) => named(kind === 'i' ? 'instance' : kind)(id))
      // Who is about to raise desired capacity: here the child's own name, where Maps are not distributed the execution's.
      .replace(/( begun -?\d+ \d+ )[^"\\]+/g, '$1EXECUTION')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, named('uuid'))
      .replace(/"token":"[^"]*"|":token":\{"S":"[^"]*"\}/g, '"token"')
      .replace(/Request ID: [\w-]+/g, 'Request ID')
      .replace(/\bin \d+ ms/g, 'in no time')
      // What a run learns of its first instance, in seconds of real time.
      .replace(/"(drain|patch|service)":(\{"N":"\d+"\}|\d+)/g, '"$1":"a while"')
      // The stack of a function that threw.
      .replace(/,\\*"trace\\*":\[.*?\]/g, '')
      // Whether an error that the model declares for other operations only has a name of its own is not documented.
      .replaceAll('Ssm.AccessDeniedException', 'Ssm.SsmException');
  const times = timed ? /(?!)/g : /\b\d{4}-\d\d-\d\dT[\d:.]+Z|"\d{10}"|(?<="sentAt":)\d{10}/g;
  return (value) => likened(JSON.stringify(sorted(value))).replace(times, 'a time');
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
    const what = service === 'application' ? instanceIds : input;
    return `${service}:${likened(action).slice(1, -1)} ${what === undefined ? '' : likened(what)}${refused}`;
  });
}

/**
 * The same with looks that follow each other in the order of their names: what a function asks at one moment goes over as many connections,
 * and arrives in any order.
 */
export function looksSorted(said: readonly string[]): string[] {
  const isLook = (call: string) => /^[\w-]+:Describe/.test(call);
  const sorted: string[] = [];
  let looks: string[] = [];
  for (const call of said) {
    if (isLook(call)) looks.push(call);
    else {
      sorted.push(...looks.toSorted(), call);
      looks = [];
    }
  }
  return [...sorted, ...looks.toSorted()];
}

/** The calls of each instance in their order, one instance after the other: for those that go side by side. */
export function byInstance(said: readonly string[]): string[] {
  const instanceOf = (call: string) => /instance \d+/.exec(call)?.[0] ?? '';
  return said.map(membersSorted).toSorted((a, b) => instanceOf(a).localeCompare(instanceOf(b)));
}

/** A group lists its members in the order they came in, which differs where they come in side by side. */
function membersSorted(call: string): string {
  if (!call.startsWith('ec2:DescribeInstances')) return call;
  const names = (call.match(/instance \d+/g) ?? []).toSorted().values();
  return call.replace(/instance \d+/g, (name) => names.next().value ?? name);
}
