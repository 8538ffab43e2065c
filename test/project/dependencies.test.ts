/** What is installed with the project: exactly what was looked at, from the registry, and nothing that runs code while it is installed. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const versions = z.record(z.string(), z.string());
const project = z.object({ dependencies: versions, devDependencies: versions }).parse(read('package.json'));
const locked = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        hasInstallScript: z.boolean().default(false),
        optional: z.boolean().default(false),
        inBundle: z.boolean().default(false),
      }),
    ),
  })
  .parse(read('package-lock.json')).packages;
const packages = Object.entries(locked).filter(([path]) => path !== '');

test('every dependency has one exact version, and it is the one in the lock file', () => {
  for (const [name, version] of Object.entries({ ...project.dependencies, ...project.devDependencies })) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect([name, locked[`node_modules/${name}`]?.version]).toEqual([name, version]);
  }
});

test('every package is known by its content, and by no place that it came from', () => {
  expect(packages.length).toBeGreaterThan(100);
  // What a package brings in its own archive is known by that, and binaries for other systems are not installed here.
  const unknown = packages.filter(
    ([, { integrity = '', optional, inBundle }]) => !integrity.startsWith('sha512-') && !optional && !inBundle,
  );
  expect(unknown).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('code runs at install for those alone of which it is known what they do', () => {
  const scripts = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  // esbuild looks for its binary, which is a package of its own; node puts the binary of its package where npm finds it.
  const known = ['node_modules/esbuild', 'node_modules/node', 'node_modules/fsevents'];
  expect(scripts.filter((path) => !known.includes(path))).toEqual([]);
});

test('every dependency has its reason', () => {
  const reasons = readFileSync(new URL('../../docs/decisions/dependencies.md', import.meta.url), 'utf8');
  const named = Object.keys({ ...project.dependencies, ...project.devDependencies }).map((name) =>
    name.replace(/^@aws-sdk\/client-.*/, '@aws-sdk/client-*'),
  );
  expect(named.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([]);
});
