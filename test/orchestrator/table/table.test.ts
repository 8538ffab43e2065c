import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskFailure } from '../../../src/interpreter/ports.ts';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import type { AttributeValue, Item } from '../../../src/orchestrator/table/attributes.ts';
import { itemTable, type LocalItemTable } from '../../../src/orchestrator/table/table.ts';

const KEY = { TableName: 'drydock', Key: { pk: { S: 'run#1' } } };

function tableWith(item?: Item): LocalItemTable {
  const table = itemTable(openDatabase({}));
  if (item !== undefined) table.putItem({ TableName: 'drydock', Item: { pk: { S: 'run#1' }, ...item } });
  return table;
}

function stored(table: LocalItemTable): Item | undefined {
  const { pk: _, ...rest } = table.getItem(KEY).Item ?? {};
  return table.getItem(KEY).Item === undefined ? undefined : rest;
}

/** Whether the condition holds for the item. */
function meets(
  item: Item | undefined,
  condition: string,
  values: Item = {},
  names: Record<string, string> = {},
): boolean {
  const table = tableWith(item);
  try {
    table.putItem({
      TableName: 'drydock',
      Item: { pk: { S: 'run#1' }, written: { BOOL: true } },
      ConditionExpression: condition,
      ExpressionAttributeValues: values,
      ExpressionAttributeNames: names,
    });
  } catch (error) {
    if (!(error instanceof TaskFailure && error.error === 'DynamoDB.ConditionalCheckFailedException')) throw error;
    expect(stored(table)).toEqual(item);
    return false;
  }
  expect(stored(table)).toEqual({ written: { BOOL: true } });
  return true;
}

function updated(item: Item | undefined, expression: string, values: Item = {}, names: Record<string, string> = {}) {
  const table = tableWith(item);
  table.updateItem({
    ...KEY,
    UpdateExpression: expression,
    ExpressionAttributeValues: values,
    ExpressionAttributeNames: names,
  });
  return stored(table);
}

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof TaskFailure) return `${error.error}: ${error.cause}`;
    throw error;
  }
  return 'none';
}

const N = (value: number): AttributeValue => ({ N: String(value) });
const S = (value: string): AttributeValue => ({ S: value });

