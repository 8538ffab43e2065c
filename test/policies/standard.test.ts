import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { initTemplate, STANDARD_POLICY, standardPolicy } from '../../src/policies/standard.ts';
import { policyOf } from './policy-of.ts';

describe('the built-in policy', () => {
  it('says what the mission says, all of it', () => {
    expect(standardPolicy()).toEqual({
      name: 'standard',
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      patches: {
        rules: [
          {
            name: 'critical-security',
            match: { classification: ['Security'], severity: ['Critical'], id: [] },
            approveAfterSeconds: 0,
            soak: false,
          },
          {
            name: 'everything-else',
            match: { classification: [], severity: [], id: [] },
            approveAfterSeconds: 7 * 86_400,
            soak: true,
          },
        ],
        reboot: 'if-needed',
      },
      environments: {
        staging: { name: 'staging', leadSeconds: 3 * 86_400 },
        production: { name: 'production', leadSeconds: 0, gate: { after: 'staging', soakSeconds: 3 * 86_400 } },
      },
      groups: [
        { match: { tag: { Environment: 'staging' } }, environment: 'staging' },
        { match: { tag: { Environment: 'production' } }, environment: 'production' },
      ],
      rollout: {
        isolation: 'detach',
        capacity: 'shrink',
        maxUnavailable: { count: 1 },
        canary: { count: 1 },
        bakeSeconds: 300,
        maxFailures: 0,
        onFailure: 'halt',
        keepSnapshotsSeconds: 7 * 86_400,
        suspend: ['AZRebalance'],
        alarms: [],
        changeCalendars: [],
        approval: 'none',
        patchTimeoutSeconds: 7200,
      },
      hooks: { beforeDetach: [], afterPatch: [], afterAttach: [] },
      health: [
        {
          url: 'http://{privateIp}:80/healthz',
          status: [{ from: 200, to: 299 }],
          body: '',
          json: {},
          headers: {},
          consecutive: 3,
          intervalSeconds: 5,
          timeoutSeconds: 2,
          withinSeconds: 300,
          followRedirects: false,
          insecure: false,
        },
      ],
      rollback: 'restore',
      notify: [],
      schedule: [
        {
          environment: 'staging',
          cron: 'cron(0 2 ? * TUE *)',
          timezone: 'Asia/Tokyo',
          durationSeconds: 14_400,
          cutoffSeconds: 3600,
        },
      ],
    });
  });

  it('is what a policy with nothing but a version and a name says, health checks and windows apart', () => {
    const { fingerprint: _, ...minimal } = policyOf('version: 1\nname: standard\n');
    const { fingerprint: __, ...standard } = standardPolicy();
    expect(minimal).toEqual({ ...standard, health: [], schedule: [] });
  });
});

describe('the file that init writes', () => {
  it('says the built-in policy under a name of its own', () => {
    const { fingerprint: _, ...written } = policyOf(initTemplate('shop'));
    const { fingerprint: __, ...standard } = standardPolicy();
    expect(written).toEqual({ ...standard, name: 'shop' });
  });

  it('still says a policy when its commented keys are set free', () => {
    const freed = STANDARD_POLICY.replace(/^ {2}# (unsupportedDelays|overrideList)/gm, '  $1');
    expect(policyOf(freed).patches).toMatchObject({ unsupportedDelays: 'pin', overrideList: 's3://bucket/prefix' });
  });
});

describe('the examples', () => {
  const folder = new URL('../../examples/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it('are at least four', () => {
    expect(files.length).toBeGreaterThanOrEqual(4);
  });

  it.each(files)('%s is a policy named after its file', (file) => {
    expect(policyOf(readFileSync(new URL(file, folder), 'utf8')).name).toBe(file.replace('.yaml', ''));
  });
});
