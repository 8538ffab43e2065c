import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { Moment, seededNumber } from './moment.ts';

/**
 * The name under which an evaluation carries its Moment. It holds a space, which no variable of an expression can:
 * functions find it, expressions cannot.
 */
export const MOMENT = 'the moment';

interface Implementation {
  implementation: Parameters<jsonata.Expression['registerFunction']>[1];
  signature: string;
}

/** An error of one of AWS's own functions, in the shape of the evaluator's errors. */
class FunctionError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What Step Functions adds to JSONata, and the functions of JSONata that would read the real clock or draw real dice. */
export const AWS_FUNCTIONS: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ['partition', { implementation: partition, signature: '<an:a>' }],
  ['range', { implementation: range, signature: '<nnn:a>' }],
  ['hash', { implementation: hash, signature: '<ss:s>' }],
  ['parse', { implementation: parse, signature: '<s:x>' }],
  ['random', { implementation: random, signature: '<x?:n>' }],
  ['uuid', { implementation: uuid, signature: '<:s>' }],
  ['shuffle', { implementation: shuffle, signature: '<a:a>' }],
  ['now', { implementation: now, signature: '<s?s?:s>' }],
  ['millis', { implementation: millis, signature: '<:n>' }],
  ['toMillis', { implementation: toMillis, signature: '<s-s?:n>' }],
]);

function partition(array: unknown[] | undefined, size: number): unknown[][] | undefined {
  if (array === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new FunctionError('D3137', '$partition takes a positive whole size');
  return Array.from({ length: Math.ceil(array.length / size) }, (_, i) => array.slice(i * size, (i + 1) * size));
}

const LONGEST_RANGE = 1000;

function range(first: number, last: number, step: number): number[] {
  const whole = [first, last, step].map(Math.round);
  const [from = 0, to = 0, by = 0] = whole;
  if (by === 0) throw new FunctionError('D3137', '$range takes a step other than 0');
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > LONGEST_RANGE) throw new FunctionError('D3137', `$range gives at most ${LONGEST_RANGE} items`);
  return Array.from({ length }, (_, i) => from + i * by);
}

const HASHES = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

function hash(text: string, algorithm: string): string {
  const known = HASHES.get(algorithm);
  if (known === undefined) {
    throw new FunctionError('D3137', `$hash knows ${[...HASHES.keys()].join(', ')}; not '${algorithm}'`);
  }
  return createHash(known).update(text).digest('hex');
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new FunctionError('D3137', '$parse takes a JSON string');
  }
}

function random(this: jsonata.Focus, seed?: unknown): number {
  return seed === undefined ? momentOf(this).random() : seededNumber(JSON.stringify(seed));
}

function uuid(this: jsonata.Focus): string {
  return momentOf(this).uuid();
}

function shuffle(this: jsonata.Focus, array: unknown[] | undefined): unknown[] | undefined {
  if (array === undefined) return undefined;
  const moment = momentOf(this);
  const dealt = array.map((value) => ({ value, order: moment.random() }));
  return dealt.sort((a, b) => a.order - b.order).map(({ value }) => value);
}

interface BuiltIn {
  implementation: (this: unknown, ...args: unknown[]) => unknown;
}

const builtInFromMillis = jsonata('$fromMillis');

/** The built-in itself: a variable may have its name. */
async function now(this: jsonata.Focus, picture?: string, timezone?: string): Promise<unknown> {
  const builtIn: BuiltIn = await builtInFromMillis.evaluate(undefined);
  return builtIn.implementation.call(this, momentOf(this).now, picture, timezone);
}

function millis(this: jsonata.Focus): number {
  return momentOf(this).now;
}

const builtInToMillis = jsonata('$toMillis');

/** What a picture leaves out of a date, the evaluator takes from today: from the moment's day, not the real one. */
async function toMillis(this: jsonata.Focus, text?: string, picture?: string): Promise<unknown> {
  const builtIn: BuiltIn = await builtInToMillis.evaluate(undefined);
  return builtIn.implementation.call({ environment: { timestamp: new Date(momentOf(this).now) } }, text, picture);
}

function momentOf(focus: jsonata.Focus): Moment {
  const moment: unknown = focus.environment.lookup(MOMENT);
  if (!(moment instanceof Moment)) throw new Error('an expression was evaluated without its moment');
  return moment;
}