describe('a condition', () => {
  const item = { holder: S('run-1'), n: N(10), flag: { BOOL: true }, tags: { SS: ['a', 'b'] } } satisfies Item;
  it.each<[string, Item, boolean]>([
    ['attribute_exists(holder)', {}, true],
    ['attribute_exists(elsewhere)', {}, false],
    ['attribute_not_exists(holder)', {}, false],
    ['attribute_not_exists(elsewhere)', {}, true],
    ['holder = :v', { ':v': S('run-1') }, true],
    ['holder = :v', { ':v': S('run-2') }, false],
    ['holder <> :v', { ':v': S('run-2') }, true],
    ['n = :v', { ':v': { N: '10.0' } }, true],
    ['n = :v', { ':v': S('10') }, false],
    ['n < :v', { ':v': N(9) }, false],
    ['n < :v', { ':v': N(100) }, true],
    ['n <= :v', { ':v': N(10) }, true],
    ['n > :v', { ':v': N(9) }, true],
    ['n >= :v', { ':v': N(11) }, false],
    ['holder < :v', { ':v': S('run-10') }, true],
    ['holder > :v', { ':v': N(1) }, false],
    ['flag = :v', { ':v': { BOOL: true } }, true],
    ['tags = :v', { ':v': { SS: ['b', 'a'] } }, true],
    // An attribute that is not there equals nothing, and differs from everything.
    ['elsewhere = :v', { ':v': S('x') }, false],
    ['elsewhere <> :v', { ':v': S('x') }, true],
    ['elsewhere < :v', { ':v': N(1) }, false],
    ['NOT holder = :v', { ':v': S('run-2') }, true],
    ['attribute_not_exists(pk) OR holder = :v', { ':v': S('run-1') }, true],
    ['attribute_not_exists(pk) or holder = :v', { ':v': S('run-2') }, false],
    ['attribute_exists(pk) AND holder = :v', { ':v': S('run-1') }, true],
    // AND binds tighter than OR, NOT tighter than AND.
    ['holder = :v OR n = :n AND n = :m', { ':v': S('run-1'), ':n': N(1), ':m': N(2) }, true],
    ['(holder = :v OR n = :n) AND n = :m', { ':v': S('run-1'), ':n': N(1), ':m': N(2) }, false],
    ['NOT n = :n AND n = :m', { ':n': N(1), ':m': N(2) }, false],
    ['NOT (n = :n AND n = :m)', { ':n': N(1), ':m': N(2) }, true],
    [':v = holder', { ':v': S('run-1') }, true],
  ])('%s with %j is %s', (condition, values, expected) => {
    expect(meets(item, condition, values)).toBe(expected);
  });

  it('sees an item that is not there as one without attributes', () => {
    expect(meets(undefined, 'attribute_not_exists(pk)')).toBe(true);
    expect(meets(undefined, 'attribute_exists(pk)')).toBe(false);
    expect(meets(undefined, 'holder = :v', { ':v': S('x') })).toBe(false);
  });

  it('takes names by placeholder', () => {
    expect(meets({ status: S('open') }, '#status = :v', { ':v': S('open') }, { '#status': 'status' })).toBe(true);
  });

  it('agrees with JavaScript on any combination of AND, OR, NOT and parentheses', () => {
    type Tree = { text: string; value: boolean };
    const leaf: fc.Arbitrary<Tree> = fc
      .tuple(fc.constantFrom('a', 'b', 'nowhere'), fc.constantFrom('attribute_exists', 'attribute_not_exists'))
      .map(([name, test]) => ({
        text: `${test}(${name})`,
        value: (name !== 'nowhere') === (test === 'attribute_exists'),
      }));
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        tie('tree').map((t) => ({ text: `NOT (${t.text})`, value: !t.value })),
        fc
          .tuple(tie('tree'), tie('tree'))
          .map(([l, r]) => ({ text: `(${l.text}) AND (${r.text})`, value: l.value && r.value })),
        fc
          .tuple(tie('tree'), tie('tree'))
          .map(([l, r]) => ({ text: `(${l.text}) OR (${r.text})`, value: l.value || r.value })),
      ),
    }));
    fc.assert(fc.property(tree, ({ text, value }) => meets({ a: N(1), b: N(2) }, text) === value));
    // Without parentheses: DynamoDB's precedence is JavaScript's.
    const flat = fc.array(fc.tuple(fc.constantFrom('AND', 'OR'), fc.boolean(), leaf), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(leaf, flat, (first, rest) => {
        const text = rest.reduce((all, [op, not, t]) => `${all} ${op} ${not ? 'NOT ' : ''}${t.text}`, first.text);
        const code = rest.reduce(
          (all, [op, not, t]) => `${all} ${op === 'AND' ? '&&' : '||'} ${not ? '!' : ''}${t.value}`,
          String(first.value),
        );
        return meets({ a: N(1), b: N(2) }, text) === new Function(`return ${code}`)();
      }),
    );
  });
});

