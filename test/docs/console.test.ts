import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { PAGES } from '../../src/console/server/pages.ts';
import { ROUTES } from '../../src/console/server/routes.ts';
import { drydock } from '../cli/drydock.ts';
import { memorySource, RUNNING } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';

const page = readFileSync(new URL('../../docs/console.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^ {4}(curl .+)$/gm)].map(([, command = '']) => command);
const TOKEN = '0123456789abcdef';
const hasCurl = spawnSync('curl', ['--version']).status === 0;

test.skipIf(!hasCurl && process.env.CI !== 'true').each(examples)('%s', async (example) => {
  const source = memorySource();
  source.tell({ id: 'ID', runId: 'run-0' });
  source.tell({ id: 'ID-2', runId: 'run-1' });
  const { url } = await served({ source, ...(example.includes('TOKEN') ? { token: TOKEN } : {}) });
  const command = example
    .replace('http://127.0.0.1:4780', url)
    .replace('RUN', RUNNING)
    .replace('INSTANCE', 'i-1')
    .replace('TOKEN', TOKEN);
  const { stdout } = await promisify(execFile)('bash', ['-c', command.replace('curl', 'curl --fail-with-body')]).catch(
    // Only the stream never ends.
    (error: { code: number; stdout: string }) => (error.code === 28 ? error : Promise.reject(error)),
  );
  if (example.includes('stream')) expect(stdout).toContain('data: {"runId":"run-1"}');
  else if (example.includes('csv')) expect(stdout).toMatch(/^environment,/);
  else
    for (const line of stdout.trim().split('\n'))
      expect(z.looseObject({}).safeParse(JSON.parse(line)).success).toBe(true);
});

test('every route has its example', () => {
  const shown = (path: string) =>
    examples.some((example) => example.includes(path.replace('{id}', 'RUN').replace('{instanceId}', 'INSTANCE')));
  const steering = ROUTES.filter(({ method }) => method === 'post').map(({ path }) => path.split('/').at(-1));
  expect(ROUTES.filter(({ method, path }) => method === 'get' && !shown(path))).toEqual([]);
  for (const verb of steering) expect(page).toContain(`\`${verb}\``);
});

test('every page has its line', () => {
  const shown = [...page.matchAll(/^\| `(\/[^`]*)`/gm)].map(([, path]) => path);
  const pages = PAGES.filter((path) => path !== '/runs').map((path) =>
    path.replace(':id', 'RUN').replace(':instanceId', 'INSTANCE'),
  );
  expect(shown.sort()).toEqual(pages.sort());
});

test('the commands take the flags that the page has', () => {
  expect(drydock(['console', '--help']).stdout).toContain('--host');
  expect(drydock(['demo', '--help']).stdout).toContain('--console');
});
