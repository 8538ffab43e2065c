/** What went wrong, as HTTP says it: a fitting status, and the words of the command line. */
import { z } from 'zod';
import { explainAwsError } from '../../orchestrator/aws/explain.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { Problem } from '../api/shapes.ts';
import type { Pages } from './pages.ts';

export type Status = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 502 | 503;

/** What the server itself refuses, whatever it shows. */
export class Refusal extends DrydockError {
  readonly status: Status;
  readonly headers: Record<string, string>;
  /** `message` says what happened to what and why, `next` what to do; `headers` go with the answer. */
  constructor(status: Status, message: string, next: string, headers: Record<string, string> = {}) {
    super(message, { exitCode: EXIT.badInput, next });
    this.status = status;
    this.headers = headers;
  }
}

export interface Telling {
  /** The status of what a source refuses with exit code 2. */
  refused: Status;
  pages: Pick<Pages, 'trouble'>;
  /** Hears of what was not expected. */
  onError: (error: unknown) => void;
}

/** The answer that tells of an error: as a document to who asked the API, as a page to who opened one. */
export function answerOf(error: unknown, request: Request, { refused, pages, onError }: Telling): Response {
  const { status, problem } = told(error, refused);
  if (status === 500) onError(error);
  const { what, next } = problem.error;
  const [type, body] = new URL(request.url).pathname.startsWith('/api/')
    ? ['application/json', JSON.stringify(problem)]
    : ['text/html', pages.trouble(what, next)];
  const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' };
  return new Response(body, { status, headers: { ...headers, ...(error instanceof Refusal ? error.headers : {}) } });
}

/** What is said of a path where nothing is. */
export function nothingThere({ url }: Request): Refusal {
  const { pathname } = new URL(url);
  const next = pathname.startsWith('/api/') ? 'See /api/openapi.json for what can be asked.' : 'See all runs at /.';
  return new Refusal(404, `there is nothing at ${pathname}`, next);
}

function told(error: unknown, refused: Status): { status: Status; problem: Problem } {
  if (error instanceof z.ZodError) return { status: 400, problem: problemOf(notUnderstood(error)) };
  const known = error instanceof DrydockError ? error : explainAwsError(error);
  if (known !== undefined) return { status: statusOf(known, refused), problem: problemOf(known) };
  return { status: isOfAws(error) ? 502 : 500, problem: problemOf(unexpected(error)) };
}

function statusOf(error: DrydockError, refused: Status): Status {
  if (error instanceof Refusal) return error.status;
  if (isOfAws(error.cause)) return 502;
  if (error.exitCode === EXIT.badInput) return refused;
  return error.exitCode === EXIT.groupHeld || error.exitCode === EXIT.planOutdated ? 409 : 500;
}

/** Whether a call of AWS failed: refused there, or never answered. */
function isOfAws(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || explainAwsError(error) !== undefined);
}

function notUnderstood({ issues }: z.ZodError): DrydockError {
  const each = issues.map(({ path, message }) => [path.join('.'), message].filter((part) => part !== '').join(': '));
  return new DrydockError(`what was asked is not understood: ${each.join('; ')}`, {
    exitCode: EXIT.badInput,
    next: 'See /api/openapi.json for what can be asked.',
  });
}

function unexpected(error: unknown): DrydockError {
  const message = error instanceof Error ? error.message : String(error);
  return new DrydockError(`an error that drydock did not expect: ${message}`, {
    exitCode: EXIT.unexpected,
    next: 'Try again. If it stays, report what the terminal shows in which the console runs.',
  });
}

function problemOf({ message, next, exitCode }: DrydockError): Problem {
  return { error: { what: message, next, exitCode } };
}
