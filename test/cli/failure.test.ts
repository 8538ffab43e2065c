import { afterEach, describe, expect, it, vi } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import { DrydockError, EXIT } from '../../src/orchestrator/errors.ts';

function reported(error: unknown, how: { json?: boolean; verbose?: boolean } = {}) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += text;
      return true;
    });
  }
  const code = reportFailure(error, { json: how.json === true, verbose: how.verbose === true });
  return { code, ...said };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a failure', () => {
  const cause = new Error('the wire is cut');
  const known = new DrydockError('the group web is held', { exitCode: EXIT.groupHeld, next: 'Wait.', cause });

  it('says what happened and what to do, without a stack trace', () => {
    expect(reported(known)).toEqual({ code: 4, stdout: '', stderr: 'drydock: the group web is held\n→ Wait.\n' });
  });

  it('shows stack traces with --verbose, those of its causes too', () => {
    expect(reported(known, { verbose: true }).stderr).toMatch(
      /at .*failure\.test\.ts[\s\S]*caused by Error: the wire is cut/,
    );
  });

  it('does not repeat the signature and the token of a request that AWS has refused', () => {
    const message = 'the string to sign:\nx-amz-security-token:hush\nAWS4-HMAC-SHA256 Credential=AKIA, Signature=bad';
    const refused = Object.assign(new Error(message), { name: 'SignatureDoesNotMatch' });
    for (const how of [{}, { json: true }, { verbose: true }]) {
      const { stdout, stderr } = reported(refused, how);
      expect(stdout + stderr).toContain('x-amz-security-token:[Redacted]');
      expect(stdout + stderr).not.toMatch(/hush|Credential/);
    }
  });

  it('is a document on stdout with --json', () => {
    const { stdout, stderr } = reported(known, { json: true });
    expect(JSON.parse(stdout)).toEqual({ error: { message: 'the group web is held', next: 'Wait.', exitCode: 4 } });
    expect(stderr).toBe('');
  });

  it('that is our own defect is exit code 1, and says so', () => {
    const { code, stderr } = reported(new TypeError('x is undefined'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^drydock: an error that drydock did not expect: x is undefined\n→ .*--verbose/);
    expect(stderr).not.toContain('    at ');
  });

  it('shows hostile text as escapes', () => {
    expect(reported(new Error('\x1b[2Jgone')).stderr).toContain('\\x1b[2Jgone');
  });
});
