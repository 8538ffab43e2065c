/**
 * CloudFormation's own linter over our definitions as they are deployed: its rule E3601 knows the schema of Amazon States Language.
 * It is a Python program: installed once, below .cache/.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const VERSION = '1.58.0';
const home = join(import.meta.dirname, '../../../.cache', `cfn-lint-${VERSION}`);
const bin = join(home, 'bin');
/** Written last: an installation that was broken off is made anew. */
const installed = join(home, 'installed');

/** Installs the linter where it is not yet; gives why that cannot be, or undefined when it is there. */
export function install(): string | undefined {
  if (existsSync(installed)) return undefined;
  rmSync(home, { recursive: true, force: true });
  const made = spawnSync('python3', ['-m', 'venv', home], { encoding: 'utf8' });
  if (made.status !== 0) return `no Python with venv: ${made.error?.message ?? made.stderr}`;
  const pip = spawnSync(join(bin, 'pip'), ['install', '--quiet', `cfn-lint==${VERSION}`], { encoding: 'utf8' });
  if (pip.status !== 0) return `cfn-lint ${VERSION} could not be installed: ${pip.stderr}`;
  writeFileSync(installed, '');
  return undefined;
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
  const { stdout, stderr } = spawnSync(join(bin, 'cfn-lint'), ['--format', 'json', file], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`cfn-lint said nothing: ${stderr}`);
  return findings.parse(JSON.parse(stdout)).map(({ Rule, Message }) => `${Rule.Id} ${Message}`);
}
