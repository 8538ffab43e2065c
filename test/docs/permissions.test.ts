import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { PERMISSION_SETS } from '../../src/orchestrator/permissions/sets.ts';
import { drydock } from '../cli/drydock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');

/** A command, and the JSON that the page says it prints. */
const printed = [...page.matchAll(/^ {4}npx drydock (.+)\n\n```json\n([\s\S]*?)\n```$/gm)].map(
  ([, command = '', json = '']) => [command, json] as const,
);

test('the page shows the policy of every set', () => {
  const shown = printed.map(([command]) => /--print-policy (\S+)/.exec(command)?.[1]);
  expect(shown.sort()).toEqual([...PERMISSION_SETS].sort());
  expect(page.match(/```json/g)).toHaveLength(printed.length);
});

test.each(printed)('drydock %s prints what the page shows', (command, json) => {
  const { code, stdout } = drydock(command.split(' '), { cwd: root });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${json}\n` });
});

test('every command that the page names is there', () => {
  const named = [...page.matchAll(/npx drydock ([a-z]+)/g)].map(([, name]) => name);
  const known = COMMANDS.map(({ name }) => name);
  expect(named.length).toBeGreaterThan(printed.length);
  expect(named.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
});
