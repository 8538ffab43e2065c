import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvedAt,
  type DatedPatch,
  decide,
  matchingRule,
  type PastRun,
  soakGate,
} from '../../src/policies/approval.ts';
import type { Environment, PatchRule } from '../../src/policies/policy.ts';
import { standardPolicy } from '../../src/policies/standard.ts';
import { environmentOf, policyOf, ruleOf } from './policy-of.ts';

const DAY = 86_400_000;
const standard = standardPolicy();
const staging = environmentOf(standard, 'staging');
const production = environmentOf(standard, 'production');

const critical: DatedPatch = {
  id: 'openssl.x86_64',
  title: 'openssl.x86_64:1:1.0.2k-24.amzn2.0.14',
  classification: 'Security',
  severity: 'Critical',
  releasedAt: '2026-11-02T00:00:00.000Z',
};
const bugfix: DatedPatch = {
  id: 'kernel.x86_64',
  title: 'kernel.x86_64:0:5.10.245-241.976.amzn2',
  classification: 'Bugfix',
  severity: 'Medium',
  releasedAt: '2026-11-02T00:00:00.000Z',
};

function run(over: Partial<PastRun> = {}): PastRun {
  return {
    runId: '20261106-020000-aaaaa',
    policy: 'standard',
    environment: 'staging',
    status: 'succeeded',
    endedAt: '2026-11-06T04:00:00.000Z',
    patches: ['kernel.x86_64'],
    ...over,
  };
}

describe('the rule that decides over a patch', () => {
  it.each<[string, string, string]>([
    ['Security', 'Critical', 'critical-security'],
    ['SecurityUpdates', 'Critical', 'critical-security'],
    ['security', 'CRITICAL', 'critical-security'],
    ['Security', 'Important', 'everything-else'],
    ['CriticalUpdates', 'Critical', 'everything-else'],
    ['Bugfix', 'Critical', 'everything-else'],
    ['', '', 'everything-else'],
  ])('of class %j and severity %j is %s', (classification, severity, rule) => {
    expect(matchingRule({ ...bugfix, classification, severity }, standard)?.name).toBe(rule);
  });

  const severities = policyOf(`
version: 1
name: x
patches:
  rules:
    - { name: medium, match: { severity: [Medium] }, approveAfter: 1d }
    - { name: unspecified, match: { severity: [Unspecified] }, approveAfter: 2d }
    - { name: kernel, match: { id: ["Kernel*"], classification: [Bugfix] }, approveAfter: 3d }
`);
  it.each<[Partial<DatedPatch>, string | undefined]>([
    [{ severity: 'Moderate' }, 'medium'],
    [{ severity: 'medium' }, 'medium'],
    [{ severity: '' }, 'unspecified'],
    [{ severity: 'None' }, 'unspecified'],
    [{ severity: 'Low' }, 'kernel'],
    [{ severity: 'Low', id: 'kernel-tools.x86_64' }, 'kernel'],
    [{ severity: 'Low', id: 'bash.x86_64' }, undefined],
    [{ severity: 'Low', classification: 'Security' }, undefined],
  ])('of %j is %s: severities fold together, all members must hold', (over, rule) => {
    expect(matchingRule({ ...bugfix, ...over }, severities)?.name).toBe(rule);
  });

  it('is the first that matches', () => {
    const policy = policyOf(
      'version: 1\nname: x\npatches: { rules: [{ name: a, match: { id: ["k*"] }, approveAfter: 30d }, { name: b, approveAfter: 1d }] }',
    );
    expect(matchingRule(bugfix, policy)?.name).toBe('a');
  });

  it('may be none, and then the patch is never approved', () => {
    const decision = decide(
      { ...bugfix, id: 'bash', severity: 'Low' },
      severities,
      environmentOf(severities, 'staging'),
      [],
      1e15,
    );
    expect(decision).toEqual({ approved: false, waitsFor: 'no rule of policy x matches it' });
  });
});

