import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pagesBundle } from '../../../src/console/server/bundle.ts';

const { script, styles } = await pagesBundle();

describe('the bundle of the pages', () => {
  it('is under 150 kB of script, compressed', () => {
    expect(gzipSync(script).length).toBeLessThan(150_000);
  });

  it('names no other site: what looks like an address is the name of a namespace', () => {
    const named = `${script}${styles}`.match(/https?:\/\/[\w.-]+/g) ?? [];
    expect(named.filter((site) => site !== 'http://www.w3.org')).toEqual([]);
  });
});
