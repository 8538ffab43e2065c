/** Attribute values: the types of DynamoDB that Drydock uses. */
import { z } from 'zod';

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: AttributeValue[] }
  | { M: { [name: string]: AttributeValue } }
  | { SS: string[] };

export type Item = { [name: string]: AttributeValue };

const number = z
  .string()
  .refine((text) => text.trim() !== '' && Number.isFinite(Number(text)), 'must be a number in a string');
const set = z
  .array(z.string())
  .min(1, 'a set may not be empty')
  .refine((members) => new Set(members).size === members.length, 'a set has each member once');

export const attributeValue: z.ZodType<AttributeValue> = z.lazy(() =>
  z.union([
    z.strictObject({ S: z.string() }),
    z.strictObject({ N: number.transform(canonical) }),
    z.strictObject({ BOOL: z.boolean() }),
    z.strictObject({ NULL: z.literal(true) }),
    z.strictObject({ L: z.array(attributeValue) }),
    z.strictObject({ M: z.record(z.string(), attributeValue) }),
    z.strictObject({ SS: set.transform((members) => [...members].sort()) }),
  ]),
);

export const item: z.ZodType<Item> = z.record(z.string(), attributeValue);

/** DynamoDB keeps numbers, not their spelling: `1.0` and `01` come back as `1`. */
function canonical(text: string): string {
  return String(Number(text));
}

/** Whether two values are the same: of one type, and equal in it. */
export function areEqual(a: AttributeValue, b: AttributeValue): boolean {
  return stable(a) === stable(b);
}

/** Negative, zero or positive as `a` comes before, with or after `b`; undefined when they have no order: only strings and numbers have. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if ('N' in a && 'N' in b) return Number(a.N) - Number(b.N);
  // By UTF-8 bytes, as DynamoDB orders strings; not by UTF-16 units, as JavaScript does.
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  return undefined;
}

/** JSON with the members of every map in order, so that equal values have equal texts. */
function stable(value: AttributeValue): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
