/** The deployments that this state directory has to do with: the ones that are asked, too, when runs are looked for. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import type { Deployed } from '../orchestrator/step-functions/deployed.ts';

const file = z.array(z.object({ policy: z.string(), region: z.string(), account: z.string(), partition: z.string() }));

/** Throws a `DrydockError` (exit code 2) when the file is not what was written there. */
export function knownDeployments(stateDir: string): Deployed[] {
  const path = pathIn(stateDir);
  if (!existsSync(path)) return [];
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new DrydockError(`${path} cannot be read: it is not the list of deployments that was written there`, {
      exitCode: EXIT.badInput,
      next: 'Remove it. Runs on AWS are found with --engine step-functions, and it is written anew with the next one.',
      cause,
    });
  }
}

/** Remembers a deployment that was made, or that a run was begun on, from here. */
export function rememberDeployment(stateDir: string, deployed: Deployed): void {
  const known = knownDeployments(stateDir);
  if (!known.some((each) => isSame(each, deployed))) write(stateDir, [...known, deployed]);
}

/** Forgets a deployment that is no more. */
export function forgetDeployment(stateDir: string, deployed: Deployed): void {
  const known = knownDeployments(stateDir);
  const left = known.filter((each) => !isSame(each, deployed));
  if (left.length < known.length) write(stateDir, left);
}

function write(stateDir: string, deployments: Deployed[]): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  // Another process never sees half a file.
  const aside = `${pathIn(stateDir)}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(deployments, null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, pathIn(stateDir));
}

function isSame(a: Deployed, b: Deployed): boolean {
  return a.policy === b.policy && a.region === b.region && a.account === b.account;
}

function pathIn(stateDir: string): string {
  return join(stateDir, 'deployments.json');
}
