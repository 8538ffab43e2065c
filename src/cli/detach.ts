/** `drydock run --detach`: the same command again, as a process of its own that outlives this one and its terminal. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';

const BIN = fileURLToPath(new URL('../../bin/drydock.js', import.meta.url));

/**
 * Starts `drydock` with `args` and resolves with the id of the run that it begins. What it says goes to `detached.log`
 * in the state directory. Rejects with a `DrydockError` when it ends before it has begun a run.
 */
export function runDetached(args: string[], stateDir: string): Promise<string> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const logFile = join(stateDir, 'detached.log');
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [BIN, ...args], { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  return new Promise((resolve, reject) => {
    const fail = (code: number | null) =>
      reject(
        new DrydockError(`the run ended before it began, with exit code ${code}`, {
          exitCode: EXIT.unexpected,
          next: `${logFile} says why.`,
        }),
      );
    child.once('exit', fail);
    child.once('error', reject);
    child.once('message', (runId) => {
      child.off('exit', fail);
      child.disconnect();
      child.unref();
      resolve(String(runId));
    });
  });
}

/** In a process that was started detached: tells its parent which run it has begun. Elsewhere nothing happens. */
export function tellParent(runId: string): void {
  if (process.connected) process.send?.(runId, () => process.disconnect());
}
