/**
 * Works through `count` items, `concurrency` at a time, in a sliding window: when one ends, the next takes its place at once. Each worker
 * hands `work` what its last call gave (`first` before that). The first rejection is given to `onFailure`, which is to end the
 * others; once all have settled the pool rejects with it.
 */
export async function runPool<T>(
  count: number,
  concurrency: number,
  first: T,
  work: (index: number, last: T) => Promise<T>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  let nextIndex = 0;
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    let last = first;
    while (nextIndex < count && failure === undefined) {
      const index = nextIndex;
      nextIndex += 1;
      try {
        last = await work(index, last);
      } catch (error) {
        if (failure === undefined) {
          failure = { error };
          onFailure(error);
        }
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker));
  // TypeScript does not see that the workers above may have written it.
  const ended: { error: unknown } | undefined = failure;
  if (ended !== undefined) throw (ended as { error: unknown }).error;
}
