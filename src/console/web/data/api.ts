/** The API, asked by the pages. The server answers in the shapes of `api/shapes.ts`; ETags are the browser's affair. */
import type { Problem, Verb } from '../../api/shapes.ts';
import { pathOf } from '../navigation/path.ts';
import { visible } from './visible.ts';

export type ProblemText = Pick<Problem['error'], 'what' | 'next'>;

/** An answer that is none: what went wrong, and what to do next, in the words of the server. */
export class ApiError extends Error {
  readonly problem: ProblemText;
  /** The HTTP status; null where nothing answered. */
  readonly status: number | null;
  constructor(problem: ProblemText, status: number | null) {
    super(problem.what);
    this.name = 'ApiError';
    this.problem = problem;
    this.status = status;
  }
}

/** What `GET url` answers. Rejects with an `ApiError`, or with the abort of `signal`. */
export async function ask<T>(url: string, signal?: AbortSignal): Promise<T> {
  return answerOf(url, { headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) });
}

/** Asks something of a run; gives the id of the run that was begun by that, for `rollback`. Rejects with an `ApiError`. */
export async function steer(runId: string, verb: Verb): Promise<{ begun?: string }> {
  return answerOf(`/api${pathOf('runs', runId, verb)}`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'x-drydock': 'console' },
    body: '{}',
  });
}

async function answerOf<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new ApiError(
      { what: 'The console did not answer', next: 'Look whether drydock console still runs; this page tries again.' },
      null,
    );
  });
  const text = visible(await response.text());
  if (!response.ok) throw new ApiError(problemIn(text, response.status), response.status);
  return JSON.parse(text);
}

function problemIn(text: string, status: number): ProblemText {
  try {
    const { error }: Partial<Problem> = JSON.parse(text);
    if (typeof error?.what === 'string') return { what: error.what, next: String(error.next ?? '') };
  } catch {
    // Not JSON: something between this page and the console answered in its place.
  }
  return { what: `The console answered with HTTP ${status}`, next: 'Its log has the reason; load the page again.' };
}
