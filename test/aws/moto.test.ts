import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findMoto } from './moto.ts';

describe('finding Moto', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moto-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A folder for PATH with these programs in it, each a shell script. */
  async function path(name: string, programs: Record<string, string>): Promise<string> {
    const bin = join(folder, name);
    await mkdir(bin);
    for (const [program, script] of Object.entries(programs)) {
      await writeFile(join(bin, program), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, program), 0o755);
    }
    return bin;
  }

  test('a server that runs already is taken, whatever is installed', async () => {
    expect(await findMoto({ MOTO_URL: 'http://127.0.0.1:5000/', PATH: '' })).toEqual({ url: 'http://127.0.0.1:5000' });
  });

  test('one on PATH is taken when it is new enough', async () => {
    const bin = await path('new', { moto_server: 'echo usage: moto_server', python3: 'echo 5.1.0' });
    expect(await findMoto({ PATH: bin })).toEqual({
      command: join(bin, 'moto_server'),
      args: [],
      python: join(bin, 'python3'),
    });
  });

  test.each([
    ['too old', 'echo usage: moto_server', 'echo 5.0.28'],
    ['a shim without a program behind it', 'echo moto_server: command not found >&2; exit 127', 'echo 5.1.0'],
    ['of unknown version', 'echo usage: moto_server', 'exit 1'],
  ])('one that is %s is passed over', async (name, moto_server, python3) => {
    const bin = await path(name, { moto_server, python3 });
    expect(await findMoto({ PATH: bin })).toEqual({ missing: expect.stringContaining('Python 3.10') });
  });

  test('a Python that is too old is as none', async () => {
    const bin = await path('old python', { python3: 'echo old' });
    expect(await findMoto({ PATH: bin })).toHaveProperty('missing');
  });

  test('packages that cannot be installed are named as the reason, and leave nothing behind', async () => {
    const script = 'case "$1" in -c) echo fit;; *) echo no such package >&2; exit 1;; esac';
    const bin = await path('offline', { python3: script });
    const cache = join(folder, 'cache');
    expect(await findMoto({ PATH: bin }, cache)).toEqual({ missing: expect.stringContaining('no such package') });
    expect(await findMoto({ PATH: bin }, cache)).toHaveProperty('missing');
  });

  test('in CI nothing is skipped', async () => {
    await expect(findMoto({ PATH: folder, CI: 'true' })).rejects.toThrow('Python 3.10');
  });
});
