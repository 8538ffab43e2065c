/** Runs `bin/drydock.js` in a folder of its own, as a user without a terminal would. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/drydock.js', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A new folder without a policy in it or above it. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'drydock-cli-'));
}

export function drydock(
  args: string[],
  options: { cwd?: string; env?: Record<string, string | undefined>; node?: string } = {},
): Ended {
  const { AWS_PROFILE: _, NO_COLOR: __, FORCE_COLOR: ___, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(options.node ?? process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? emptyFolder(),
    env: { ...env, AWS_REGION: 'us-east-1', ...options.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}
