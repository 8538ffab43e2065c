/** The live stream: which run has changed, as server-sent events that go on where they broke off. */
import { Refusal } from './refusals.ts';
import type { RunChange } from './source.ts';

export interface StreamOptions {
  /** Milliseconds between two signs of life. */
  heartbeatMs: number;
  /** So many may listen at once. */
  most: number;
  /** Hears why a stream broke off. */
  onError: (error: unknown) => void;
}

export interface Streams {
  /** The answer that tells `changes` until its reader goes away. Throws a `Refusal` (503) when too many listen already. */
  open(changes: (signal: AbortSignal) => AsyncIterable<RunChange>): Response;
  /** Ends all of them. */
  close(): void;
}

/** After that long a browser comes back. */
const RETRY_MS = 2000;
/** A reader that has let so many lie is not there any more: it may come back for them. */
const MOST_UNREAD = 1000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Proxies are not to hold it back.
  'x-accel-buffering': 'no',
};

/** The streams of one server. */
export function liveStreams({ heartbeatMs, most, onError }: StreamOptions): Streams {
  const open = new Set<AbortController>();
  return {
    open: (changes) => {
      if (open.size >= most) {
        throw new Refusal(503, `${most} pages listen already`, 'Close some of them.', { 'retry-after': '10' });
      }
      const stop = new AbortController();
      const body = frames(changes(stop.signal), stop, heartbeatMs, onError);
      open.add(stop);
      stop.signal.addEventListener('abort', () => open.delete(stop));
      return new Response(body, { headers: HEADERS });
    },
    close: () => {
      for (const stop of open) stop.abort();
    },
  };
}

function frames(
  changes: AsyncIterable<RunChange>,
  stop: AbortController,
  heartbeatMs: number,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let isRead = true;
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const send = (frame: string) => {
      if (stop.signal.aborted) return;
      controller.enqueue(encoder.encode(frame));
      if ((controller.desiredSize ?? 0) < -MOST_UNREAD) stop.abort();
    };
    // A comment: it opens the stream at once, and is told to nobody.
    send(`retry: ${RETRY_MS}\n: here\n\n`);
    const beat = setInterval(() => send(': here\n\n'), heartbeatMs);
    stop.signal.addEventListener('abort', () => {
      clearInterval(beat);
      if (isRead) controller.close();
    });
    tell(changes, send)
      .catch((error) => {
        if (!stop.signal.aborted) onError(error);
      })
      .finally(() => stop.abort());
  };
  const cancel = () => {
    isRead = false;
    stop.abort();
  };
  return new ReadableStream({ start, cancel });
}

async function tell(changes: AsyncIterable<RunChange>, send: (frame: string) => void): Promise<void> {
  for await (const { id, runId } of changes) {
    send(`event: change\nid: ${oneLine(id)}\ndata: ${JSON.stringify({ runId })}\n\n`);
  }
}

/** A line break would end the field. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, '');
}
