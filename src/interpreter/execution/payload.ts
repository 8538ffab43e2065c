import type { HistoryEvent, Json } from '../ports.ts';
import { dataLimitExceeded } from './failure.ts';

/** What states hand on: the value, and its JSON text, made once because events carry it several times. */
export interface Payload {
  readonly value: Json;
  readonly text: string;
}

/** The largest payload, in bytes of UTF-8. */
const LIMIT = 262_144;

/** A payload from a value. */
export function payloadOf(value: Json): Payload {
  return { value, text: JSON.stringify(value) };
}

/** A payload that `who` (a state's name, a task's ARN) gave; throws States.DataLimitExceeded when it is too large. */
export function resultOf(value: Json, who: string): Payload {
  const payload = payloadOf(value);
  // No character takes more than three bytes a UTF-16 unit: only long texts need counting.
  if (payload.text.length > LIMIT / 3 && Buffer.byteLength(payload.text) > LIMIT) throw dataLimitExceeded(who);
  return payload;
}

/** The payload that a recorded event carries as text under `member`. */
export function recordedPayload(event: HistoryEvent, member: string): Payload {
  const text = event.details?.value[member];
  if (typeof text !== 'string') throw new Error(`event ${event.id} (${event.type}) carries no ${member}`);
  return { text, value: parseJson(text) };
}

/** Parses a text that was JSON when it was recorded. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}
