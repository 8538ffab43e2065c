import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { valueDifference } from './conformance/masks.ts';

const event = (id: number, previousEventId: number, type: string, details: object = {}) => ({
  id,
  previousEventId,
  timestamp: 'timestamp',
  type,
  ...details,
});
const data = (member: string, value: object) => ({ [member]: { ...value } });
const truncated = { truncated: false };

/** The recording of a machine that is one Pass. */
function passCase(output: object, order: number[] = [0, 2, 3]) {
  const [entered, exited, succeeded] = order;
  return {
    name: 'one-pass',
    language: 'JSONata',
    kind: 'recorded',
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: { a: 1 }, End: true } },
    },
    input: '{}',
    events: [
      event(
        1,
        0,
        'ExecutionStarted',
        data('executionStartedEventDetails', { input: {}, inputDetails: truncated, roleArn: 'snf_role_arn' }),
      ),
      event(
        2,
        entered ?? 0,
        'PassStateEntered',
        data('stateEnteredEventDetails', { input: {}, inputDetails: truncated, name: 'P' }),
      ),
      event(
        3,
        exited ?? 0,
        'PassStateExited',
        data('stateExitedEventDetails', { name: 'P', output, outputDetails: truncated }),
      ),
      event(
        4,
        succeeded ?? 0,
        'ExecutionSucceeded',
        data('executionSucceededEventDetails', { output, outputDetails: truncated }),
      ),
    ],
  };
}

function conformance(...cases: object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    for (const [i, json] of cases.entries()) writeFileSync(join(folder, `${i}.json`), JSON.stringify(json));
    return command(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function command(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'conformance/main.ts'), ...args],
    { encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

describe('npm run conformance', () => {
  it('exits 2 and says how it is called without a folder, or with one that is not there', () => {
    expect(command()).toMatchObject({ status: 2, output: expect.stringContaining('npm run conformance -- FOLDER') });
    expect(command('/nowhere')).toMatchObject({ status: 2, output: expect.stringContaining("'/nowhere'") });
  });

  it('exits 0 when all cases match, and names those out of scope', () => {
    const jsonPath = {
      ...passCase({}),
      definition: { StartAt: 'P', States: { P: { Type: 'Pass', Result: 1, End: true } } },
    };
    const { status, output } = conformance(passCase({ a: 1 }), jsonPath);
    expect(output).toContain('out of scope  one-pass: $.States.P.Result');
    expect(output).toContain('1 of 1 match (1 of 2 cases are out of scope)');
    expect(status).toBe(0);
  });

  it.each([
    ['another output', passCase({ a: 2 }), 'a: 1, AWS has 2'],
    ['a member too few', passCase({}), 'a: 1, AWS has nothing'],
    ['another order', passCase({ a: 1 }, [1, 2, 3]), 'previousEventId 0, AWS has 1'],
    [
      'an event too few',
      { ...passCase({ a: 1 }), events: passCase({ a: 1 }).events.slice(0, 3) },
      'AWS recorded no more',
    ],
  ])('exits 1 for %s', (_, kase, told) => {
    const { status, output } = conformance(kase);
    expect(output).toContain(told);
    expect(output).toContain('0 of 1 match');
    expect(status).toBe(1);
  });
});

describe('a mask', () => {
  it.each([
    ['arn', 'x', 'executionArn'],
    ['<uuid:1>', 'x', 'id'],
    ['x-amzn-RequestId', 'abc', 'x-amzn-RequestId'],
    ['RequestId', 'abc', 'RequestId'],
    ['arn:<partition>:states:<region>:1:x', 'arn:aws:states:eu:1:x', 'arn'],
  ])('%s matches anything in its place', (expected, actual, key) => {
    expect(valueDifference(expected, actual, '', key)).toBeUndefined();
  });

  it('is nothing but a mask: other texts must be equal, JSON texts by value', () => {
    expect(valueDifference('a', 'b', '', 'name')).toBeDefined();
    expect(valueDifference('arn:<partition>:x', 'arn:aws:y', '', 'resource')).toBeDefined();
    expect(valueDifference('[1, 2]', '[1,2]', '', 'output')).toBeUndefined();
    expect(valueDifference('[1, 2]', '[1,3]', '', 'output')).toBeDefined();
  });
});
