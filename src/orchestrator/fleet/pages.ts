/** Reading AWS's paged answers: all pages, with a bound, since a token that never ends would read for ever. */

const MOST_PAGES = 1000;

/** Every item of a paged call. `call` gets the token of the page to read: undefined for the first. */
export async function allPages<Item>(
  call: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[]> {
  const found: Item[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, next } = await call(token);
    found.push(...(items ?? []));
    if (next === undefined || next === '') return found;
    token = next;
  }
  throw new Error(`AWS still had more after ${MOST_PAGES} pages`);
}

/** `items` in pieces of at most `size`. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** Maps with at most `limit` calls under way, keeping the order. After a failure no further call is begun. */
export async function mapLimited<In, Out>(
  items: readonly In[],
  limit: number,
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [at, item] of queue) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
