/** The stream of changes: one for all pages. While it is lost, the pages say since when, and catch up once it is back. */
import type { Change } from '../../api/shapes.ts';
import { createStore, type Store } from './store.ts';

export type LiveState = { is: 'connecting' } | { is: 'live' } | { is: 'lost'; since: number };

/** What changed: a run, or, after a gap, who knows what. */
export type Changed = { runId: string } | 'everything';

export const live: Store<LiveState> = createStore<LiveState>({ is: 'connecting' });

const listeners = new Set<(changed: Changed) => void>();
const RETRY_MS = [1000, 2000, 5000, 10_000];

/** Calls `listener` at each change of a run, and after each gap; gives the way to end that. */
export function onChange(listener: (changed: Changed) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Opens the stream, and again whenever it ends. */
export function startLive(tries = 0): void {
  const stream = new EventSource('/api/stream');
  stream.addEventListener('open', () => {
    tries = 0;
    live.set({ is: 'live' });
    tell('everything');
  });
  stream.addEventListener('message', ({ data }) => {
    const change: Change = JSON.parse(data);
    tell(change);
  });
  stream.addEventListener('error', () => {
    const state = live.get();
    if (state.is !== 'lost') live.set({ is: 'lost', since: Date.now() });
    // The browser tries again by itself, except after an answer that is no stream.
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => startLive(tries + 1), RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
  });
}

function tell(changed: Changed): void {
  for (const listener of [...listeners]) listener(changed);
}