describe('the day of approval', () => {
  it.each<[string, DatedPatch, Environment, string]>([
    ['critical in staging at its release', critical, staging, '2026-11-02T00:00:00.000Z'],
    ['critical in production at its release', critical, production, '2026-11-02T00:00:00.000Z'],
    ['everything else in staging on day 4', bugfix, staging, '2026-11-06T00:00:00.000Z'],
    ['everything else in production on day 7', bugfix, production, '2026-11-09T00:00:00.000Z'],
    [
      'a release in the middle of a day waits for the day to be over',
      { ...bugfix, releasedAt: '2026-11-02T18:00:00Z' },
      production,
      '2026-11-10T00:00:00.000Z',
    ],
    [
      'without a delay the hour of the release counts',
      { ...critical, releasedAt: '2026-11-02T18:30:00Z' },
      production,
      '2026-11-02T18:30:00.000Z',
    ],
    [
      'a zone in the release date is honoured',
      { ...bugfix, releasedAt: '2026-11-03T09:00:00+09:00' },
      production,
      '2026-11-10T00:00:00.000Z',
    ],
    ['a leap day is a day', { ...bugfix, releasedAt: '2028-02-25T00:00:00Z' }, production, '2028-03-03T00:00:00.000Z'],
  ])('%s', (_name, patch, environment, expected) => {
    const rule = matchingRule(patch, standard);
    const at = rule === undefined ? undefined : approvedAt(patch, rule, environment);
    expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(expected);
  });

  it('never comes before the release, however long the lead', () => {
    const eager: Environment = { name: 'eager', leadSeconds: 360 * 86_400 };
    expect(approvedAt(bugfix, ruleOf(standard, 'everything-else'), eager)).toBe(Date.parse('2026-11-02T00:00:00Z'));
  });

  it('is exact for delays of less than a day', () => {
    const rule: PatchRule = { ...ruleOf(standard, 'everything-else'), approveAfterSeconds: 3600 };
    const patch = { ...bugfix, releasedAt: '2026-11-02T10:20:30Z' };
    expect(approvedAt(patch, rule, production)).toBe(Date.parse('2026-11-02T11:20:30Z'));
  });

  it.each([undefined, '', 'unknown'])('is unknown when the release date is %j', (releasedAt) => {
    const { releasedAt: _, ...undated } = bugfix;
    const patch = releasedAt === undefined ? undated : { ...undated, releasedAt };
    expect(approvedAt(patch, ruleOf(standard, 'everything-else'), production)).toBeUndefined();
  });
});

describe('the soak gate', () => {
  const rule = ruleOf(standard, 'everything-else');
  const gate = (runs: PastRun[], at: string, patch = bugfix, environment = production, by = rule) =>
    soakGate(patch, by, environment, standard, runs, Date.parse(at));

  it('does not exist where an environment comes after no other', () => {
    expect(gate([], '2026-11-02T00:00:00Z', bugfix, staging)).toEqual({ open: true });
  });

  it('lets rules without a delay through', () => {
    expect(gate([], '2026-11-02T00:00:00Z', critical, production, ruleOf(standard, 'critical-security'))).toEqual({
      open: true,
    });
  });

  it('holds rules without a delay when they ask for it', () => {
    const asked = { ...ruleOf(standard, 'critical-security'), soak: true };
    expect(gate([], '2026-12-02T00:00:00Z', critical, production, asked).open).toBe(false);
  });

  it('is shut until some run had the patch', () => {
    expect(gate([], '2027-11-02T00:00:00Z')).toEqual({
      open: false,
      waitsFor: 'no run of policy standard has succeeded in staging with it yet; after one it soaks for 3d',
    });
  });

  it('names the run and the day that it waits for', () => {
    expect(gate([run()], '2026-11-09T03:59:59.999Z')).toEqual({
      open: false,
      until: '2026-11-09T04:00:00.000Z',
      waitsFor:
        'run 20261106-020000-aaaaa succeeded in staging with it at 2026-11-06T04:00:00.000Z; it soaks for 3d, until 2026-11-09T04:00:00.000Z',
    });
  });

  it('opens to the moment, `soak` after the run', () => {
    expect(gate([run()], '2026-11-09T04:00:00.000Z')).toEqual({ open: true, since: '2026-11-09T04:00:00.000Z' });
  });

  it('counts from the first run that succeeded, not from the last', () => {
    const later = run({ runId: 'later', endedAt: '2026-11-20T00:00:00Z' });
    expect(gate([later, run()], '2026-11-21T00:00:00Z')).toEqual({ open: true, since: '2026-11-09T04:00:00.000Z' });
  });

  it.each<[string, Partial<PastRun>]>([
    ['of another policy', { policy: 'other' }],
    ['in another environment', { environment: 'production' }],
    ['that did not succeed', { status: 'halted' }],
    ['without the patch', { patches: ['kernel-tools.x86_64'] }],
    ['that ended before this version was released', { endedAt: '2026-11-01T23:59:59Z' }],
    ['with an end nobody can read', { endedAt: 'yesterday' }],
  ])('is not opened by a run %s', (_name, over) => {
    expect(gate([run(over)], '2027-01-01T00:00:00Z').open).toBe(false);
  });

  it('is opened by the title of the very version', () => {
    const titled = run({ patches: ['kernel.x86_64:0:5.10.245-241.976.amzn2'] });
    expect(gate([titled], '2027-01-01T00:00:00Z').open).toBe(true);
  });

  it('without a release date takes an id for a version on Windows alone', () => {
    const apt: DatedPatch = { id: 'bash.amd64', classification: '', severity: '' };
    expect(gate([run({ patches: ['bash.amd64'] })], '2027-01-01T00:00:00Z', apt).open).toBe(false);
    const kb: DatedPatch = { id: 'KB5031356', classification: '', severity: '' };
    expect(gate([run({ patches: ['KB5031356'] })], '2027-01-01T00:00:00Z', kb).open).toBe(true);
  });
});