describe('an update', () => {
  it.each<[string, Item | undefined, Item, Item]>([
    ['SET a = :v', undefined, { ':v': S('x') }, { a: S('x') }],
    ['SET a = :v, b = a', { a: N(1) }, { ':v': N(2) }, { a: N(2), b: N(1) }],
    ['SET n = n + :v', { n: N(2) }, { ':v': N(3) }, { n: N(5) }],
    ['SET n = n - :v', { n: N(2) }, { ':v': N(3) }, { n: N(-1) }],
    ['SET n = if_not_exists(n, :zero) + :v', undefined, { ':zero': N(0), ':v': N(3) }, { n: N(3) }],
    ['SET n = if_not_exists(n, :v)', { n: N(7) }, { ':v': N(3) }, { n: N(7) }],
    ['ADD n :v', undefined, { ':v': N(3) }, { n: N(3) }],
    ['ADD n :v', { n: N(1) }, { ':v': N(-3) }, { n: N(-2) }],
    ['ADD failed :v', undefined, { ':v': { SS: ['i-1'] } }, { failed: { SS: ['i-1'] } }],
    [
      'ADD failed :v',
      { failed: { SS: ['i-2'] } },
      { ':v': { SS: ['i-1', 'i-2'] } },
      { failed: { SS: ['i-1', 'i-2'] } },
    ],
    [
      'DELETE failed :v',
      { failed: { SS: ['i-1', 'i-2'] } },
      { ':v': { SS: ['i-1', 'i-9'] } },
      { failed: { SS: ['i-2'] } },
    ],
    ['DELETE failed :v', { failed: { SS: ['i-1'] } }, { ':v': { SS: ['i-1'] } }, {}],
    ['DELETE failed :v', undefined, { ':v': { SS: ['i-1'] } }, {}],
    ['REMOVE a, b', { a: N(1), b: N(2), c: N(3) }, {}, { c: N(3) }],
    ['SET a = :v REMOVE b ADD n :v', { b: N(1) }, { ':v': N(1) }, { a: N(1), n: N(1) }],
    ['set a = :v remove b', { b: N(1) }, { ':v': N(1) }, { a: N(1) }],
  ])('%s on %j with %j gives %j', (expression, item, values, expected) => {
    expect(updated(item, expression, values)).toEqual(expected);
  });

  it('makes an item that is not there, also without an expression', () => {
    const table = tableWith();
    table.updateItem(KEY);
    expect(table.getItem(KEY)).toEqual({ Item: { pk: { S: 'run#1' } } });
  });

  it('changes nothing when its condition fails', () => {
    const table = tableWith({ replacing: S('i-1') });
    const take = (me: string) =>
      refusal(() =>
        table.updateItem({
          ...KEY,
          ConditionExpression: 'attribute_not_exists(replacing) OR replacing = :me',
          UpdateExpression: 'SET replacing = :me',
          ExpressionAttributeValues: { ':me': { S: me } },
        }),
      );
    expect(take('i-2')).toContain('DynamoDB.ConditionalCheckFailedException');
    expect(stored(table)).toEqual({ replacing: S('i-1') });
    expect(take('i-1')).toBe('none');
  });

  it.each([
    ['NONE', {}],
    ['ALL_OLD', { Attributes: { pk: S('run#1'), n: N(1), m: N(5) } }],
    ['ALL_NEW', { Attributes: { pk: S('run#1'), n: N(2), m: N(5) } }],
    ['UPDATED_OLD', { Attributes: { n: N(1) } }],
    ['UPDATED_NEW', { Attributes: { n: N(2) } }],
  ])('gives back what %s asks for', (ReturnValues, expected) => {
    const table = tableWith({ n: N(1), m: N(5) });
    const given = table.updateItem({
      ...KEY,
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': N(1) },
      ReturnValues,
    });
    expect(given).toEqual(expected);
  });

  it('adds up from any number of processes without losing one', () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'drydock-table-'));
    const databases = Array.from({ length: 4 }, () => openDatabase({ stateDir, durability: 'relaxed' }));
    onTestFinished(() => {
      for (const database of databases) database.close();
      rmSync(stateDir, { recursive: true });
    });
    const tables = databases.map(itemTable);
    for (let round = 0; round < 25; round += 1) {
      for (const [index, table] of tables.entries()) {
        table.updateItem({
          ...KEY,
          UpdateExpression: 'ADD failures :one, failed :instance',
          ExpressionAttributeValues: { ':one': N(1), ':instance': { SS: [`i-${index}`] } },
        });
      }
    }
    expect(tables.map(stored)).toEqual(
      Array(4).fill({ failures: N(100), failed: { SS: ['i-0', 'i-1', 'i-2', 'i-3'] } }),
    );
  });
});

describe('put and delete', () => {
  it('give back the old item when asked', () => {
    const table = tableWith({ a: N(1) });
    const old = { Attributes: { pk: S('run#1'), a: N(1) } };
    const Item = { pk: S('run#1'), a: N(2) };
    expect(table.putItem({ TableName: 'drydock', Item, ReturnValues: 'ALL_OLD' })).toEqual(old);
    expect(table.deleteItem({ ...KEY, ReturnValues: 'ALL_OLD' })).toEqual({ Attributes: Item });
    expect(table.deleteItem({ ...KEY, ReturnValues: 'ALL_OLD' })).toEqual({});
    expect(table.getItem({ ...KEY, ConsistentRead: true })).toEqual({});
  });

  it('keep tables apart', () => {
    const table = tableWith({ a: N(1) });
    expect(table.getItem({ ...KEY, TableName: 'other' })).toEqual({});
  });

  it('give any item back as it was', () => {
    const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string().map((text) => ({ S: text })),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => ({ N: String(n + 0) })),
        fc.boolean().map((flag) => ({ BOOL: flag })),
        fc.constant<AttributeValue>({ NULL: true }),
        fc.uniqueArray(fc.string(), { minLength: 1 }).map((members) => ({ SS: members.sort() })),
        fc.array(tie('value'), { maxLength: 3 }).map((list) => ({ L: list })),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }).map((map) => ({ M: map })),
      ),
    }));
    fc.assert(
      fc.property(value, (drawn) => {
        fc.pre(!JSON.stringify(drawn).includes('__proto__'));
        expect(stored(tableWith({ drawn }))).toEqual({ drawn });
      }),
    );
  });
});

