import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { eventPage, problem, runPage } from '../../../src/console/api/shapes.ts';
import { DrydockError, EXIT } from '../../../src/orchestrator/errors.ts';
import { HALTED, memorySource, RUNNING } from '../memory-source.ts';
import { type Answered, asked, served, steered } from './served.ts';

const json = ({ body }: Answered) => JSON.parse(body.toString());
const problemIn = (answer: Answered) => problem.parse(json(answer)).error;

describe('a question', () => {
  it('is answered in the shape of the contract', async () => {
    const server = await served({ source: memorySource() });
    const answer = await asked(server, '/api/runs');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(runPage.parse(json(answer)).runs.map(({ runId }) => runId)).toEqual([RUNNING, HALTED]);
  });

  it('hands its filters to the source, numbers as numbers, without those left empty', async () => {
    let query: unknown;
    const source = memorySource();
    const { runs } = source;
    const server = await served({
      source: memorySource({
        runs: (given) => {
          query = given;
          return runs(given);
        },
      }),
    });
    await asked(server, '/api/runs?status=halted&q=&limit=7&group=a%26b');
    expect(query).toEqual({ status: 'halted', limit: 7, group: 'a&b' });
  });

  it.each([
    ['/api/runs?status=lost', /status: .*"halted"/],
    ['/api/runs?limit=1000', /limit: /],
    ['/api/runs?statsu=halted', /statsu/],
    [`/api/runs/${RUNNING}/graph?machine=other`, /machine: /],
  ])('that is not understood is 400: %s', async (path, words) => {
    const answer = await asked(await served({ source: memorySource() }), path);
    expect(answer.status).toBe(400);
    expect(problemIn(answer)).toMatchObject({
      what: expect.stringMatching(words),
      next: expect.stringContaining('openapi'),
      exitCode: 2,
    });
  });

  it.each([
    ['/api/runs/none', 'there is no run none here'],
    ['/api/runs/none/timeline', 'there is no run none here'],
    ['/api/runs/none/events', 'there is no run none here'],
    ['/api/runs/none/events?download=ndjson', 'there is no run none here'],
    [`/api/runs/${RUNNING}/instances/i-9`, `instance i-9 is not part of run ${RUNNING}`],
    ['/api/nothing', 'there is nothing at /api/nothing'],
  ])('about what is not there is 404: %s', async (path, what) => {
    const answer = await asked(await served({ source: memorySource() }), path);
    expect(answer.status).toBe(404);
    expect(problemIn(answer)).toMatchObject({ what, exitCode: 2 });
  });

  it('about ids with slashes and blanks in them finds them', async () => {
    let id = '';
    const source = memorySource();
    const run = async (given: string) => {
      id = given;
      return source.run(RUNNING);
    };
    await asked(await served({ source: memorySource({ run }) }), '/api/runs/a%2Fb%20c');
    expect(id).toBe('a/b c');
  });

  it('that AWS does not answer is 502, in the words of the command line', async () => {
    const cause = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata: {} });
    const known = new DrydockError('AWS throttles the calls', { exitCode: EXIT.badInput, next: 'Wait.', cause });
    const server = await served({
      source: memorySource({ exposure: () => Promise.reject(known), calendar: () => Promise.reject(cause) }),
    });
    const told = await asked(server, '/api/exposure');
    expect({ status: told.status, ...problemIn(told) }).toMatchObject({
      status: 502,
      what: known.message,
      next: 'Wait.',
    });
    const raw = await asked(server, '/api/policy');
    expect({ status: raw.status, ...problemIn(raw) }).toMatchObject({
      status: 502,
      what: expect.stringMatching(/throttles.*Rate exceeded/),
    });
  });

  it('that meets a defect is 500, without a stack, and the terminal hears of it', async () => {
    const errors: unknown[] = [];
    const defect = new TypeError('x is undefined');
    const server = await served({
      source: memorySource({ exposure: () => Promise.reject(defect) }),
      onError: (error) => errors.push(error),
    });
    const answer = await asked(server, '/api/exposure');
    expect(answer.status).toBe(500);
    expect(problemIn(answer)).toMatchObject({
      what: 'an error that drydock did not expect: x is undefined',
      exitCode: 1,
    });
    expect(answer.body.toString()).not.toMatch(/\\n|\.ts:/);
    expect(errors).toEqual([defect]);
  });

  it('by another method is 405, and says by which', async () => {
    const answer = await asked(await served({ source: memorySource() }), `/api/runs/${RUNNING}/abort`);
    expect({ status: answer.status, allow: answer.headers.allow }).toEqual({ status: 405, allow: 'POST' });
  });
});

