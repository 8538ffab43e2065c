import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drydock } from '../cli/drydock.ts';

const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
const named = [...page.matchAll(/^ {4}npx drydock ([a-z]+)(.*?)(?: {2,}#.*)?$/gm)].map(
  ([, command = '', rest = '']) => [command, rest.match(/--[a-z-]+/g) ?? []] as const,
);

test('the page is about deploying, looking and leaving', () => {
  expect(new Set(named.map(([command]) => command))).toEqual(
    new Set(['doctor', 'deploy', 'schedule', 'run', 'destroy']),
  );
});

test.each(named)('drydock %s takes %j, as the page has it', (command, flags) => {
  const { code, stdout } = drydock([command, '--help']);
  expect(code).toBe(0);
  for (const flag of flags) expect(stdout).toContain(flag);
});
