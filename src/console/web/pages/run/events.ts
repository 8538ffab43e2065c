/** Pages of events, read on from where they were. */
import type { EventPage } from '../../../api/shapes.ts';

/**
 * As many pages as wanted, those that are full already kept as they are: what happened does not change, only the last page grows.
 * `ask` gets the page behind a place.
 */
export async function readOn(
  kept: EventPage[],
  wanted: number,
  ask: (after: string | undefined) => Promise<EventPage>,
): Promise<EventPage[]> {
  const pages = kept.filter(({ next }) => next !== null).slice(0, wanted);
  while (pages.length < wanted) {
    const page = await ask(pages.at(-1)?.next ?? undefined);
    pages.push(page);
    if (page.next === null) break;
  }
  return pages;
}
