import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drydock, emptyFolder } from './drydock.ts';

/** Nothing listens there: what reaches for AWS fails, and what must be refused before it does not get that far. */
const NOWHERE = ['--endpoint-url', 'http://127.0.0.1:9'];
const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

function refused(args: string[], cwd = emptyFolder()): string {
  const { code, stdout, stderr } = drydock([...args, ...NOWHERE], { cwd, env: KEYS });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('drydock plan', () => {
  it('needs a group or an environment', () => {
    expect(refused(['plan'])).toMatch(/no group is named\n→ .*--group.*--environment/);
  });

  it('refuses a day that there is not', () => {
    expect(refused(['plan', '--group', 'web', '--at', '2026-02-30'])).toContain('such as 2026-03-10');
  });

  it('refuses a broken policy before it reaches AWS', () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'drydock.yaml'), 'version: 2\n');
    expect(refused(['plan', '--group', 'web'], cwd)).toContain('drydock.yaml:1:10: version:');
  });

  it('says that AWS cannot be reached', () => {
    expect(refused(['plan', '--group', 'web'])).toMatch(/AWS cannot be reached.*\n→ Check the network/);
  });

  it('says that no region is set', () => {
    const { code, stderr } = drydock(['plan', '--group', 'web'], {
      env: {
        ...KEYS,
        AWS_REGION: undefined,
        AWS_DEFAULT_REGION: undefined,
        AWS_CONFIG_FILE: '/nowhere',
        AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/No AWS region is set.*\n→ .*--region/);
  });
});

describe('drydock run', () => {
  it('does nothing without a yes where nobody can be asked', () => {
    expect(refused(['run', '--group', 'web'])).toMatch(/nothing was touched.*\n→ Add --yes/);
  });

  it('needs a group, an environment or a plan', () => {
    expect(refused(['run', '--yes'])).toContain('no group is named');
    expect(refused(['run', '--yes', '--plan', 'p.json', '--group', 'web'])).toContain(
      "cannot be used with option '--group",
    );
  });

  it('refuses what is no plan', () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'text'), 'hello');
    writeFileSync(join(cwd, 'other.json'), '{"version":1}');
    expect(refused(['run', '--yes', '--plan', 'missing.json'], cwd)).toContain('the plan missing.json cannot be read');
    expect(refused(['run', '--yes', '--plan', 'text'], cwd)).toContain('text is not a plan');
    expect(refused(['run', '--yes', '--plan', 'other.json'], cwd)).toContain('other.json is not a plan');
  });

  it('is begun on Step Functions only where AWS can be asked for the deployment', () => {
    const cwd = emptyFolder();
    const said = refused(['run', '--yes', '--group', 'web', '--engine', 'step-functions'], cwd);
    expect(said).toMatch(/AWS cannot be reached.*\n→ Check the network/);
    expect(existsSync(join(cwd, '.drydock'))).toBe(false);
    expect(refused(['run', '--yes', '--group', 'web', '--engine', 'lambda'])).toContain('Allowed choices');
  });

  it('does not take --watch with --detach', () => {
    expect(refused(['run', '--yes', '--group', 'web', '--watch', '--detach'])).toContain('cannot be used');
  });
});

describe('drydock recover', () => {
  it('asks AWS for the tags of a run that is unknown here', () => {
    expect(refused(['recover', 'nothing'])).toMatch(/AWS cannot be reached/);
  });
});
