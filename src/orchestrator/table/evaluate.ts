/** What expressions mean for an item. Pure. */
import { type AttributeValue, areEqual, compare, type Item } from './attributes.ts';
import { invalid } from './errors.ts';
import type { Comparator, Condition, Operand, SetValue, Update } from './expressions.ts';

/** `ExpressionAttributeValues`: what `:v` stands for. Every one that is used is noted in `used`. */
export interface Values {
  values: Record<string, AttributeValue>;
  used: Set<string>;
}

/** Whether the condition holds for the item; an item that is not there is an empty one. */
export function holds(condition: Condition, item: Item, values: Values): boolean {
  switch (condition.kind) {
    case 'exists':
      return Object.hasOwn(item, condition.name);
    case 'absent':
      return !Object.hasOwn(item, condition.name);
    case 'not':
      return !holds(condition.condition, item, values);
    case 'and':
    case 'or': {
      // Both sides are looked at: a placeholder that is not defined is an error wherever it stands.
      const left = holds(condition.left, item, values);
      const right = holds(condition.right, item, values);
      return condition.kind === 'and' ? left && right : left || right;
    }
    case 'compare':
      return compares(
        operand(condition.left, item, values),
        condition.comparator,
        operand(condition.right, item, values),
      );
  }
}

/** An attribute that is not there equals nothing, and differs from everything. */
function compares(
  left: AttributeValue | undefined,
  comparator: Comparator,
  right: AttributeValue | undefined,
): boolean {
  if (comparator === '<>') return left === undefined || right === undefined || !areEqual(left, right);
  if (left === undefined || right === undefined) return false;
  if (comparator === '=') return areEqual(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  const isSo = { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 };
  return isSo[comparator];
}

/** The item after the update, and the names that the update wrote. Everything is computed from the item as it was. */
export function applyUpdate(update: Update, item: Item, values: Values): { item: Item; written: string[] } {
  const names = [...update.set.map(({ name }) => name), ...update.remove];
  const written = [...names, ...[...update.add, ...update.delete].map(({ name }) => name)];
  const twice = written.find((name, index) => written.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid(`Invalid UpdateExpression: two document paths overlap with each other: ${twice}`);

  const changed: Item = { ...item };
  for (const { name, value } of update.set) changed[name] = setValue(value, item, values);
  for (const name of update.remove) delete changed[name];
  for (const { name, placeholder } of update.add) changed[name] = sumOrUnion(item[name], valueFor(placeholder, values));
  for (const { name, placeholder } of update.delete) {
    const rest = difference(item[name], valueFor(placeholder, values));
    if (rest === undefined) delete changed[name];
    else changed[name] = rest;
  }
  return { item: changed, written };
}

function setValue(value: SetValue, item: Item, values: Values): AttributeValue {
  if (value.kind === 'sum') {
    const [left, right] = [setValue(value.left, item, values), setValue(value.right, item, values)];
    if (!('N' in left && 'N' in right)) throw incorrectType();
    return { N: String(Number(left.N) + value.sign * Number(right.N)) };
  }
  const found =
    value.kind === 'ifNotExists'
      ? (own(item, value.name) ?? operand(value.otherwise, item, values))
      : operand(value, item, values);
  // if_not_exists has its value looked up even when the attribute is there: an undefined placeholder is an error.
  if (value.kind === 'ifNotExists') operand(value.otherwise, item, values);
  if (found === undefined)
    throw invalid('The provided expression refers to an attribute that does not exist in the item');
  return found;
}

function sumOrUnion(current: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if ('N' in added && (current === undefined || 'N' in current)) {
    return { N: String(Number(current?.N ?? 0) + Number(added.N)) };
  }
  if ('SS' in added && (current === undefined || 'SS' in current)) {
    return { SS: [...new Set([...(current?.SS ?? []), ...added.SS])].sort() };
  }
  throw incorrectType();
}

/** Undefined when nothing is left: a set may not be empty, so the attribute goes. */
function difference(current: AttributeValue | undefined, removed: AttributeValue): AttributeValue | undefined {
  if (!('SS' in removed)) throw incorrectType();
  if (current === undefined) return undefined;
  if (!('SS' in current)) throw incorrectType();
  const rest = current.SS.filter((member) => !removed.SS.includes(member));
  return rest.length === 0 ? undefined : { SS: rest };
}

function operand(operand: Operand, item: Item, values: Values): AttributeValue | undefined {
  return operand.kind === 'attribute' ? own(item, operand.name) : valueFor(operand.placeholder, values);
}

function own(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

function valueFor(placeholder: string, { values, used }: Values): AttributeValue {
  const value = Object.hasOwn(values, placeholder) ? values[placeholder] : undefined;
  if (value === undefined) {
    throw invalid(`An expression attribute value used in expression is not defined; attribute value: ${placeholder}`);
  }
  used.add(placeholder);
  return value;
}

function incorrectType(): Error {
  return invalid('An operand in the update expression has an incorrect data type');
}
