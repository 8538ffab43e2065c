/** Where the reader is: the address bar, followed and set by the history API. Links are plain `<a href>`. */
import { createStore, useStore } from '../data/store.ts';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const place = createStore(here());

/** Where the reader is, now and after each step. */
export function usePlace(): Place {
  return useStore(place);
}

let stepped = false;

/** Whether the reader has gone from one page to another since the console was opened. */
export const hasStepped = () => stepped;

function arrive(): void {
  const next = here();
  stepped ||= next.path !== place.get().path;
  place.set(next);
}

/** Goes to an address of this site; `replace` leaves no step to go back to. */
export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  const before = location.pathname;
  if (how === 'push') history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  arrive();
  if (location.pathname !== before) window.scrollTo(0, 0);
}

/** Follows links of the site and the browser's own back and forward without loading the page again. */
export function followLinks(): void {
  window.addEventListener('popstate', arrive);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (link === null || !plain(event, link)) return;
    const url = new URL(link.getAttribute('href') ?? '', location.href);
    if (!ours(url)) return;
    event.preventDefault();
    go(url.href);
  });
}

/** Whether the reader wants it here and now, and not in a new tab or as a file. */
function plain(event: MouseEvent, link: Element): boolean {
  if (event.defaultPrevented || event.button !== 0) return false;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  return !link.hasAttribute('target') && !link.hasAttribute('download');
}

/** Whether a page of the console stands there, and not a place on the page that is shown. */
function ours({ origin, pathname, search, hash }: URL): boolean {
  if (origin !== location.origin || pathname.startsWith('/api/')) return false;
  return hash === '' || pathname !== location.pathname || search !== location.search;
}
