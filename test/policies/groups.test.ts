import { describe, expect, it } from 'vitest';
import { findEnvironment, matchGroup } from '../../src/policies/groups.ts';
import { policyOf } from './policy-of.ts';

const policy = policyOf(`
version: 1
name: x
environments: { a: {}, b: {}, c: {}, d: {} }
groups:
  - { match: { name: web-1 }, environment: a }
  - { match: { pattern: "web-*" }, environment: b }
  - { match: { tag: { Environment: prod, Team: shop } }, environment: c }
  - { match: { pattern: "db-*", tag: { Environment: prod } }, environment: d }
`);

describe('the environment of a group', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['web-1', {}, 'a'],
    ['web-10', {}, 'b'],
    ['WEB-1', {}, undefined],
    ['web-1', { Environment: 'prod', Team: 'shop' }, 'a'],
    ['api', { Environment: 'prod', Team: 'shop', Other: 'x' }, 'c'],
    ['api', { Environment: 'prod' }, undefined],
    ['api', { Environment: 'Prod', Team: 'shop' }, undefined],
    ['db-1', { Environment: 'prod' }, 'd'],
    ['db-1', {}, undefined],
  ])('%s with %j is %s: the first entry whose every member holds', (name, tags, expected) => {
    expect(matchGroup(policy, { name, tags })?.name).toBe(expected);
  });

  it('is said by the tag Environment where the policy lists no groups', () => {
    const silent = policyOf('version: 1\nname: x\nenvironments: { blue: {}, green: {} }\n');
    expect(matchGroup(silent, { name: 'any', tags: { Environment: 'green' } })?.name).toBe('green');
    expect(matchGroup(silent, { name: 'green', tags: {} })).toBeUndefined();
  });

  it('is none of those every object has', () => {
    expect(findEnvironment(policy, 'constructor')).toBeUndefined();
    expect(findEnvironment(policy, 'toString')).toBeUndefined();
  });
});
