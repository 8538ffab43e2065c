/** The log, on stderr: one JSON line an entry. Loaded only by commands that have something to log. */
import { type Logger, pino } from 'pino';
import type { GlobalFlags } from './context.ts';

/** What must never be written, wherever in an entry it stands. */
const SECRETS = [
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'credentials',
  'authorization',
  'Authorization',
  'taskToken',
];

/** Warnings and worse; with `--verbose` everything from info on, with `--quiet` errors only. */
export function createLog(flags: Pick<GlobalFlags, 'verbose' | 'quiet'>, fileDescriptor = 2): Logger {
  const level = flags.verbose ? 'info' : flags.quiet ? 'error' : 'warn';
  const redact = SECRETS.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`, `*.*.*.${secret}`]);
  return pino({ level, base: null, redact }, pino.destination({ dest: fileDescriptor, sync: true }));
}
