/** Drydock as its users run it: a process of its own, with an environment in which nothing of this machine's is left. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REGION } from './clients.ts';

const drydock = fileURLToPath(new URL('../../bin/drydock.js', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Workplace extends AsyncDisposable {
  folder: string;
  /** Runs `drydock` with these arguments in the folder, until it ends. */
  drydock(...args: string[]): Promise<Ended>;
  /** The same, with one Ctrl-C when stderr says `at`. */
  interrupted(at: RegExp, ...args: string[]): Promise<Ended>;
}

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/**
 * A folder with this policy as its `drydock.yaml`, removed when disposed of. Without `keys` there are no credentials,
 * and no instance metadata to look for them.
 */
export async function workplace(policy: string, keys: Record<string, string> = KEYS): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-'));
  await writeFile(join(folder, 'drydock.yaml'), policy);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_COLOR: '1',
    ...keys,
  };
  const run = (args: string[], interruptAt?: RegExp): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [drydock, ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended: Ended = { code: null, stdout: '', stderr: '' };
      let isInterrupted = false;
      child.stdout.setEncoding('utf8').on('data', (text) => {
        ended.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        ended.stderr += text;
        // A second Ctrl-C would leave without a word.
        if (interruptAt?.test(ended.stderr) === true && !isInterrupted) isInterrupted = child.kill('SIGINT');
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ ...ended, code }));
    });
  return {
    folder,
    drydock: (...args) => run(args),
    interrupted: (at, ...args) => run(args, at),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