describe('what was sent before', () => {
  it('is 304 while it is the same, and sent again once it is not', async () => {
    let next: string | null = null;
    const events = async () => ({ events: [], next });
    const server = await served({ source: memorySource({ events }) });
    const path = `/api/runs/${RUNNING}/events`;
    const first = await asked(server, path);
    expect(first.headers).toMatchObject({ etag: expect.stringMatching(/^W\/"[\w-]+"$/), 'cache-control': 'no-cache' });
    const headers = { 'if-none-match': `"other", ${first.headers.etag}` };
    const second = await asked(server, path, { headers });
    expect({ status: second.status, size: second.body.length }).toEqual({ status: 304, size: 0 });
    expect(second.headers.etag).toBe(first.headers.etag);
    next = '7';
    expect((await asked(server, path, { headers })).status).toBe(200);
  });
});

describe('what is large', () => {
  it('is compressed for who takes that, and the same for who does not', async () => {
    const server = await served({ source: memorySource({}, 100) });
    const path = `/api/runs/${RUNNING}/events`;
    const plain = await asked(server, path);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const refused = await asked(server, path, { headers: { 'accept-encoding': 'br, gzip;q=0' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
    const small = await asked(server, path, { headers: { 'accept-encoding': 'br, gzip;q=0.5' } });
    expect(small.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'accept-encoding',
      etag: plain.headers.etag,
    });
    expect(small.body.length).toBeLessThan(plain.body.length / 4);
    expect(gunzipSync(small.body)).toEqual(plain.body);
  });
});

describe('a run', () => {
  it.each(['pause', 'resume', 'abort', 'approve'])('is asked to %s', async (verb) => {
    const source = memorySource();
    const answer = await steered(await served({ source }), `/api/runs/${RUNNING}/${verb}`);
    expect({ status: answer.status, answer: json(answer) }).toEqual({
      status: 200,
      answer: { runId: RUNNING, asked: verb },
    });
    expect(source.steered).toEqual([{ id: RUNNING, verb }]);
  });

  it('that is rolled back gives the run that was begun', async () => {
    const answer = await steered(await served({ source: memorySource() }), `/api/runs/${HALTED}/rollback`);
    expect(json(answer)).toEqual({ runId: HALTED, asked: 'rollback', begun: '20260310-030000-7e8f9' });
  });

  it('that cannot be asked that now is 409', async () => {
    const answer = await steered(await served({ source: memorySource() }), `/api/runs/${HALTED}/abort`);
    expect(answer.status).toBe(409);
    expect(problemIn(answer).what).toBe(`run ${HALTED} is over (halted): it cannot be asked to abort`);
  });

  it('whose group another run holds is 409', async () => {
    const held = new DrydockError('another run holds the group', { exitCode: EXIT.groupHeld, next: 'Wait for it.' });
    const source = memorySource({ steer: () => Promise.reject(held) });
    expect((await steered(await served({ source }), `/api/runs/${HALTED}/rollback`)).status).toBe(409);
  });

  it('that is not there is 404, whatever is asked of it', async () => {
    expect((await steered(await served({ source: memorySource() }), '/api/runs/none/abort')).status).toBe(404);
  });
});

describe('the events of a run', () => {
  it('are downloaded as one file, one a line, however many pages they are', async () => {
    const server = await served({ source: memorySource({}, 2500) });
    const answer = await asked(server, `/api/runs/${RUNNING}/events?download=ndjson`);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="${RUNNING}-events.ndjson"`,
    });
    const lines = answer.body.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(Array.from({ length: 2500 }, (_, at) => at + 1));
    expect(eventPage.shape.events.element.safeParse(JSON.parse(lines[0] ?? '')).success).toBe(true);
  });

  it('are read a page at a time, no further than the reader goes', async () => {
    const source = memorySource({}, 1_000_000);
    let pages = 0;
    const { events } = source;
    source.events = (id, query) => {
      pages += 1;
      return events(id, query);
    };
    const { url } = await served({ source });
    const leaves = new AbortController();
    const { body } = await fetch(`${url}/api/runs/${RUNNING}/events?download=ndjson`, {
      signal: leaves.signal,
      headers: { 'accept-encoding': 'identity' },
    });
    await body?.getReader().read();
    leaves.abort();
    expect(pages).toBeLessThan(200);
  });
});

describe('the exposure', () => {
  it('is downloaded as a table that no spreadsheet takes for formulas', async () => {
    const answer = await asked(await served({ source: memorySource() }), '/api/exposure.csv');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="exposure.csv"',
    });
    expect(answer.body.toString().split('\r\n')).toEqual([
      'environment,group,patch,title,classification,severity,cves,rule,instances,releasedAt,ageDays,approvedSince,heldUntil,waitsFor',
      `production,'=cmd|calc,kernel.x86_64,"kernel, ""long term""",Security,Important,CVE-2026-1 CVE-2026-2,everything-else,4,2026-03-10T02:00:00.000Z,3.5,,2026-03-10T03:00:00.000Z,`,
      '',
    ]);
  });
});