describe('a decision of the built-in policy', () => {
  const at = (patch: DatedPatch, environment: Environment, now: string, runs: PastRun[] = []) =>
    decide(patch, standard, environment, runs, Date.parse(now));

  it.each<[string, Environment]>([
    ['staging', staging],
    ['production', production],
  ])('approves critical security updates in %s at once', (_name, environment) => {
    expect(at(critical, environment, '2026-11-02T00:00:00Z')).toEqual({
      approved: true,
      rule: 'critical-security',
      since: '2026-11-02T00:00:00.000Z',
    });
  });

  it('approves nothing before its release', () => {
    expect(at(critical, production, '2026-11-01T23:59:59Z')).toMatchObject({
      approved: false,
      until: '2026-11-02T00:00:00.000Z',
    });
  });

  it('holds everything else in staging up to day 4, and says until when', () => {
    expect(at(bugfix, staging, '2026-11-05T23:59:59.999Z')).toEqual({
      approved: false,
      rule: 'everything-else',
      until: '2026-11-06T00:00:00.000Z',
      waitsFor: 'everything-else approves it in staging at 2026-11-06T00:00:00.000Z, 4d after its release',
    });
    expect(at(bugfix, staging, '2026-11-06T00:00:00Z')).toMatchObject({
      approved: true,
      since: '2026-11-06T00:00:00.000Z',
    });
  });

  it('approves everything else in production on day 7, once it has soaked', () => {
    const early = [run({ endedAt: '2026-11-06T00:00:00.000Z' })];
    expect(at(bugfix, production, '2026-11-08T23:59:59.999Z', early).approved).toBe(false);
    expect(at(bugfix, production, '2026-11-09T00:00:00Z', early)).toEqual({
      approved: true,
      rule: 'everything-else',
      since: '2026-11-09T00:00:00.000Z',
    });
  });

  it('holds for the later of the date and the gate', () => {
    expect(at(bugfix, production, '2026-11-07T00:00:00Z', [run()])).toMatchObject({
      approved: false,
      until: '2026-11-09T04:00:00.000Z',
      waitsFor: expect.stringMatching(/2026-11-09T00:00:00.*; run 20261106-020000-aaaaa .*2026-11-09T04:00:00/),
    });
    expect(at(bugfix, production, '2026-11-10T00:00:00Z', [run()])).toMatchObject({
      since: '2026-11-09T04:00:00.000Z',
    });
  });

  it('names no day while no run has had the patch', () => {
    const decision = at(bugfix, production, '2026-11-20T00:00:00Z');
    expect(decision).toMatchObject({ approved: false, waitsFor: expect.stringContaining('no run of policy standard') });
    expect(decision).not.toHaveProperty('until');
  });
});

