/** What stands in an address, read and written. */

/** The parts of a path, decoded: `/runs/a%2Fb` is `runs`, `a/b`. Undefined where it cannot be decoded. */
export function pathParts(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The address of these parts: `/runs/a%2Fb`. */
export function pathOf(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** The address with these values in its query; those that are empty or undefined are left out. */
export function withQuery(path: string, values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The same query with some values changed; empty ones go out of it. */
export function changedQuery(query: URLSearchParams, changes: Record<string, string>): Record<string, string> {
  return { ...Object.fromEntries(query), ...changes };
}
