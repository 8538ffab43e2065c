import { describe, expect, it } from 'vitest';
import { isTimeZone, scheduleProblem } from '../../src/policies/cron.ts';

describe('a schedule expression', () => {
  it.each([
    'cron(0 2 ? * TUE *)',
    'cron(0 2 ? * tue *)',
    'cron(15 10 ? * MON-FRI *)',
    'cron(0/15 8-18 ? * MON,WED,FRI *)',
    'cron(0 2 ? * TUE#2 *)',
    'cron(0 2 ? * 3#2 *)',
    'cron(0 2 ? * SUNL *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 15W * ? *)',
    'cron(0 0 LW * ? 2027)',
    'cron(0 0 1 JAN,JUL ? 2026-2030)',
    'cron(*/5 * * * ? *)',
    'rate(1 day)',
    'rate(7 days)',
    'rate(30 minutes)',
    'at(2026-11-24T02:00:00)',
  ])('%s is one of AWS', (expression) => {
    expect(scheduleProblem(expression)).toBeUndefined();
  });

  it.each([
    ['0 2 * * 2', 'five-field cron of Unix'],
    ['daily', 'neither cron'],
    ['cron(0 2 * * 2)', '6 fields'],
    ['cron()', '6 fields'],
    ['cron(0 0 2 ? * TUE *)', '6 fields'],
    ['cron(0 2 * * TUE *)', 'exactly one'],
    ['cron(0 2 ? * ? *)', 'exactly one'],
    ['cron(60 2 ? * TUE *)', '"60" is no minutes'],
    ['cron(0 2 ? 13 TUE *)', '"13" is no month'],
    ['cron(0 2 ? * TUESDAY *)', '"TUESDAY" is no day of week'],
    ['cron(0 2 ? * TUE#6 *)', '"TUE#6" is no day of week'],
    ['cron(0 2 32 * ? *)', '"32" is no day of month'],
    ['cron(0 ? ? * TUE *)', '"?" is no hours'],
    ['cron(0/0 2 ? * TUE *)', '"0/0" is no minutes'],
    ['cron(0, 2 ? * TUE *)', '"0," is no minutes'],
    ['cron(0 2 ? * TUE 1969)', '"1969" is no year'],
    ['rate(1 days)', 'singular'],
    ['rate(7 day)', 'singular'],
    ['rate(0 days)', 'rate(7 days)'],
    ['rate(7 weeks)', 'rate(7 days)'],
    ['at(2026-02-30T02:00:00)', 'at('],
    ['at(2026-11-24)', 'at('],
  ])('%s is none', (expression, reason) => {
    expect(scheduleProblem(expression)).toContain(reason);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Asia/Tokyo', 'America/Argentina/Buenos_Aires'])('may be %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', 'Asia/Tokio', '+09:00', 'JST9', 'Mars/Olympus'])('may not be %j', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
