import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/cli/log.ts';
import { emptyFolder } from './drydock.ts';

function logged(
  flags: { verbose?: boolean; quiet?: boolean },
  write: (log: ReturnType<typeof createLog>) => void,
): string {
  const file = join(emptyFolder(), 'log');
  const descriptor = openSync(file, 'w');
  write(createLog(flags, descriptor));
  closeSync(descriptor);
  return readFileSync(file, 'utf8');
}

describe('the log', () => {
  it('never holds a secret', () => {
    const secrets = { accessKeyId: 'AKIASECRET', secretAccessKey: 'hush', sessionToken: 'hush' };
    const text = logged({}, (log) => {
      log.warn(secrets, 'one');
      log.warn({ client: { config: { credentials: secrets } } }, 'two');
      log.warn({ request: { headers: { authorization: 'AWS4 hush' } } }, 'three');
      log.warn({ calls: [{ sent: { http: { request: { headers: { AUTHORIZATION: 'hush' } } } } }] }, 'four');
      log.warn({ deep: Array.from({ length: 20 }).reduce<object>((within) => ({ within }), secrets) }, 'five');
    });
    expect(text.trim().split('\n')).toHaveLength(5);
    expect(text).not.toMatch(/AKIASECRET|hush/);
  });

  it('holds none either in the words of others', () => {
    const text = logged({}, (log) => {
      log.warn({ cause: 'Authorization: Bearer hush' }, 'one');
      log.warn({ cause: JSON.stringify({ taskToken: 'hush' }) }, 'two');
      log.warn({ env: { AWS_SECRET_ACCESS_KEY: 'hush', 'x-amz-security-token': 'hush' } }, 'three');
    });
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).not.toContain('hush');
  });

  it('says what an error is, and what caused it, without the secrets that they carry', () => {
    const signed = { $response: { request: { headers: { authorization: 'AWS4 hush' } } } };
    const cause = Object.assign(new TypeError('no route'), { config: { credentials: 'hush' } });
    const error = Object.assign(new Error('refused', { cause }), signed);
    const text = logged({}, (log) => {
      log.error(error);
      log.error({ err: error, each: [error] }, 'again');
    });
    expect(text).not.toContain('hush');
    const [one, two] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const said = { type: 'Error', message: 'refused', cause: { type: 'TypeError', message: 'no route' } };
    expect(one).toMatchObject({ msg: 'refused', err: said });
    expect(two).toMatchObject({ msg: 'again', err: said, each: [said] });
  });

  it('has warnings, with --verbose more, with --quiet less', () => {
    const write = (log: ReturnType<typeof createLog>) => {
      log.info('i');
      log.warn('w');
      log.error('e');
    };
    const messages = (text: string) => [...text.matchAll(/"msg":"(.)"/g)].map((match) => match[1]).join('');
    expect(messages(logged({}, write))).toBe('we');
    expect(messages(logged({ verbose: true }, write))).toBe('iwe');
    expect(messages(logged({ quiet: true }, write))).toBe('e');
  });
});
