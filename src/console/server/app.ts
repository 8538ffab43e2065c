/** The console as an HTTP application: who may come in, the API, and the pages. */
import { Hono } from 'hono';
import { addApi } from './api.ts';
import { tagged } from './bodies.ts';
import { SAFE_HEADERS } from './guard/headers.ts';
import { hostCheck } from './guard/hosts.ts';
import type { TokenCheck } from './guard/token.ts';
import { PAGES, type Pages } from './pages.ts';
import { answerOf, nothingThere } from './refusals.ts';
import type { ConsoleSource } from './source.ts';
import type { Streams } from './stream.ts';

export interface AppParts {
  source: ConsoleSource;
  pages: Pages;
  streams: Streams;
  /** The address that is listened on. */
  listensOn: string;
  /** Absent: nobody has to show a token. */
  token: TokenCheck | undefined;
  /** Hears of what was not expected. */
  onError: (error: unknown) => void;
}

const PAGE_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' };

/** Puts the application together. */
export function consoleApp(parts: AppParts): Hono {
  const { pages, onError } = parts;
  const app = new Hono();
  app.onError((error, { req: { raw } }) => answerOf(error, raw, { refused: 404, pages, onError }));
  app.notFound(({ req: { raw } }) => answerOf(nothingThere(raw), raw, { refused: 404, pages, onError }));
  addGuards(app, parts);
  addApi(app, parts);
  for (const path of PAGES) app.get(path, ({ req: { raw } }) => tagged(raw, pages.index, PAGE_HEADERS));
  return app;
}

function addGuards(app: Hono, { listensOn, pages, token }: AppParts): void {
  const checkHost = hostCheck(listensOn);
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SAFE_HEADERS)) context.res.headers.set(name, value);
  });
  app.use(async ({ req: { raw } }, next) => {
    checkHost(raw.headers.get('host') ?? undefined);
    await next();
  });
  // Script and styles are no secret, and the page that asks for the token wears them.
  app.get('/assets/:name', async ({ req: { raw, path } }, next) => pages.assets.get(path)?.(raw) ?? next());
  app.use(async ({ req: { raw, path } }, next) => {
    const admitted = path.startsWith('/api/') ? undefined : token?.admit(new URL(raw.url));
    if (admitted !== undefined) return admitted;
    token?.check(raw);
    return next();
  });
}
