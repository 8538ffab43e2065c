/**
 * The kinds of value that a policy is made of, as zod schemas. Each says in one phrase what is allowed: that phrase
 * is the message of every issue that zod itself raises, and `params.allowed` of those that a rule of ours raises.
 */
import * as z from 'zod';
import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts';
import { nearest } from './suggestion.ts';

/** Why a text is not allowed, or undefined when it is. */
type Objection = (text: string) => string | undefined;

/** A text of at least one character. `objection` is asked only for texts that are not too long. */
export function text(allowed: string, objection: Objection = () => undefined, maxLength = 256) {
  return z.string({ error: allowed }).superRefine((value, context) => {
    const reason =
      value === ''
        ? 'it is empty'
        : value.length > maxLength
          ? `longer than ${maxLength} characters`
          : objection(value);
    if (reason !== undefined) context.addIssue({ code: 'custom', message: reason, params: { allowed } });
  });
}

/** A text of a fixed shape; editors see the pattern. */
export function shaped(allowed: string, pattern: RegExp) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed });
}

/** A duration between two others, both included. Kept as text: `normalize` makes it seconds. */
export function duration(
  least: string,
  most: string,
  objection: (seconds: number) => string | undefined = () => undefined,
) {
  const [low, high] = [secondsOf(least), secondsOf(most)];
  const allowed = `a duration from ${least} to ${most}, as 90s, 15m, 4h or 7d`;
  return shaped(allowed, DURATION_PATTERN).superRefine((value, context) => {
    const seconds = parseDuration(value);
    if (seconds === undefined) return;
    const reason =
      seconds < low ? `shorter than ${least}` : seconds > high ? `longer than ${most}` : objection(seconds);
    if (reason !== undefined) context.addIssue({ code: 'custom', message: reason, params: { allowed } });
  });
}

/** The seconds of a duration that a schema has let through. */
export function secondsOf(duration: string): number {
  const seconds = parseDuration(duration);
  if (seconds === undefined) throw new RangeError(`not a duration: ${duration}`);
  return seconds;
}

/** A number of whole hours as a duration: SSM counts a maintenance window in hours. */
export function wholeHours(least: number, most: number) {
  return duration(`${least}h`, `${most}h`, (seconds) =>
    seconds % 3600 === 0 ? undefined : `SSM counts whole hours, and ${formatDuration(seconds)} is not`,
  );
}

/** A whole number between two others, both included. */
export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A count of instances or a share of the group (`10%`), more than nothing and less than everything. */
export function amount(reasons: { nothing: string; everything: string }) {
  const allowed = 'a count of instances from 1, or a percentage of the group from "1%" to "99%"';
  return z.union([z.int(), z.string().regex(/^\d{1,3}%$/)], { error: allowed }).superRefine((value, context) => {
    const size = typeof value === 'number' ? value : Number.parseInt(value, 10);
    const everything = typeof value === 'string' && size >= 100;
    if (size > 0 && !everything) return;
    context.addIssue({
      code: 'custom',
      message: everything ? reasons.everything : reasons.nothing,
      params: { allowed },
    });
  });
}

/** One of a few words, with a suggestion for the one that was probably meant. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

/** A word out of a vocabulary that is compared in a folded form. */
export function wordOf(allowed: string, words: readonly string[], fold: (word: string) => string) {
  const known = new Set(words.map(fold));
  return text(`${allowed}: ${words.join(', ')}`, (word) => {
    if (known.has(fold(word))) return undefined;
    const meant = nearest(word, words);
    return `no operating system has it${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  });
}

/** `true` or `false`. */
export function yesOrNo() {
  return z.boolean({ error: 'true or false' });
}

/** A list of at most `most` items. */
export function list<Item extends z.ZodType>(item: Item, most = 100) {
  return z.array(item, { error: 'a list' }).max(most, { error: `a list of at most ${most} items` });
}

/** A section: exactly these keys. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? undefined : `a section with the keys ${Object.keys(shape).join(', ')}`,
  });
}

/** Names that the author chooses, each with a value of the same kind. */
export function named<Key extends z.ZodString, Value extends z.ZodType>(key: Key, value: Value, allowed: string) {
  return z.record(key, value, { error: allowed });
}
