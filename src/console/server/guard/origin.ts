/** Who asks: pages of other sites may neither steer a run nor listen in. */
import { Refusal } from '../refusals.ts';

/** What every request that changes something carries: a browser lets no other site's page set it without asking first. */
export const OWN_HEADER = { name: 'x-drydock', value: 'console' } as const;

/** Throws a `Refusal` (403, 415) for a request to the API that another site's page makes, or could make. */
export function checkOrigin(request: Request): void {
  const { method, headers } = request;
  const site = headers.get('sec-fetch-site') ?? 'none';
  const reads = method === 'GET' || method === 'HEAD';
  const isOurs = site === 'same-origin' || site === 'none' || (reads && headers.get('sec-fetch-mode') === 'navigate');
  if (!isOurs) throw notFromHere(`a page of another site (${site})`);
  if (reads) return;
  const origin = headers.get('origin');
  if (origin !== null && !isSame(origin, headers.get('host'))) throw notFromHere('a page of another site');
  if (headers.get(OWN_HEADER.name) !== OWN_HEADER.value) throw notFromHere(`no header ${OWN_HEADER.name}`);
  if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    throw new Refusal(415, 'the body is not said to be JSON', 'Send the header content-type: application/json.');
  }
}

function isSame(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function notFromHere(why: string): Refusal {
  return new Refusal(
    403,
    `nothing was asked of the run: the request is not from the console's own page (${why})`,
    `Use the page, or send the header ${OWN_HEADER.name}: ${OWN_HEADER.value} as docs/console.md shows.`,
  );
}
