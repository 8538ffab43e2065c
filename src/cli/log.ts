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
  return pino({ level, base: null, formatters }, pino.destination({ dest: fileDescriptor, sync: true }));
}

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth > MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      SECRETS.includes(key.toLowerCase()) ? '[Redacted]' : withoutSecrets(each, depth + 1),
    ]),
  );
}
