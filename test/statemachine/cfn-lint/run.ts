/**
 * CloudFormation's own linter over our definitions as they are deployed: its rule E3601 knows the schema of Amazon States Language.
 * It is a Python program: installed once, below .cache/.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const VERSION = '1.58.0';
const cache = join(import.meta.dirname, '../../../.cache');
const home = join(cache, `cfn-lint-${VERSION}`);
/** Moved to its place, only an environment's Python can be relied on, not the scripts beside it. */
const python = join(home, 'bin', 'python');
/** What its script says. */
const MAIN = 'import sys; from cfnlint.runner import main; sys.exit(main())';

/**
 * Installs the linter where it is not yet; gives why that cannot be, or undefined when it is there. It is made aside and renamed when it is
 * complete: of two test files that install at once the second finds the first one's.
 */
export function install(): string | undefined {
  if (existsSync(python)) return undefined;
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(`${home}.`);
  try {
    const made = spawnSync('python3', ['-m', 'venv', aside], { encoding: 'utf8' });
    if (made.status !== 0) return `no Python with venv: ${made.error?.message ?? made.stderr}`;
    const args = ['-m', 'pip', 'install', '--quiet', `cfn-lint==${VERSION}`];
    const pip = spawnSync(join(aside, 'bin', 'python'), args, { encoding: 'utf8' });
    if (pip.status !== 0) return `cfn-lint ${VERSION} could not be installed: ${pip.stderr}`;
    if (!existsSync(python)) renameSync(aside, home);
    return undefined;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

const findings = z.array(z.object({ Rule: z.object({ Id: z.string() }), Message: z.string() }));

/** What the linter says of a template with these state machines, as `E3601 message`. */
export function cfnLint(definitions: Record<string, object>): string[] {
  const RoleArn = 'arn:aws:iam::123456789012:role/drydock';
  const resources = Object.entries(definitions).map(([name, Definition]) => [
    name.replace(/\W/g, ''),
    { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn, Definition } },
  ]);
  return cfnLintTemplate({ Resources: Object.fromEntries(resources) });
}

/** What the linter says of a template, as `E3601 message`. */
export function cfnLintTemplate(template: object): string[] {
  const folder = join(home, 'templates');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}.json`);
  writeFileSync(file, JSON.stringify(template));
  const { stdout, stderr } = spawnSync(python, ['-c', MAIN, '--format', 'json', file], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`cfn-lint said nothing: ${stderr}`);
  return findings.parse(JSON.parse(stdout)).map(({ Rule, Message }) => `${Rule.Id} ${Message}`);
}
