/** The stream of changes: one for all pages. While it is lost, the pages say since when, and catch up once it is back. */
import type { Change } from '../../api/shapes.ts';
import { createStore, type Store } from './store.ts';

export type LiveState = { is: 'connecting' } | { is: 'live' } | { is: 'lost'; since: number };

/** What changed: a run, or, after a gap, who knows what. */
export type Changed = { runId: string } | 'everything';

export const live: Store<LiveState> = createStore<LiveState>({ is: 'connecting' });

const listeners = new Set<(changed: Changed) => void>();
const RETRY_MS = [1000, 2000, 5000, 10_000];
/** A browser opens six connections to a host: tabs that nobody looks at leave theirs to the others. */
const HIDDEN_MS = 60_000;

/** Calls `listener` at each change of a run, and after each gap; gives the way to end that. */
export function onChange(listener: (changed: Changed) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Opens the stream, and again whenever it ends, for as long as somebody looks. */
export function startLive(): void {
  let close = open(0);
  let resting = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => {
        resting = true;
        close();
        lose();
      }, HIDDEN_MS);
    } else if (resting) {
      resting = false;
      close = open(0);
    }
  });
}

/** Gives the way to end it for good. */
function open(tries: number): () => void {
  const stream = new EventSource('/api/stream');
  let end = () => stream.close();
  let failed = tries;
  stream.addEventListener('open', () => {
    failed = 0;
    live.set({ is: 'live' });
    tell('everything');
  });
  stream.addEventListener('change', ({ data }) => {
    const change: Change = JSON.parse(data);
    tell(change);
  });
  stream.addEventListener('error', () => {
    lose();
    // The browser tries again by itself, except after an answer that is no stream.
    if (stream.readyState !== EventSource.CLOSED) return;
    const again = setTimeout(
      () => {
        end = open(failed + 1);
      },
      RETRY_MS[Math.min(failed, RETRY_MS.length - 1)],
    );
    end = () => clearTimeout(again);
  });
  return () => end();
}

function lose(): void {
  if (live.get().is !== 'lost') live.set({ is: 'lost', since: Date.now() });
}

function tell(changed: Changed): void {
  for (const listener of [...listeners]) listener(changed);
}
