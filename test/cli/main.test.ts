import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { BIN, drydock, emptyFolder } from './drydock.ts';

const OLD_NODE = '/usr/bin/node';
const hasOldNode =
  existsSync(OLD_NODE) && /^v(1\d|20)\./.test(spawnSync(OLD_NODE, ['-v'], { encoding: 'utf8' }).stdout);

describe('help', () => {
  it('lists every command with what it does, the global flags, examples and exit codes', () => {
    const { code, stdout, stderr } = drydock(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 12)}`, 'm'));
    for (const flag of [
      'json',
      'policy',
      'region',
      'profile',
      'endpoint-url',
      'state-dir',
      'no-color',
      'quiet',
      'verbose',
    ]) {
      expect(stdout).toContain(`--${flag}`);
    }
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit codes:');
  });

  it('is what a bare `drydock` shows', () => {
    expect(drydock([])).toEqual(drydock(['--help']));
  });

  it.each(COMMANDS.map(({ name }) => name))('tells the flags and examples of %s', (name) => {
    const { code, stdout } = drydock([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: drydock ${name}`);
    expect(stdout).toContain('--json');
    expect(stdout).toContain('Examples:');
  });

  it('is found under `drydock help` too', () => {
    expect(drydock(['help', 'plan'])).toEqual(drydock(['plan', '--help']));
  });

  it('has no escapes without a terminal', () => {
    expect(drydock(['--help']).stdout).not.toContain('\x1b');
    expect(drydock(['--help'], { env: { FORCE_COLOR: '1' } }).stdout).toContain('\x1b[1m');
    expect(drydock(['--help', '--no-color'], { env: { FORCE_COLOR: '1' } }).stdout).not.toContain('\x1b');
    expect(drydock(['--help'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).stdout).not.toContain('\x1b');
  });
});

describe('a wrong command line', () => {
  it('is exit code 2, with a guess at the command that was meant', () => {
    const { code, stdout, stderr } = drydock(['rendr']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe("drydock: unknown command 'rendr'\n→ Did you mean render?\n");
  });

  it('is exit code 2, with a guess at the flag that was meant', () => {
    const { code, stderr } = drydock(['render', 'asl', '--jsn']);
    expect(code).toBe(2);
    expect(stderr).toBe("drydock: unknown option '--jsn'\n→ Did you mean --json?\n");
  });

  it('names the choices of an argument', () => {
    const { code, stderr } = drydock(['render', 'asl', 'nothing']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are rollout, patch-instance, recover');
  });

  it('is one JSON document on stdout with --json', () => {
    const { code, stdout, stderr } = drydock(['rendr', '--json']);
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: { message: "unknown command 'rendr'", next: 'Did you mean render?', exitCode: 2 },
    });
  });

  it('shows hostile text as escapes', () => {
    expect(drydock(['\x1b[2J']).stderr).toContain('\\x1b[2J');
  });
});

describe('an old Node', () => {
  it.skipIf(!hasOldNode)('hands over to the newer one beside drydock, with its arguments and exit code', () => {
    expect(drydock(['render', 'asl'], { node: OLD_NODE })).toEqual(drydock(['render', 'asl']));
    expect(drydock(['rendr'], { node: OLD_NODE }).code).toBe(2);
  });

  it.skipIf(!hasOldNode)('is told which one is needed where there is no newer one', () => {
    const lonely = emptyFolder();
    mkdirSync(join(lonely, 'bin'));
    copyFileSync(BIN, join(lonely, 'bin', 'drydock.mjs'));
    const { status, stdout, stderr } = spawnSync(OLD_NODE, [join(lonely, 'bin', 'drydock.mjs'), 'plan'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^drydock needs Node 22\.18 or newer; this is Node \d+/);
    expect(stderr).toContain('→ Run `npm install`');
  });
});

describe('a reader that goes away', () => {
  it('ends drydock quietly', async () => {
    const child = spawn(process.execPath, [BIN, 'render', 'asl'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
