import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadDefinition } from '../../../src/interpreter/index.ts';
import { definition } from '../../../statemachine/definitions.ts';
import { definitionsWith, mutants } from './mutate.ts';

const all = mutants();

test('there is a mutant for each Catch, Retry, rule and thing asked about, and each has a name of its own', () => {
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['catch', 'retry', 'rule', 'ask']));
  expect(all.length).toBeGreaterThan(400);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

test('a mutant is a definition that loads, and differs from ours in one place', () => {
  for (const mutant of all.filter((_, at) => at % 40 === 0)) {
    const machine = mutant.file === 'patch-instance' ? 'rollout' : mutant.file;
    const mutated = definitionsWith(mutant)(machine);
    expect(() => loadDefinition(mutated)).not.toThrow();
    const [ours, theirs] = [definition(machine), mutated].map((each) => JSON.stringify(each, null, 1).split('\n'));
    const changed = theirs?.filter((line) => ours?.includes(line) !== true) ?? [];
    // Where a retry is taken out there is another one of the same kind somewhere: then no line is new.
    expect(changed.length, mutant.name).toBeLessThan(5);
    expect(theirs, mutant.name).not.toEqual(ours);
  }
});

test('what is argued is a mutant that there is', () => {
  const argued = Object.keys(parse(readFileSync(new URL('argued.yaml', import.meta.url), 'utf8')) ?? {});
  const names = all.map(({ name }) => name);
  expect(argued.filter((name) => !names.includes(name))).toEqual([]);
});
