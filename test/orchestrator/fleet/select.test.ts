import { describe, expect, it } from 'vitest';
import { selectGroups } from '../../../src/orchestrator/fleet/select.ts';
import { standardPolicy } from '../../../src/policies/standard.ts';

const policy = standardPolicy();
const listed = [
  { name: 'web', tags: { Environment: 'production' } },
  { name: 'api', tags: { Environment: 'production' } },
  { name: 'web-staging', tags: { Environment: 'staging' } },
  { name: 'batch', tags: {} },
];
const names = (selection: Parameters<typeof selectGroups>[2]) =>
  selectGroups(listed, policy, selection).map(({ name, environment }) => `${name} in ${environment.name}`);

describe('the groups that are meant', () => {
  it('are those of the environment, by name', () => {
    expect(names({ environment: 'production' })).toEqual(['api in production', 'web in production']);
  });

  it('are those that are named, in that order, once each', () => {
    expect(names({ groups: ['web', 'web-staging', 'web'] })).toEqual(['web in production', 'web-staging in staging']);
  });

  it('must be in the environment when both are given', () => {
    expect(names({ groups: ['web'], environment: 'production' })).toEqual(['web in production']);
    expect(() => names({ groups: ['web'], environment: 'staging' })).toThrow('in environment production, not staging');
  });

  it('are refused when they are not there, not in the policy, or none', () => {
    expect(() => names({ groups: ['wbe'] })).toThrow('there is no Auto Scaling group wbe');
    expect(() => names({ groups: ['batch'] })).toThrow('says nothing of the group batch');
    expect(() => names({ environment: 'qa' })).toThrow('has no environment qa');
    expect(() => selectGroups([], policy, { environment: 'staging' })).toThrow('no Auto Scaling group');
  });
});
