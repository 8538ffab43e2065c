import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { bundleFunctions, FUNCTIONS, type FunctionName } from '../../infra/bundle.ts';
import { zip } from '../../infra/zip.ts';
import { folder, SYNTHESIS_MS } from './template.ts';
import { unzip } from './unzip.ts';

describe('an archive', () => {
  it('holds its file, which everybody may read, and no time', () => {
    const content = Buffer.from('export const handler = () => "ahoy";\n'.repeat(100));
    const archive = zip('index.mjs', content);
    expect(unzip(archive)).toEqual({ name: 'index.mjs', content, mode: 0o100644 });
    expect(archive.length).toBeLessThan(content.length);
    expect(zip('index.mjs', content)).toEqual(archive);
  });
});

describe('the bundles', () => {
  const [where, elsewhere] = [folder(), folder()];
  let paths: Record<FunctionName, string>;
  beforeAll(() => {
    paths = bundleFunctions(where);
  }, SYNTHESIS_MS);

  it.each(FUNCTIONS)('%s is one module, small enough to start fast', (name) => {
    const { name: file, content } = unzip(readFileSync(paths[name]));
    expect(file).toBe('index.mjs');
    expect(content.toString()).toMatch(/export\{\w+ as handler\}/);
    expect(statSync(paths[name]).size).toBeLessThan(1_500_000);
  });

  it('are the same when they are made again, elsewhere', { timeout: SYNTHESIS_MS }, async () => {
    vi.resetModules();
    const again = (await import('../../infra/bundle.ts')).bundleFunctions(elsewhere);
    for (const name of FUNCTIONS) {
      expect(again[name]).not.toBe(paths[name]);
      expect(readFileSync(again[name]).equals(readFileSync(paths[name]))).toBe(true);
    }
  });

  it('health needs nothing of the AWS SDK, and answers', async () => {
    const { content } = unzip(readFileSync(paths.health));
    expect(content.toString()).not.toContain('aws-sdk');
    const file = join(where, 'health.mjs');
    writeFileSync(file, content);
    const { handler } = await import(pathToFileURL(file).href);
    expect(await handler({ instance: { instanceId: 'i-1' }, checks: [] })).toMatchObject({ healthy: true });
  });
});
