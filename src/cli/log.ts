/** The log, on stderr: one JSON line an entry. Loaded only by commands that have something to log. */
import { type Logger, pino } from 'pino';
import { isSecretName, withoutSecrets } from '../orchestrator/secrets.ts';
import type { GlobalFlags } from './context.ts';

/** Deeper than anything that is logged: what lies below is left out. */
const MAX_DEPTH = 10;

/** Warnings and worse; with `--verbose` everything from info on, with `--quiet` errors only. */
export function createLog(flags: Pick<GlobalFlags, 'verbose' | 'quiet'>, fileDescriptor = 2): Logger {
  const level = flags.verbose ? 'info' : flags.quiet ? 'error' : 'warn';
  const formatters = { log: (entry: object) => Object(redacted(entry)) };
  // What the formatter makes of an error is a plain object, and pino would make another of that.
  const serializers = { err: (error: unknown) => error };
  return pino({ level, base: null, formatters, serializers }, pino.destination({ dest: fileDescriptor, sync: true }));
}

function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '…';
  if (value instanceof Date) return value;
  if (value instanceof Error) return redacted(membersOf(value), depth);
  if (Array.isArray(value)) return value.map((each) => redacted(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, isSecretName(key) ? '[Redacted]' : redacted(each, depth + 1)]),
  );
}

/** An error of an AWS client carries the request it made, and whatever caused it. */
function membersOf(error: Error): object {
  const { name, message, stack, cause } = error;
  return { ...error, type: name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
