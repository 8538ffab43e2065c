/** The log, on stderr: one JSON line an entry. Loaded only by commands that have something to log. */
import { type Logger, pino } from 'pino';
import type { GlobalFlags } from './context.ts';

/** What must never be written, wherever in an entry it stands. */
const SECRETS = ['accesskeyid', 'secretaccesskey', 'sessiontoken', 'credentials', 'authorization', 'tasktoken'];
/** Deeper than anything that is logged: what lies below is left out. */
const MAX_DEPTH = 10;

/** Warnings and worse; with `--verbose` everything from info on, with `--quiet` errors only. */
export function createLog(flags: Pick<GlobalFlags, 'verbose' | 'quiet'>, fileDescriptor = 2): Logger {
  const level = flags.verbose ? 'info' : flags.quiet ? 'error' : 'warn';
  const formatters = { log: (entry: object) => Object(withoutSecrets(entry)) };
  // What the formatter makes of an error is a plain object, and pino would make another of that.
  const serializers = { err: (error: unknown) => error };
  return pino({ level, base: null, formatters, serializers }, pino.destination({ dest: fileDescriptor, sync: true }));
}

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '…';
  if (value instanceof Error) return withoutSecrets(membersOf(value), depth);
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      SECRETS.includes(key.toLowerCase()) ? '[Redacted]' : withoutSecrets(each, depth + 1),
    ]),
  );
}

/** An error of an AWS client carries the request it made, and whatever caused it. */
function membersOf(error: Error): object {
  const { name, message, stack, cause } = error;
  return { ...error, type: name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
