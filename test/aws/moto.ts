/**
 * Moto, a server that answers the AWS API on loopback: finding one that really runs, and starting it.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, realpath, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const cacheFolder = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** Where Moto comes from: running already, to be started (`python` has its modules), or not to be had, and then what to install. */
export type MotoSource = { url: string } | { command: string; args: string[]; python: string } | { missing: string };

/** `url` has no slash at its end. */
export interface Moto extends AsyncDisposable {
  url: string;
}

/**
 * Looks for Moto: `MOTO_URL`, then `moto_server` 5.1 or newer on `PATH`, then a virtual environment under `cache`,
 * which is made when it is not there yet (that fetches packages and takes about a minute).
 * With `CI=true` it rejects instead of giving `missing`: there a suite that skips itself would hide that nothing ran.
 */
export async function findMoto(env: NodeJS.ProcessEnv = process.env, cache: string = cacheFolder): Promise<MotoSource> {
  const source = await lookForMoto(env, cache);
  if ('missing' in source && env.CI === 'true') throw new Error(source.missing);
  return source;
}

async function lookForMoto(env: NodeJS.ProcessEnv, cache: string): Promise<MotoSource> {
  if (env.MOTO_URL) return { url: env.MOTO_URL.replace(/\/+$/, '') };
  const onPath = await motoServerOnPath(env);
  if (onPath !== undefined) return { command: onPath, args: [], python: await pythonOf(onPath) };
  const python = await pythonWithVenv(env);
  if (python === undefined) {
    return {
      missing:
        'The tests against Moto need Python 3.10 or newer with its venv module, and there is none on PATH. ' +
        'Install it (on Debian: python3 and python3-venv), or set MOTO_URL to a running moto_server.',
    };
  }
  try {
    const command = await virtualEnvironment(python, env, cache);
    return { command, args: ['-m', 'moto.server'], python: command };
  } catch (error) {
    return { missing: `Moto could not be installed into a virtual environment under ${cache}: ${String(error)}` };
  }
}

/** The path of a `moto_server` that is new enough. One that is there but does not run (a version manager's shim) is passed over. */
async function motoServerOnPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const command = join(folder, 'moto_server');
    const answers = (await says(command, ['--help'], env))?.includes('usage:') ?? false;
    if (answers && newEnough(await versionOf(command, env))) return command;
  }
  return undefined;
}

/** The Python of the same installation: it lies beside `moto_server`. */
async function pythonOf(command: string): Promise<string> {
  return join(dirname(await realpath(command)), 'python3');
}

/** `moto_server` does not tell its version; its Python does. */
async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return says(await pythonOf(command), ['-c', 'from importlib.metadata import version; print(version("moto"))'], env);
}

function newEnough(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 1);
}

async function pythonWithVenv(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const check = 'import sys, venv, ensurepip; print("fit" if sys.version_info >= (3, 10) else "old")';
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const python = join(folder, 'python3');
    if ((await says(python, ['-c', check], env))?.trim() === 'fit') return python;
  }
  return undefined;
}

/** What a command prints, or undefined when it cannot be run or fails. */
async function says(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return (await run(command, args, { env, timeout: 30_000 })).stdout;
  } catch {
    return undefined;
  }
}

/**
 * The Python of a virtual environment with the packages of `requirements.txt`. It is made aside and renamed into place
 * when complete: a build that was cut off leaves nothing that looks usable, and of two test files that build at once
 * the second finds the first one's. Moved like that only its `python` can be relied on, not the scripts beside it.
 */
async function virtualEnvironment(python: string, env: NodeJS.ProcessEnv, cache: string): Promise<string> {
  const pinned = await readFile(requirements, 'utf8');
  const digest = createHash('sha256').update(pinned).update(python).digest('hex').slice(0, 12);
  const place = join(cache, `moto-${digest}`);
  const interpreter = join(place, 'bin', 'python');
  if (await exists(interpreter)) return interpreter;
  await mkdir(cache, { recursive: true });
  const aside = await mkdtemp(`${place}.`);
  try {
    await run(python, ['-m', 'venv', aside], { env });
    await run(join(aside, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements], { env });
    await rename(aside, place);
  } catch (error) {
    if (!(await exists(interpreter))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return interpreter;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Starts Moto on a port of its own choosing, or takes the one that runs. Disposing ends what was started. */
export async function startMoto(source: { url: string } | { command: string; args: string[] }): Promise<Moto> {
  if ('url' in source) return { url: source.url, [Symbol.asyncDispose]: async () => {} };
  const child = spawn(source.command, [...source.args, '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`moto_server ended with ${code} before it listened:\n${said}`)));
    // The log must be read on to the end: a full pipe would stop the server.
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length > 100_000) return;
      said += text;
      const listening = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (listening !== undefined) resolve(listening);
    });
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}
