/** What an SDK call gives, as Step Functions hands it on. */
import type { Json } from '../../interpreter/ports.ts';

/**
 * Takes an SDK output; gives JSON: dates as ISO 8601 in UTC, bytes as base64, streams read as text, without `$metadata` and without members
 * that are not set. Rejects when a stream breaks off.
 */
export async function sdkOutputToJson(output: unknown): Promise<Json> {
  const json = await toJson(output);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json ?? {};
  const { $metadata, ...rest } = json;
  return rest;
}

async function toJson(value: unknown): Promise<Json | undefined> {
  if (value === undefined) return undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // Infinity and NaN have no JSON.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return isoText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Set) return toArray([...value]);
  if (value instanceof Map) return toObject([...value].map(([key, member]) => [String(key), member]));
  if (Array.isArray(value)) return toArray(value);
  if (typeof value !== 'object') return undefined;
  if ('transformToString' in value && typeof value.transformToString === 'function') {
    return String(await value.transformToString());
  }
  return toObject(Object.entries(value));
}

async function toArray(values: unknown[]): Promise<Json[]> {
  const converted: Json[] = [];
  for (const value of values) converted.push((await toJson(value)) ?? null);
  return converted;
}

async function toObject(entries: [string, unknown][]): Promise<{ [key: string]: Json }> {
  const converted: { [key: string]: Json } = {};
  for (const [key, value] of entries) {
    const json = await toJson(value);
    if (json !== undefined) converted[key] = json;
  }
  return converted;
}

/** Java leaves out a fraction of zero: `2026-01-01T00:00:00Z`. */
function isoText(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
