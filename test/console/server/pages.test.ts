import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PAGES } from '../../../src/console/server/pages.ts';
import { memorySource } from '../memory-source.ts';
import { asked, served } from './served.ts';

describe('a page', () => {
  it.each(PAGES.map((path) => path.replace(':id', '20260310-1').replace(':instanceId', 'i-1')))(
    'is served at %s, by a link that is opened fresh',
    async (path) => {
      const { status, headers, body } = await asked(await served({ source: memorySource() }), path);
      expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
      expect(body.toString()).toContain('<main>');
    },
  );

  it('holds no script and no style, and names nothing on another site', async () => {
    const { body } = await asked(await served({ source: memorySource() }), '/');
    const html = body.toString();
    expect(html).not.toMatch(/<style|style=|<script[^>]*>[^<]|\son\w+=/);
    expect(html.match(/(src|href)="[^"]*"/g)?.filter((link) => !/="(\/(?!\/)|data:)/.test(link))).toEqual([]);
  });

  it('is asked for again each time, and not sent again', async () => {
    const server = await served({ source: memorySource() });
    const { headers } = await asked(server, '/');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await asked(server, '/runs/x', { headers: { 'if-none-match': headers.etag ?? '' } })).status).toBe(304);
  });

  it.each(['/nothing', '/runs/a/b', '/policy/x', '/..%2fetc/passwd', '/assets/none.js'])(
    'is not there at %s, and says so',
    async (path) => {
      const { status, headers, body } = await asked(await served({ source: memorySource() }), path);
      expect({ status, type: headers['content-type'] }).toEqual({ status: 404, type: 'text/html; charset=utf-8' });
      expect(body.toString()).toMatch(/there is nothing at .*href="\/"/s);
    },
  );

  it('shows a path that means harm as text', async () => {
    const { body } = await asked(await served({ source: memorySource() }), '/<script>alert(1)</script>?a="><b>');
    expect(body.toString()).not.toMatch(/<script>|<b>/);
  });
});

describe('script and styles', () => {
  it('lie under names of their content, and are kept for good', async () => {
    const server = await served({ source: memorySource() });
    const html = (await asked(server, '/')).body.toString();
    const names = html.match(/\/assets\/[^"]+/g) ?? [];
    expect(names).toHaveLength(2);
    const types = [];
    for (const name of names) {
      const { status, headers } = await asked(server, name);
      expect({ status, cache: headers['cache-control'] }).toEqual({
        status: 200,
        cache: 'public, max-age=31536000, immutable',
      });
      types.push(headers['content-type']);
    }
    expect(types).toEqual(['text/css; charset=utf-8', 'text/javascript; charset=utf-8']);
    const bundle = { script: 'other()', styles: '' };
    const other = await served({ source: memorySource(), bundle });
    expect((await asked(other, '/')).body.toString()).not.toContain(names[1]);
  });

  it('are sent compressed to who takes that', async () => {
    const server = await served({ source: memorySource() });
    const name = /\/assets\/[^"]+\.js/.exec((await asked(server, '/')).body.toString())?.[0] ?? '';
    const small = await asked(server, name, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.body)).toEqual((await asked(server, name)).body);
  });
});
