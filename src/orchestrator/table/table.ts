/**
 * The few calls of DynamoDB that a run needs for its locks and records, on the same file as run history: so the state machines are the
 * same with and without AWS. One table shape only: the key is the string `pk`.
 */
import { z } from 'zod';
import type { Database } from '../engine/database.ts';
import { attributeValue, type Item, item } from './attributes.ts';
import { conditionFailed, invalid, unsupported } from './errors.ts';
import { applyUpdate, holds, type Values } from './evaluate.ts';
import { type Names, parseCondition, parseUpdate } from './expressions.ts';

/**
 * Inputs and outputs are those of DynamoDB's API; each call is atomic. Of an item table in a file they are there at once, over the
 * network they are awaited. A condition that does not hold is the `TaskFailure` `DynamoDB.ConditionalCheckFailedException`.
 */
export interface ItemTable {
  getItem(input: unknown): Answer<{ Item?: Item }>;
  putItem(input: unknown): Answer<{ Attributes?: Item }>;
  updateItem(input: unknown): Answer<{ Attributes?: Item }>;
  deleteItem(input: unknown): Answer<{ Attributes?: Item }>;
}

type Answer<Output> = Output | Promise<Output>;

/**
 * An item table in this process's file. Each call is atomic, also among processes. Throws a `TaskFailure`:
 * `DynamoDB.ConditionalCheckFailedException`, `DynamoDB.AmazonDynamoDBException` for what DynamoDB would call invalid, and `States.Runtime`
 * for what only DynamoDB can do.
 */
export interface LocalItemTable extends ItemTable {
  getItem(input: unknown): { Item?: Item };
  putItem(input: unknown): { Attributes?: Item };
  updateItem(input: unknown): { Attributes?: Item };
  deleteItem(input: unknown): { Attributes?: Item };
}

const key = z.strictObject({ pk: z.strictObject({ S: z.string().min(1, 'the key may not be empty') }) });
const condition = {
  ConditionExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: z.record(z.string(), attributeValue).default({}),
};
const oldOrNothing = z.enum(['NONE', 'ALL_OLD']).default('NONE');

/** What each call takes, as far as Drydock uses it. */
export const getInput = z.strictObject({ TableName: z.string(), Key: key, ConsistentRead: z.boolean().optional() });
export const putInput = z.strictObject({ TableName: z.string(), Item: item, ReturnValues: oldOrNothing, ...condition });
export const deleteInput = z.strictObject({
  TableName: z.string(),
  Key: key,
  ReturnValues: oldOrNothing,
  ...condition,
});
export const updateInput = z.strictObject({
  TableName: z.string(),
  Key: key,
  UpdateExpression: z.string().optional(),
  ReturnValues: z.enum(['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']).default('NONE'),
  ...condition,
});

interface Conditional {
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Item;
}

/** Gives the items kept in `database`. A table comes into being with its first item. */
export function itemTable(database: Database): LocalItemTable {
  const select = database.prepare('SELECT item FROM items WHERE table_name = ? AND pk = ?');
  // Not REPLACE: whoever follows the items by a trigger must see what an item was before.
  const upsert = database.prepare(
    'INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (table_name, pk) DO UPDATE SET item = excluded.item',
  );
  const remove = database.prepare('DELETE FROM items WHERE table_name = ? AND pk = ?');
  const read = (table: string, pk: string): Item | undefined => {
    const row = select.get(table, pk);
    return row === undefined ? undefined : item.parse(JSON.parse(String(row.item)));
  };

  return {
    getItem: (input) => {
      const { TableName, Key } = parse(getInput, input);
      const found = read(TableName, Key.pk.S);
      return found === undefined ? {} : { Item: found };
    },

    putItem: (input) => {
      const request = parse(putInput, input);
      const { pk } = parse(key.loose(), request.Item);
      return database.transaction(() => {
        const old = read(request.TableName, pk.S);
        check(request, old);
        upsert.run(request.TableName, pk.S, JSON.stringify(request.Item));
        return attributes(request.ReturnValues === 'ALL_OLD' ? old : undefined);
      });
    },

    deleteItem: (input) => {
      const request = parse(deleteInput, input);
      return database.transaction(() => {
        const old = read(request.TableName, request.Key.pk.S);
        check(request, old);
        remove.run(request.TableName, request.Key.pk.S);
        return attributes(request.ReturnValues === 'ALL_OLD' ? old : undefined);
      });
    },

    updateItem: (input) => {
      const request = parse(updateInput, input);
      return database.transaction(() => {
        const old = read(request.TableName, request.Key.pk.S);
        const { changed, written } = check(request, old);
        const now = { ...changed, ...request.Key };
        upsert.run(request.TableName, request.Key.pk.S, JSON.stringify(now));
        const names = new Set(written);
        switch (request.ReturnValues) {
          case 'NONE':
            return {};
          case 'ALL_OLD':
            return attributes(old);
          case 'ALL_NEW':
            return attributes(now);
          case 'UPDATED_OLD':
            return attributes(only(names, old ?? {}));
          case 'UPDATED_NEW':
            return attributes(only(names, now));
        }
      });
    },
  };
}

/** Holds the condition against the item and works out the update. Throws when a condition fails or an expression is wrong. */
function check(request: Conditional & { UpdateExpression?: string | undefined }, old: Item | undefined) {
  const names: Names = { names: request.ExpressionAttributeNames, used: new Set() };
  const values: Values = { values: request.ExpressionAttributeValues, used: new Set() };
  const condition =
    request.ConditionExpression === undefined ? undefined : parseCondition(request.ConditionExpression, names);
  const update = request.UpdateExpression === undefined ? undefined : parseUpdate(request.UpdateExpression, names);

  const isMet = condition === undefined || holds(condition, old ?? {}, values);
  // DynamoDB looks at the condition before it computes the update.
  if (!isMet) throw conditionFailed();
  const changed = update === undefined ? { item: old ?? {}, written: [] } : applyUpdate(update, old ?? {}, values);
  refuseUnused('ExpressionAttributeNames', Object.keys(names.names), names.used);
  refuseUnused('ExpressionAttributeValues', Object.keys(values.values), values.used);
  if (changed.written.includes('pk')) throw invalid('Cannot update attribute pk. This attribute is part of the key');
  return { changed: changed.item, written: changed.written };
}

function refuseUnused(what: string, given: string[], used: Set<string>): void {
  const unused = given.filter((name) => !used.has(name));
  if (unused.length > 0) throw invalid(`Value provided in ${what} unused in expressions: keys: {${unused.join(', ')}}`);
}

function only(names: Set<string>, from: Item): Item {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
}

function attributes(found: Item | undefined): { Attributes?: Item } {
  return found === undefined || Object.keys(found).length === 0 ? {} : { Attributes: found };
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  // A parameter of the call that we do not know is likely one of DynamoDB's; within its values it is a mistake.
  const unknown = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  );
  if (unknown.length > 0) throw unsupported(unknown.join(', '));
  throw invalid(z.prettifyError(parsed.error));
}
