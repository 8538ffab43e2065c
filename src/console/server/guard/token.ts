/** The token: whoever is to reach the console from another computer must show it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DrydockError, EXIT } from '../../../orchestrator/errors.ts';
import { Refusal } from '../refusals.ts';

const COOKIE = 'drydock-console';
/** What can be tried out in a lifetime is no token. */
const SHORTEST = 16;

export interface TokenCheck {
  /** Throws a `Refusal` (401) for a request that shows no token, or another. */
  check(request: Request): void;
  /** For a page that is visited with `?token=`: the answer that keeps it in a cookie and shows the page without it. Throws as `check`. */
  admit(url: URL): Response | undefined;
}

/** Throws a `DrydockError` (exit code 2) for a token that is too short to be one. */
export function tokenCheck(token: string): TokenCheck {
  if (token.length < SHORTEST) {
    throw new DrydockError(`the token of the console has ${token.length} characters, and could be guessed`, {
      exitCode: EXIT.badInput,
      next: `Take ${SHORTEST} or more, such as what \`openssl rand -hex 16\` prints.`,
    });
  }
  // Not the token itself: cookies are shown to every port of a host.
  const cookie = createHmac('sha256', token).update(COOKIE).digest('base64url');
  return {
    check: ({ headers }) => {
      const bearer = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      if (isSame(bearer, token) || isSame(cookieOf(headers), cookie)) return;
      throw refusal('the console asks for its token');
    },
    admit: (url) => {
      const shown = url.searchParams.get('token');
      if (shown === null) return undefined;
      if (!isSame(shown, token)) throw refusal('that is not the token of this console');
      const { pathname, searchParams } = url;
      searchParams.delete('token');
      const headers = {
        // Two slashes at its head would lead to another host.
        location: `${pathname.replace(/^\/+/, '/')}${searchParams.size > 0 ? `?${searchParams}` : ''}`,
        'set-cookie': `${COOKIE}=${cookie}; Path=/; HttpOnly; SameSite=Strict`,
        'cache-control': 'no-store',
      };
      return new Response(null, { status: 303, headers });
    },
  };
}

/** In the same time, however much of it is right. */
function isSame(shown: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', expected).update(text).digest();
  return shown !== undefined && timingSafeEqual(digest(shown), digest(expected));
}

function cookieOf(headers: Headers): string | undefined {
  const all = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
  return all.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function refusal(what: string): Refusal {
  const next =
    'Open it once as /?token=… with the token that it was started with, or send it as authorization: Bearer. ' +
    'If you came from another site just now, open this page again.';
  return new Refusal(401, what, next, { 'www-authenticate': 'Bearer realm="drydock console"' });
}
