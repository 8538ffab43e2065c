/** Data of a page: fetched, fetched again when it changed, and never passed off as fresh when it is not. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, ask, type ProblemText } from './api.ts';
import { type Changed, onChange } from './live.ts';
import { type Pacer, pace } from './pacer.ts';

export interface Loaded<T> {
  /** What was answered last; undefined until there is an answer. */
  data: T | undefined;
  /** When that was, in ms since 1970 by the reader's clock. */
  at: number | undefined;
  /** Why the last try brought nothing; null where it did. */
  problem: ProblemText | null;
  /** Whether the thing asked for is not there, as opposed to out of reach. */
  notFound: boolean;
  /** Whether `data` answers an older question than the one that is asked now. */
  behind: boolean;
  /** Fetches again. */
  again(): void;
}

/** Whose changes have the data fetched again. */
export type Watch = { runId: string } | 'every run' | 'nothing';

interface Answer<T> {
  question: string;
  data: T;
  at: number;
}

const AT_MOST_EVERY_MS = 1000;

/** What `GET url` answers, kept up to date. */
export function useData<T>(url: string, watch: Watch): Loaded<T> {
  const load = useCallback((signal: AbortSignal) => ask<T>(url, signal), [url]);
  return useLoaded(url, load, watch);
}

/** What `load` brings, kept up to date; anew with each other `load`. `question` tells whether an answer is to what is asked now. */
export function useLoaded<T>(question: string, load: (signal: AbortSignal) => Promise<T>, watch: Watch): Loaded<T> {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [failure, setFailure] = useState<{ question: string; error: ApiError }>();
  const pacer = useRef<Pacer>(null);

  useEffect(() => {
    const ended = new AbortController();
    const loadOnce = async () => {
      try {
        const data = await load(ended.signal);
        if (ended.signal.aborted) return;
        setAnswer({ question, data, at: Date.now() });
        setFailure(undefined);
      } catch (error) {
        if (!ended.signal.aborted) setFailure({ question, error: asApiError(error) });
      }
    };
    const paced = pace(loadOnce, AT_MOST_EVERY_MS);
    pacer.current = paced;
    paced.ask();
    return () => {
      ended.abort();
      paced.end();
    };
  }, [question, load]);

  const watched = typeof watch === 'string' ? watch : watch.runId;
  useEffect(() => {
    if (watched === 'nothing') return;
    return onChange((changed) => {
      if (concerns(changed, watched)) pacer.current?.ask();
    });
  }, [watched]);

  const again = useCallback(() => pacer.current?.ask(), []);
  const error = failure?.question === question ? failure.error : undefined;
  return {
    data: answer?.data,
    at: answer?.at,
    problem: error?.problem ?? null,
    notFound: error?.status === 404,
    behind: answer !== undefined && answer.question !== question,
    again,
  };
}

function concerns(changed: Changed, watched: string): boolean {
  return changed === 'everything' || watched === 'every run' || changed.runId === watched;
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ what: `The answer could not be read: ${String(error)}`, next: 'Load the page again.' }, null);
}
