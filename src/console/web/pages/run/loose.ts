/** Reads of a document whose keys are not promised: what is not there, or is something else, is undefined or empty. */

/** What lies at `keys` in `value`. */
export function at(value: unknown, ...keys: string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (!isRecord(found)) return undefined;
    found = found[key];
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text there. */
export function textAt(value: unknown, ...keys: string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

/** The number there. */
export function numberAt(value: unknown, ...keys: string[]): number | undefined {
  const found = at(value, ...keys);
  return typeof found === 'number' ? found : undefined;
}

/** The list there. */
export function listAt(value: unknown, ...keys: string[]): unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** The texts in the list there. */
export function textsAt(value: unknown, ...keys: string[]): string[] {
  return listAt(value, ...keys).filter((one) => typeof one === 'string');
}
