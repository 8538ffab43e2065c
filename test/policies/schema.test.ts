import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/policies/fingerprint.ts';
import { policyJsonSchema } from '../../src/policies/schema.ts';
import { nearest } from '../../src/policies/suggestion.ts';
import { policyOf } from './policy-of.ts';

const HEAD = 'version: 1\nname: x\n';

/** Every key of a JSON Schema with its own schema, by path. */
function keysOf(schema: unknown, path = ''): [string, Record<string, unknown>][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, additionalProperties } = schema as Record<string, Record<string, unknown>>;
  const own = Object.entries(properties).flatMap(([key, value]): [string, Record<string, unknown>][] => [
    [`${path}${key}`, value as Record<string, unknown>],
    ...keysOf(value, `${path}${key}.`),
  ]);
  return [...own, ...keysOf(items, `${path}[].`), ...keysOf(additionalProperties, `${path}{}.`)];
}

describe('the JSON Schema of a policy', () => {
  const schema = policyJsonSchema();
  const keys = keysOf(schema);

  it('knows exactly the keys of a policy', () => {
    expect(keys.map(([path]) => path).sort()).toEqual(
      `version name patches environments groups rollout hooks health rollback notify schedule deployment
       patches.rules patches.reboot patches.unsupportedDelays patches.overrideList
       patches.rules.[].name patches.rules.[].match patches.rules.[].approveAfter patches.rules.[].soak
       patches.rules.[].match.classification patches.rules.[].match.severity patches.rules.[].match.id
       environments.{}.lead environments.{}.after environments.{}.soak
       groups.[].match groups.[].environment groups.[].match.name groups.[].match.pattern groups.[].match.tag
       rollout.isolation rollout.capacity rollout.maxUnavailable rollout.canary rollout.bake rollout.maxFailures
       rollout.onFailure rollout.keepSnapshots rollout.suspend rollout.alarms rollout.changeCalendars rollout.approval rollout.patchTimeout
       hooks.beforeDetach hooks.afterPatch hooks.afterAttach
       hooks.beforeDetach.[].document hooks.beforeDetach.[].lambda hooks.beforeDetach.[].url hooks.beforeDetach.[].timeout
       hooks.afterPatch.[].document hooks.afterPatch.[].lambda hooks.afterPatch.[].url hooks.afterPatch.[].timeout
       hooks.afterAttach.[].document hooks.afterAttach.[].lambda hooks.afterAttach.[].url hooks.afterAttach.[].timeout
       health.[].url health.[].status health.[].body health.[].json health.[].headers health.[].consecutive
       health.[].interval health.[].timeout health.[].within health.[].maxLatency health.[].followRedirects health.[].insecure
       schedule.{}.cron schedule.{}.timezone schedule.{}.duration schedule.{}.cutoff
       deployment.vpc deployment.vpc.subnetIds deployment.vpc.securityGroupIds`
        .split(/\s+/)
        .sort(),
    );
  });

  it('describes every one of them', () => {
    expect(keys.filter(([, { description }]) => typeof description !== 'string' || description === '')).toEqual([]);
  });

  it('requires a version and a name, and nothing else', () => {
    expect(schema.required).toEqual(['version', 'name']);
    expect(schema.additionalProperties).toBe(false);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });
});

