import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drydock, emptyFolder } from './drydock.ts';

function folderWith(files: Record<string, string>): string {
  const folder = emptyFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('drydock init', () => {
  it('writes a commented policy that is valid', () => {
    const cwd = emptyFolder();
    expect(drydock(['init'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(cwd, 'drydock.yaml'), 'utf8')).toMatch(/^# .*\n[\s\S]*^version: 1$/m);
    expect(drydock(['validate'], { cwd }).code).toBe(0);
  });

  it('never overwrites, unless told to', () => {
    const cwd = folderWith({ 'drydock.yaml': 'mine' });
    const { code, stderr } = drydock(['init'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/drydock\.yaml is there already.*\n→ Add --force/);
    expect(readFileSync(join(cwd, 'drydock.yaml'), 'utf8')).toBe('mine');
    expect(drydock(['init', '--force'], { cwd }).code).toBe(0);
    expect(readFileSync(join(cwd, 'drydock.yaml'), 'utf8')).not.toBe('mine');
  });

  it('writes the file that --policy names', () => {
    const cwd = emptyFolder();
    expect(drydock(['init', '--policy', 'web.yaml', '--json'], { cwd }).stdout).toBe('{\n  "file": "web.yaml"\n}\n');
    expect(drydock(['validate', 'web.yaml'], { cwd }).code).toBe(0);
  });
});

const BROKEN = 'version: 1\nname: web\nrollout:\n  canry: 1\n  bake: soon\n';

describe('drydock validate', () => {
  it('names every error of every file with its line and column, and exits with 2', () => {
    const cwd = folderWith({ 'good.yaml': 'version: 1\nname: good\n', 'broken.yaml': BROKEN });
    const { code, stdout } = drydock(['validate', 'good.yaml', 'broken.yaml', 'missing.yaml'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^good\.yaml: valid, policy good \([0-9a-f]{12}\)$/m);
    expect(stdout).toMatch(/^broken\.yaml:4:3: rollout\.canry: unknown key; did you mean canary\?/m);
    expect(stdout).toMatch(/^broken\.yaml:5:9: rollout\.bake: /m);
    expect(stdout).toMatch(/^broken\.yaml: 2 problems$/m);
    expect(stdout).toMatch(/missing\.yaml cannot be read/);
  });

  it('is one JSON document with --json', () => {
    const { code, stdout } = drydock(['validate', 'broken.yaml', '--json'], {
      cwd: folderWith({ 'broken.yaml': BROKEN }),
    });
    expect(code).toBe(2);
    const { valid, files } = JSON.parse(stdout);
    expect(valid).toBe(false);
    expect(files).toHaveLength(1);
    expect(
      files[0].problems.map(({ line, column, path }: { line: number; column: number; path: string }) => [
        line,
        column,
        path,
      ]),
    ).toEqual([
      [4, 3, 'rollout.canry'],
      [5, 9, 'rollout.bake'],
    ]);
  });

  it('finds drydock.yaml in a parent folder', () => {
    const parent = folderWith({ 'drydock.yaml': 'version: 1\nname: parent\n' });
    const cwd = join(parent, 'a', 'b');
    mkdirSync(cwd, { recursive: true });
    expect(drydock(['validate'], { cwd }).stdout).toMatch(/^\.\.\/\.\.\/drydock\.yaml: valid, policy parent/);
  });

  it('says how to get one where there is none', () => {
    const { code, stderr } = drydock(['validate']);
    expect(code).toBe(2);
    expect(stderr).toContain('`drydock init`');
  });

  it('shows hostile text as escapes', () => {
    const cwd = folderWith({ 'x.yaml': 'version: 1\nname: x\n"\\x1b[2J": 1\n' });
    const { code, stdout } = drydock(['validate', 'x.yaml'], { cwd });
    expect(code).toBe(2);
    expect(stdout).not.toContain('\x1b');
  });
});

describe('drydock schema', () => {
  it('is a JSON Schema of the policy', () => {
    const { code, stdout } = drydock(['schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org'), type: 'object' });
    expect(Object.keys(JSON.parse(stdout).properties)).toEqual(
      expect.arrayContaining(['patches', 'rollout', 'health']),
    );
  });
});

describe('drydock render baselines', () => {
  it('prints inputs of CreatePatchBaseline, and says which systems have none', () => {
    const { code, stdout, stderr } = drydock(['render', 'baselines', '--environment', 'production']);
    expect(code).toBe(0);
    const baselines = JSON.parse(stdout);
    expect(baselines.map((each: { OperatingSystem: string }) => each.OperatingSystem)).toContain('AMAZON_LINUX_2023');
    expect(baselines.every((each: object) => 'ApprovalRules' in each)).toBe(true);
    expect(stderr).toMatch(/no baseline for UBUNTU in production/);
  });

  it('covers every environment unless one is named', () => {
    const all = JSON.parse(drydock(['render', 'baselines', '--json']).stdout);
    expect(all.map((each: { environment: string }) => each.environment)).toEqual(['staging', 'production']);
    const { code, stderr } = drydock(['render', 'baselines', '--environment', 'qa']);
    expect(code).toBe(2);
    expect(stderr).toContain('It has staging, production.');
  });

  it('refuses a broken policy with all that is wrong', () => {
    const { code, stdout, stderr } = drydock(['render', 'baselines', '--policy', 'b.yaml'], {
      cwd: folderWith({ 'b.yaml': BROKEN }),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/b\.yaml has 2 problems:\n {2}b\.yaml:4:3: .*\n {2}b\.yaml:5:9: .*\n→ /);
  });
});