describe('a patch without a release date', () => {
  const undated: DatedPatch = {
    id: 'bash.amd64',
    title: 'bash.amd64:5.1-6ubuntu1.1',
    classification: 'Security',
    severity: '',
  };
  const pinned = policyOf('version: 1\nname: standard\npatches: { unsupportedDelays: pin }');
  const now = Date.parse('2026-11-20T00:00:00Z');

  it('is held with a sentence of what to do when the policy does not say how', () => {
    expect(decide({ ...undated, firstSeenAt: '2026-01-01T00:00:00Z' }, standard, staging, [], now)).toEqual({
      approved: false,
      rule: 'everything-else',
      waitsFor:
        'Patch Manager knows no release date of it, so everything-else cannot wait 4d; set patches.unsupportedDelays: pin, or approve it without delay',
    });
  });

  it('needs no date for a rule without a delay', () => {
    const { releasedAt: _, ...patch } = critical;
    expect(decide(patch, standard, production, [], now)).toEqual({
      approved: true,
      rule: 'critical-security',
      since: '2026-11-20T00:00:00.000Z',
    });
  });

  it('counts with pin from when it was first seen', () => {
    const seen = { ...undated, firstSeenAt: '2026-11-16T08:00:00Z' };
    expect(decide(seen, pinned, staging, [], now)).toMatchObject({
      approved: false,
      until: '2026-11-21T00:00:00.000Z',
      waitsFor: 'everything-else approves it in staging at 2026-11-21T00:00:00.000Z, 4d after it was first seen',
    });
    expect(decide(seen, pinned, staging, [], now + DAY)).toMatchObject({ approved: true });
  });

  it('counts with pin from the first run that installed this version', () => {
    const before = run({ patches: [undated.title ?? ''], endedAt: '2026-11-01T00:00:00Z' });
    expect(decide(undated, pinned, staging, [before], now)).toMatchObject({
      approved: true,
      since: '2026-11-05T00:00:00.000Z',
    });
  });

  it('does not take another version of the package for this one', () => {
    const other = run({ patches: ['bash.amd64', 'bash.amd64:5.1-6ubuntu1.0'], endedAt: '2026-11-01T00:00:00Z' });
    expect(decide(undated, pinned, staging, [other], now)).toMatchObject({
      approved: false,
      waitsFor: expect.stringContaining('not on record yet'),
    });
  });
});

describe('approval, whatever the policy and the dates', () => {
  const seconds = fc.integer({ min: 0, max: 30 * 86_400 });
  const instants = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') });
  const scene = fc.record({
    released: instants,
    delay: fc.oneof(seconds, fc.constant(0), fc.constant(7 * 86_400)),
    lead: fc.oneof(seconds, fc.constant(0)),
    soak: seconds,
    soakRule: fc.boolean(),
    ended: fc.array(instants, { maxLength: 3 }),
    now: instants,
    later: fc.nat(400 * DAY),
  });
  type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;
  const decideScene = (s: Scene, now: number) => {
    const rule: PatchRule = { ...ruleOf(standard, 'everything-else'), approveAfterSeconds: s.delay, soak: s.soakRule };
    const environment: Environment = {
      name: 'production',
      leadSeconds: s.lead,
      gate: { after: 'staging', soakSeconds: s.soak },
    };
    const policy = { ...standard, patches: { ...standard.patches, rules: [rule] } };
    const runs = s.ended.map((ended) => run({ endedAt: new Date(ended).toISOString() }));
    return decide({ ...bugfix, releasedAt: new Date(s.released).toISOString() }, policy, environment, runs, now);
  };

  it('is never taken back by the passing of time', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const first = decideScene(s, s.now);
        fc.pre(first.approved);
        expect(decideScene(s, s.now + s.later)).toEqual(first);
      }),
    );
  });

  it('is never given before the release, nor before it says itself', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const decision = decideScene(s, s.now);
        if (decision.approved) {
          expect(Date.parse(decision.since)).toBeGreaterThanOrEqual(s.released);
          expect(Date.parse(decision.since)).toBeLessThanOrEqual(s.now);
        } else if (decision.until !== undefined) expect(Date.parse(decision.until)).toBeGreaterThan(s.now);
      }),
    );
  });

  it('comes at the moment it is promised for, and not a millisecond before', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const decision = decideScene(s, s.now);
        fc.pre(!decision.approved && decision.until !== undefined);
        const until = Date.parse('until' in decision ? (decision.until ?? '') : '');
        expect(decideScene(s, until).approved).toBe(true);
        expect(decideScene(s, until - 1).approved).toBe(false);
      }),
    );
  });

  it('comes between n × 24 hours after the release and a day later, in order of the delays', () => {
    fc.assert(
      fc.property(instants, seconds, seconds, (released, a, b) => {
        const patch = { ...bugfix, releasedAt: new Date(released).toISOString() };
        const when = (approveAfterSeconds: number) =>
          approvedAt(patch, { ...ruleOf(standard, 'everything-else'), approveAfterSeconds }, production) ?? Number.NaN;
        expect(when(a)).toBeGreaterThanOrEqual(released + a * 1000);
        expect(when(a)).toBeLessThan(released + a * 1000 + DAY);
        if (a <= b) expect(when(a)).toBeLessThanOrEqual(when(b));
      }),
    );
  });
});
