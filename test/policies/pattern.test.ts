import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyPattern, matchesGlob, regexProblem } from '../../src/policies/pattern.ts';

describe('a pattern of names', () => {
  it.each([
    ['web-*', 'web-', true],
    ['web-*', 'web-prod-1', true],
    ['web-*', 'my-web-1', false],
    ['*-web', 'a-web-web', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['w?b', 'web', true],
    ['w?b', 'wb', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['web.*', 'webs', false],
    ['[a-z]', 'b', false],
    ['Web', 'web', false],
  ])('%j fits %j: %s', (pattern, text, fits) => {
    expect(matchesGlob(pattern, text)).toBe(fits);
  });

  it('agrees with the regular expression that says the same', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(pattern, text)).toBe(same.test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes no time even where backtracking would', () => {
    expect(matchesGlob(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
  });
});

describe('a regular expression', () => {
  it.each([
    'ok',
    '^ok$',
    'a+b*c?',
    '(?:ok|ready)',
    '(ok|ready)?',
    '\\d{3}',
    '[a+]*',
    '[)]+',
    '\\(a+\\)',
    '(?i:ok)',
    '(?<n>a+)',
    'a{2,5}',
    '"version":"\\d+\\.\\d+"',
  ])('%j may be used', (source) => {
    expect(regexProblem(source)).toBeUndefined();
  });

  it.each([
    ['(a+)+', 'repetition inside a repetition'],
    ['(a*)*b', 'repetition inside a repetition'],
    ['(?:a+)*', 'repetition inside a repetition'],
    ['(?<n>a+){2,}', 'repetition inside a repetition'],
    ['((a{1,9}))+', 'repetition inside a repetition'],
    ['([a-z]+ )*', 'repetition inside a repetition'],
    ['(\\w+\\s?)+$', 'repetition inside a repetition'],
    ['(a+)+?', 'repetition inside a repetition'],
    ['(?i:a+)+', 'repetition inside a repetition'],
    ['(a|a)+', 'alternatives inside a repetition'],
    ['(?:a|(b|c))*', 'alternatives inside a repetition'],
    ['(a)\\1', 'back-reference'],
    ['(?<n>a)\\k<n>', 'back-reference'],
    ['.*a.*b.*c.*', 'more than 3 unbounded'],
    ['(', 'no regular expression'],
    ['a{2,1}', 'no regular expression'],
    ['x'.repeat(201), 'longer than 200'],
  ])('%j may not be used', (source, reason) => {
    expect(regexProblem(source)).toContain(reason);
  });

  it('that is let through never hangs on a long line', () => {
    const unit = fc.constantFrom('a', 'b', '(', ')', '*', '+', '?', '|', '{2,}', '[ab]', '.', '(?:');
    const sources = fc.string({ unit, maxLength: 12 }).filter((source) => regexProblem(source) === undefined);
    fc.assert(
      fc.property(sources, (source) => {
        new RegExp(source).test(`${'ab'.repeat(60)}!`);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 4000, markInterruptAsFailure: true },
    );
  });
});

describe('the body of a health check', () => {
  it.each(['', 'ok', '/', '//', '/healthz', 'ok/'])('%j is plain text', (body) => {
    expect(bodyPattern(body)).toBeUndefined();
  });

  it('between slashes is a regular expression', () => {
    expect(bodyPattern('/^ok$/')).toEqual(/^ok$/);
  });
});
