/** The API: every route of the table, and the document that describes them. */
import type { Context, Hono, HonoRequest } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { AppParts } from './app.ts';
import { attachment, tagged } from './bodies.ts';
import { checkOrigin } from './guard/origin.ts';
import { openapi } from './openapi.ts';
import { answerOf, Refusal, type Status } from './refusals.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import type { ConsoleSource } from './source.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' };
/** A request says all in its path. */
const LONGEST_BODY = 1024;

/** Adds all that lies under `/api`. */
export function addApi(app: Hono, parts: AppParts): void {
  app.use('/api/*', async ({ req: { raw } }, next) => {
    checkOrigin(raw);
    return next();
  });
  const description = JSON.stringify(openapi(ROUTES));
  app.get('/api/openapi.json', ({ req: { raw } }) => tagged(raw, description, JSON_HEADERS));
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method, path, bodyLimit({ maxSize: LONGEST_BODY, onError: tooLong }), (context) =>
      answer(route, context, parts),
    );
    app.all(path, () => {
      throw otherMethod(route);
    });
  }
}

async function answer(route: Route, { req }: Context, parts: AppParts): Promise<Response> {
  const { source, streams } = parts;
  const { raw } = req;
  try {
    if (route.method === 'post') await expectNothing(req);
    const answered = await route.answer(source, { params: req.param(), query: queryOf(raw) });
    if ('json' in answered) return await tagged(raw, JSON.stringify(answered.json), JSON_HEADERS);
    if ('parts' in answered) return attachment(raw, answered.parts, answered.mediaType, answered.file);
    // Nobody would read the stream, and so nobody end it.
    if (raw.method === 'HEAD') throw otherMethod(route);
    const after = raw.headers.get('last-event-id') ?? undefined;
    return streams.open((signal) => answered.changes(after, signal));
  } catch (error) {
    return answerOf(error, raw, { ...parts, refused: await refusedBy(route, req.param('id'), source) });
  }
}

/** What is refused of a run that is not there is that it is not there. */
async function refusedBy({ refused }: Route, id: string | undefined, source: ConsoleSource): Promise<Status> {
  if (refused === 404 || id === undefined) return refused;
  return source.run(id).then(
    () => refused,
    () => 404,
  );
}

/** A field of a form that was left empty asks for nothing. */
function queryOf({ url }: Request): Record<string, string> {
  return Object.fromEntries([...new URL(url).searchParams].filter(([, value]) => value !== ''));
}

async function expectNothing(request: HonoRequest): Promise<void> {
  const text = await request.text();
  if (text.trim() === '') return;
  try {
    z.strictObject({}).parse(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'the body says something, and what is asked is in the path', 'Send {} as the body.');
  }
}

function tooLong(): never {
  throw new Refusal(413, `the body is longer than ${LONGEST_BODY} bytes`, 'Send {} as the body.');
}

function otherMethod({ method, path }: Route): Refusal {
  const takes = method.toUpperCase();
  return new Refusal(405, `${path} takes ${takes} alone`, 'See /api/openapi.json for what can be asked.', {
    allow: takes,
  });
}
