/**
 * Works through `count` items, `concurrency` at a time, in a sliding window: when one ends, the next takes its place at once. Each worker
 * hands `work` what its last call gave (`first` before that). At the first rejection it begins no more and calls `onFailure`, which
 * is to end those that run; once all have settled it rejects with the first.
 */
export async function runPool<T>(
  count: number,
  concurrency: number,
  first: T,
  work: (index: number, last: T) => Promise<T>,
  onFailure: () => void,
): Promise<void> {
  let nextIndex = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    let last = first;
    while (nextIndex < count && failures.length === 0) {
      const index = nextIndex;
      nextIndex += 1;
      try {
        last = await work(index, last);
      } catch (error) {
        if (failures.push(error) === 1) onFailure();
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker));
  if (failures.length > 0) throw failures[0];
}
