/** Tells people of a run, as a Lambda: webhook URLs are secrets, and would stand in the history of an execution that knew them. */
import type { Clock } from '../../interpreter/ports.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { HttpPost } from '../http/http.ts';
import { type Message, messageOf, type Notice, notice } from '../notify/message.ts';
import { mailOf, payloadFor } from '../notify/payload.ts';

export interface NotifyDependencies {
  /** Whom the policy names: SNS topic ARNs and webhook URLs. */
  places: (notice: Notice) => Promise<string[]>;
  publish: Cloud['sns']['publish'];
  post: HttpPost;
  clock: Clock;
  /** 0 or more, and below 1. */
  random: () => number;
}

export interface Notified {
  /** Whom it did not reach, and why; never the URL of a webhook. */
  undelivered: string[];
}

const TRIES = 3;
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 1024;

/** Takes a `Notice`; tells everybody at once. Somebody who was not reached is a result, not an error. */
export function notifyHandler(deps: NotifyDependencies) {
  return async (input: unknown, signal: AbortSignal = new AbortController().signal): Promise<Notified> => {
    const told = notice.parse(input);
    const message = messageOf(told);
    const places = await deps.places(told);
    const failures = await Promise.all(
      places.map(async (place, at) => {
        const trouble = await delivered(deps, place, told, message, signal);
        return trouble === undefined ? [] : [`${nameOf(place, at)}: ${trouble}`];
      }),
    );
    return { undelivered: failures.flat() };
  };
}

/** What a place may be called before everybody. The path of a webhook is its password. */
function nameOf(place: string, at: number): string {
  return place.startsWith('arn:') ? place : `webhook ${at + 1} (${new URL(place).hostname})`;
}

/** Tries a few times where that may help; gives what is wrong in the end. */
async function delivered(
  deps: NotifyDependencies,
  place: string,
  told: Notice,
  message: Message,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let tried = 1; ; tried += 1) {
    const failure = place.startsWith('arn:')
      ? await publish(deps, place, message)
      : await post(deps, place, JSON.stringify(payloadFor(place, told, message)), signal);
    signal.throwIfAborted();
    if (failure === undefined || tried === TRIES || !failure.mayPass) return failure?.why;
    await deps.clock.sleep(1000 * 2 ** tried * deps.random(), signal);
  }
}

interface Failure {
  why: string;
  /** Whether it may be other in a moment. */
  mayPass: boolean;
}

/** The SDK has tried several times itself. */
async function publish(deps: NotifyDependencies, TopicArn: string, message: Message): Promise<Failure | undefined> {
  try {
    await deps.publish({ TopicArn, ...mailOf(message) });
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { why, mayPass: false };
  }
}

async function post(
  deps: NotifyDependencies,
  url: string,
  json: string,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const limits = { timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES, insecure: false };
  try {
    const { status } = await deps.post({ url, headers: {}, json, ...limits, signal });
    if (status >= 200 && status <= 299) return undefined;
    return { why: `it answered ${status}`, mayPass: status === 429 || status >= 500 };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why, mayPass: true };
  }
}
