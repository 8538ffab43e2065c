/**
 * When patches without a release date were first seen missing. AWS dates patches of Amazon Linux 2 and Windows alone; elsewhere
 * a delay can only be counted from that day (`unsupportedDelays: pin`), so somebody must note it.
 */
import { TABLE } from '../runs/records.ts';
import type { Item } from '../table/attributes.ts';
import type { ItemTable } from '../table/table.ts';
import type { Fleet, MissingPatch } from './fleet.ts';
import { chunks } from './pages.ts';

/** An expression of DynamoDB may have 4 KB. */
const TITLES_A_CALL = 100;

/** Whether a patch is missing there that has no release date. */
export function lacksDates({ instances }: Fleet): boolean {
  return instances.some(({ missing }) => missing.some(isUndated));
}

/**
 * The fleet with the day on which each patch without a release date was first seen missing in any fleet. Those that never
 * were are noted in `table`, in its table of that name, as seen when this fleet was read.
 */
export async function withFirstSeen(
  fleet: Fleet,
  table: Pick<ItemTable, 'updateItem'>,
  tableName = TABLE,
): Promise<Fleet> {
  const systems = Map.groupBy(fleet.instances, ({ operatingSystem }) => operatingSystem);
  const seen = new Map<string | undefined, Item>();
  for (const [system, instances] of systems) {
    const undated = instances.flatMap(({ missing }) => missing.filter(isUndated).map(({ title }) => title));
    const titles = [...new Set(undated)].sort();
    if (system !== undefined) seen.set(system, await note(table, tableName, system, titles, fleet.readAt));
  }
  return {
    ...fleet,
    instances: fleet.instances.map((instance) => {
      const dates = seen.get(instance.operatingSystem) ?? {};
      return { ...instance, missing: instance.missing.map((patch) => dated(patch, dates)) };
    }),
  };
}

function isUndated({ releasedAt }: MissingPatch): boolean {
  return releasedAt === undefined;
}

function dated(patch: MissingPatch, dates: Item): MissingPatch {
  const seen = isUndated(patch) ? dates[attribute(patch.title)] : undefined;
  return seen !== undefined && 'S' in seen ? { ...patch, firstSeenAt: seen.S } : patch;
}

/** Notes in one step what was not noted yet, so that of two that look at once the first counts; gives all that is noted. */
async function note(
  table: Pick<ItemTable, 'updateItem'>,
  tableName: string,
  system: string,
  titles: string[],
  at: string,
): Promise<Item> {
  let noted: Item = {};
  for (const some of chunks(titles, TITLES_A_CALL)) {
    const { Attributes = {} } = await table.updateItem({
      TableName: tableName,
      Key: { pk: { S: `seen#${system}` } },
      UpdateExpression: `SET ${some.map((_, n) => `#${n} = if_not_exists(#${n}, :at)`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(some.map((title, n) => [`#${n}`, attribute(title)])),
      ExpressionAttributeValues: { ':at': { S: at } },
      ReturnValues: 'ALL_NEW',
    });
    noted = Attributes;
  }
  return noted;
}

/** A title could be called as the key is. */
function attribute(title: string): string {
  return `title#${title}`;
}