describe('a value of the document', () => {
  it.each<[string, string, unknown]>([
    ['a count', 'rollout: { maxUnavailable: 3 }', { count: 3 }],
    ['a share', 'rollout: { maxUnavailable: 10% }', { percent: 10 }],
    ['a share in quotes', 'rollout: { maxUnavailable: "99%" }', { percent: 99 }],
  ])('says %s of instances', (_name, line, amount) => {
    expect(policyOf(`${HEAD}${line}`).rollout.maxUnavailable).toEqual(amount);
  });

  it.each<[string, { from: number; to: number }[]]>([
    ['200', [{ from: 200, to: 200 }]],
    ['200-299', [{ from: 200, to: 299 }]],
    [
      '"200,204"',
      [
        { from: 200, to: 200 },
        { from: 204, to: 204 },
      ],
    ],
    [
      '"200-204, 301"',
      [
        { from: 200, to: 204 },
        { from: 301, to: 301 },
      ],
    ],
  ])('says with status %s which codes are healthy', (status, ranges) => {
    expect(policyOf(`${HEAD}health: [{ url: http://x/, status: ${status} }]`).health[0]?.status).toEqual(ranges);
  });

  it.each([
    ['800ms', 800],
    ['2s', 2000],
  ])('says with %s how slow an answer may be', (latency, ms) => {
    expect(policyOf(`${HEAD}health: [{ url: http://x/, maxLatency: ${latency} }]`).health[0]?.maxLatencyMs).toBe(ms);
  });

  it.each([
    ['approveAfter: 7d', true],
    ['approveAfter: 0d', false],
    ['approveAfter: 0d, soak: true', true],
    ['approveAfter: 7d, soak: false', false],
  ])('says with { %s } whether the soak gate holds a rule: %s', (rule, soak) => {
    expect(policyOf(`${HEAD}patches: { rules: [{ name: a, ${rule} }] }`).patches.rules[0]?.soak).toBe(soak);
  });

  it('says a soak of three days where an environment comes after another without one', () => {
    const policy = policyOf(`${HEAD}environments: { a: {}, b: { after: a } }`);
    expect(policy.environments.b?.gate).toEqual({ after: 'a', soakSeconds: 3 * 86_400 });
  });

  it.each([
    ['document: Example-Drain', { document: 'Example-Drain', timeoutSeconds: 300 }],
    [
      'lambda: "arn:aws:lambda:eu-central-1:123456789012:function:drain", timeout: 90s',
      { lambda: 'arn:aws:lambda:eu-central-1:123456789012:function:drain', timeoutSeconds: 90 },
    ],
    ['url: "http://{privateIp}/drain"', { url: 'http://{privateIp}/drain', timeoutSeconds: 300 }],
  ])('says with { %s } what a hook runs', (hook, expected) => {
    expect(policyOf(`${HEAD}hooks: { beforeDetach: [{ ${hook} }] }`).hooks.beforeDetach).toEqual([expected]);
  });

  it.each([
    'arn:aws:sns:eu-central-1:123456789012:patching',
    'arn:aws-us-gov:sns:us-gov-west-1:123456789012:patching.fifo',
    'https://hooks.example.com/services/x',
    'http://localhost:8080/hook',
    'http://127.0.0.1:8080/hook',
  ])('says with %s who hears of a run', (target) => {
    expect(policyOf(`${HEAD}notify: ["${target}"]`).notify).toEqual([target]);
  });

  it('says an S3 place without a slash at its end', () => {
    expect(policyOf(`${HEAD}patches: { overrideList: s3://bucket/a/b/ }`).patches.overrideList).toBe('s3://bucket/a/b');
  });
});

describe('the VPC of a deployment', () => {
  const vpc = { subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d', 'sg-0123456789abcdef0'] };

  it('is a part of the policy where it is given, and nothing where it is not', () => {
    expect(policyOf(`${HEAD}deployment: ${JSON.stringify({ vpc })}`).deployment).toEqual({ vpc });
    expect(policyOf(`${HEAD}deployment: {}`)).toEqual(policyOf(HEAD));
    expect(policyOf(HEAD)).not.toHaveProperty('deployment');
  });
});

describe('the fingerprint of a policy', () => {
  it('does not depend on layout, comments, the order of keys or defaults written out', () => {
    const plain = policyOf('version: 1\nname: x\nrollback: restore\n');
    expect(
      policyOf('# a comment\n{ rollback: restore, name: x, version: 1, rollout: { bake: 300s } }').fingerprint,
    ).toBe(plain.fingerprint);
  });

  it('depends on what it says', () => {
    const one = policyOf(`${HEAD}rollout: { bake: 5m }`).fingerprint;
    expect(policyOf(`${HEAD}rollout: { bake: 6m }`).fingerprint).not.toBe(one);
  });

  it('is the head of the SHA-256 of canonical JSON', () => {
    expect(fingerprint({ b: [1, { d: 1, c: undefined }], a: 'x' })).toBe(fingerprint({ a: 'x', b: [1, { d: 1 }] }));
    // printf '{"a":1}' | sha256sum
    expect(fingerprint({ a: 1 })).toBe('015abd7f5cc5');
  });
});

describe('a suggestion', () => {
  it.each([
    ['maxUnavailble', 'maxUnavailable'],
    ['BAKE', 'bake'],
    ['abke', 'bake'],
    ['zzzzzz', undefined],
    ['', undefined],
  ])('for %j is %s', (word, expected) => {
    expect(nearest(word, ['maxUnavailable', 'bake', 'canary'])).toBe(expected);
  });
});