describe('what the table refuses', () => {
  const set = (UpdateExpression: string, values: Item = {}, names: Record<string, string> = {}) =>
    refusal(() => updated({ a: S('x') }, UpdateExpression, values, names));

  it.each<[string, string]>([
    [set('SET status = :v', { ':v': N(1) }), 'reserved keyword: status'],
    [set('SET a = :v'), 'attribute value: :v'],
    [set('SET a = :v', { ':v': N(1), ':w': N(2) }), 'unused in expressions: keys: {:w}'],
    [set('SET #a = :v', { ':v': N(1) }), 'attribute name: #a'],
    [set('REMOVE a', {}, { '#b': 'b' }), 'unused in expressions: keys: {#b}'],
    [set('SET a = b'), 'does not exist in the item'],
    [set('SET a = a + :v', { ':v': N(1) }), 'incorrect data type'],
    [set('ADD a :v', { ':v': N(1) }), 'incorrect data type'],
    [set('DELETE a :v', { ':v': { SS: ['x'] } }), 'incorrect data type'],
    [set('SET a = :v REMOVE a', { ':v': N(1) }), 'overlap'],
    [set('SET a = :v SET b = :v', { ':v': N(1) }), 'only be used once'],
    [set('SET pk = :v', { ':v': S('y') }), 'Cannot update attribute pk'],
    [set('SET a'), 'ends too early'],
    [set('SET a = :v,', { ':v': N(1) }), 'ends too early'],
    [set('SET a = :v b', { ':v': N(1) }), 'token: "B"'],
    [set('SET a = @', {}), 'token: "@"'],
    [set(''), 'can not be empty'],
    [refusal(() => meets({}, 'a = :v extra', { ':v': N(1) })), 'token: "extra"'],
    [refusal(() => meets({}, '(a = :v', { ':v': N(1) })), 'ends too early'],
    [refusal(() => tableWith().putItem({ TableName: 't', Item: { a: N(1) } })), 'pk'],
    [refusal(() => tableWith().putItem({ TableName: 't', Item: { pk: S('') } })), 'the key may not be empty'],
    [refusal(() => tableWith().getItem({ TableName: 't', Key: { pk: N(1) } })), 'pk'],
    [refusal(() => tableWith({ a: { SS: [] } })), 'a set may not be empty'],
    [refusal(() => tableWith({ a: { N: 'many' } })), 'must be a number'],
  ])('as DynamoDB does: %s', (said, expected) => {
    expect(said).toMatch(/^DynamoDB\.AmazonDynamoDBException: /);
    expect(said).toContain(expected);
  });

  it.each<[string, string]>([
    [set('SET a.b = :v', { ':v': N(1) }), 'a path into an attribute'],
    [set('SET a[0] = :v', { ':v': N(1) }), 'a path into an attribute'],
    [set('SET a = list_append(a, :v)', { ':v': { L: [] } }), 'list_append'],
    [refusal(() => meets({}, 'begins_with(a, :v)', { ':v': S('x') })), 'begins_with'],
    [refusal(() => meets({}, 'a BETWEEN :v AND :w', { ':v': N(1), ':w': N(2) })), 'BETWEEN'],
    [refusal(() => tableWith().getItem({ ...KEY, ProjectionExpression: 'a' })), 'ProjectionExpression'],
  ])('though DynamoDB could do it, and says so: %s', (said, expected) => {
    expect(said).toMatch(/^States\.Runtime: The embedded item table does not support/);
    expect(said).toContain(expected);
  });

  it('only after it has left the item as it was', () => {
    const table = tableWith({ a: N(1) });
    expect(refusal(() => table.updateItem({ ...KEY, UpdateExpression: 'SET a = a + b' }))).not.toBe('none');
    expect(stored(table)).toEqual({ a: N(1) });
  });
});
