import type { CreatePatchBaselineRequest } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileBaselines, installOverrideList } from '../../src/policies/baselines.ts';
import { OPERATING_SYSTEMS, type OperatingSystem, type Policy } from '../../src/policies/policy.ts';
import { standardPolicy } from '../../src/policies/standard.ts';
import { CLASSIFICATIONS, FILTER_WORDS, foldWord, SEVERITIES } from '../../src/policies/words.ts';
import { environmentOf, policyOf } from './policy-of.ts';

const compile = (policy: Policy, environment: string, ...systems: OperatingSystem[]) =>
  compileBaselines(policy, environmentOf(policy, environment), systems.length === 0 ? undefined : systems);

/** The rules of a baseline, short: days, filters by key, and whether non-security updates are in. */
function rulesOf(baseline: CreatePatchBaselineRequest | undefined) {
  return (baseline?.ApprovalRules?.PatchRules ?? []).map((rule) => ({
    days: rule.ApproveAfterDays,
    nonSecurity: rule.EnableNonSecurity,
    ...Object.fromEntries((rule.PatchFilterGroup?.PatchFilters ?? []).map(({ Key, Values }) => [Key, Values])),
  }));
}

const withRules = (rules: string, more = '') => policyOf(`version: 1\nname: x\npatches:\n  rules: [${rules}]\n${more}`);
const PIN = '  unsupportedDelays: pin\n';
const LIST = '  overrideList: s3://bucket/prefix\n';

describe('the built-in policy as patch baselines', () => {
  const standard = standardPolicy();
  const linux = OPERATING_SYSTEMS.filter((os) => !['WINDOWS', 'DEBIAN', 'UBUNTU'].includes(os));

  it.each(linux)(
    'on %s approves critical security at once, everything else on day 4 in staging and 7 in production',
    (os) => {
      for (const [environment, days] of [
        ['staging', 4],
        ['production', 7],
      ] as const) {
        const { baselines, problems } = compile(standard, environment, os);
        expect(problems).toEqual([]);
        expect(rulesOf(baselines[0])).toEqual([
          { days: 0, nonSecurity: false, PRODUCT: ['*'], CLASSIFICATION: ['Security'], SEVERITY: ['Critical'] },
          { days, nonSecurity: true, PRODUCT: ['*'], CLASSIFICATION: ['*'], SEVERITY: ['*'] },
        ]);
      }
    },
  );

  it('on Windows says it in the words of Windows', () => {
    const { baselines } = compile(standard, 'production', 'WINDOWS');
    expect(rulesOf(baselines[0])).toEqual([
      {
        days: 0,
        nonSecurity: undefined,
        PRODUCT: ['*'],
        CLASSIFICATION: ['SecurityUpdates'],
        MSRC_SEVERITY: ['Critical'],
      },
      { days: 7, nonSecurity: undefined, PRODUCT: ['*'], CLASSIFICATION: ['*'], MSRC_SEVERITY: ['*'] },
    ]);
  });

  it.each(['DEBIAN', 'UBUNTU'] as const)('on %s is refused, for a delay that would silently not be kept', (os) => {
    const { baselines, problems } = compile(standard, 'production', os);
    expect(baselines).toEqual([]);
    expect(problems).toEqual([
      {
        operatingSystem: os,
        rule: 'everything-else',
        message: expect.stringContaining('waits 7d in production, and Patch Manager knows no release dates'),
        remedy: expect.stringContaining('unsupportedDelays: pin'),
      },
    ]);
  });

  it('makes a baseline for every system that keeps delays, each with a name that AWS takes', () => {
    const { baselines, problems } = compile(standard, 'staging');
    expect(baselines.map(({ OperatingSystem }) => OperatingSystem)).toEqual(
      OPERATING_SYSTEMS.filter((os) => os !== 'DEBIAN' && os !== 'UBUNTU'),
    );
    expect(problems.map(({ operatingSystem }) => operatingSystem)).toEqual(['DEBIAN', 'UBUNTU']);
    for (const { Name, Description } of baselines) {
      expect(Name).toMatch(/^[a-zA-Z0-9_\-.]{3,128}$/);
      expect(Description?.length).toBeLessThanOrEqual(1024);
    }
    expect(baselines[0]?.Name).toBe('drydock-standard-staging-amazon-linux-2');
  });

  it('weighs a missing patch by the severity that its rule names', () => {
    const { baselines } = compile(standard, 'staging', 'AMAZON_LINUX_2023');
    expect(baselines[0]?.ApprovalRules?.PatchRules?.map((rule) => rule.ComplianceLevel)).toEqual([
      'CRITICAL',
      'UNSPECIFIED',
    ]);
  });
});

describe('the words of a rule', () => {
  const policy = withRules(
    '{ name: a, match: { classification: [Security, Bugfix, Recommended], severity: [Important, Moderate] }, approveAfter: 0d }',
  );

  it.each<[OperatingSystem, string[], string[]]>([
    ['AMAZON_LINUX_2', ['Security', 'Bugfix', 'Recommended'], ['Important', 'Medium']],
    ['AMAZON_LINUX_2023', ['Security', 'Bugfix', 'Recommended'], ['Important', 'Medium']],
    ['REDHAT_ENTERPRISE_LINUX', ['Security', 'Bugfix', 'Recommended'], ['Important', 'Moderate']],
    ['ORACLE_LINUX', ['Security', 'Bugfix', 'Recommended'], ['Important', 'Moderate']],
    ['SUSE', ['Security', 'Recommended'], ['Important', 'Moderate']],
  ])('become those of %s', (os, classification, severity) => {
    expect(rulesOf(compile(policy, 'staging', os).baselines[0])).toEqual([
      { days: 0, nonSecurity: true, PRODUCT: ['*'], CLASSIFICATION: classification, SEVERITY: severity },
    ]);
  });

  it('become classes and MSRC severities on Windows', () => {
    expect(rulesOf(compile(policy, 'staging', 'WINDOWS').baselines[0])).toMatchObject([
      { CLASSIFICATION: ['SecurityUpdates'], MSRC_SEVERITY: ['Important', 'Moderate'] },
    ]);
  });

  it('become priorities on Ubuntu, where Patch Manager has no others', () => {
    const apt = withRules(
      '{ name: a, match: { classification: [Security], severity: [Required, Important] }, approveAfter: 0d }',
    );
    expect(rulesOf(compile(apt, 'staging', 'UBUNTU').baselines[0])).toEqual([
      { days: 0, nonSecurity: false, PRODUCT: ['*'], PRIORITY: ['Required', 'Important'] },
    ]);
  });

  it('leave a rule out where the system has none of them', () => {
    const yast = withRules(
      '{ name: a, match: { classification: [Yast] }, approveAfter: 0d }, { name: b, approveAfter: 3d }',
    );
    expect(rulesOf(compile(yast, 'production', 'AMAZON_LINUX_2').baselines[0]).map(({ days }) => days)).toEqual([3]);
    expect(rulesOf(compile(yast, 'production', 'SUSE').baselines[0]).map(({ days }) => days)).toEqual([0, 3]);
  });

  it('are known for every operating system', () => {
    for (const os of OPERATING_SYSTEMS) {
      const words = FILTER_WORDS[os];
      const all = words.family === 'classified' ? [...words.classification, ...words.severity] : words.priority;
      for (const word of all) expect([...CLASSIFICATIONS, ...SEVERITIES]).toContain(word);
    }
  });
});

describe('delays', () => {
  it.each([
    ['36h', '0d', 2],
    ['1h', '0d', 1],
    ['7d', '12h', 7],
    ['7d', '7d', 0],
    ['3d', '7d', 0],
    ['360d', '0d', 360],
  ])('of %s with a lead of %s are %d days of Patch Manager: up, never down', (approveAfter, lead, days) => {
    const policy = withRules(
      `{ name: a, approveAfter: ${approveAfter} }`,
      `environments: { staging: { lead: ${lead} } }`,
    );
    expect(rulesOf(compile(policy, 'staging', 'AMAZON_LINUX_2').baselines[0]).map((rule) => rule.days)).toEqual([days]);
  });

  it('on Ubuntu with pin are left to the list of the run', () => {
    const policy = withRules('{ name: a, approveAfter: 7d }', PIN);
    const { baselines, problems } = compile(policy, 'production', 'UBUNTU');
    expect(problems).toEqual([]);
    expect(rulesOf(baselines[0])).toEqual([{ days: 0, nonSecurity: true, PRODUCT: ['*'], PRIORITY: ['*'] }]);
  });

  it('on Ubuntu need no pin where the lead takes them away', () => {
    const policy = withRules(
      '{ name: a, approveAfter: 3d }',
      'environments: { staging: { lead: 3d }, production: {} }',
    );
    expect(compile(policy, 'staging', 'UBUNTU').problems).toEqual([]);
    expect(compile(policy, 'production', 'UBUNTU').problems).toHaveLength(1);
  });

  it('that are shorter in a later rule do not reach what an earlier rule keeps back', () => {
    const policy = withRules(
      '{ name: features, match: { classification: [Enhancement, Newpackage] }, approveAfter: 30d }, { name: rest, approveAfter: 7d }',
    );
    expect(rulesOf(compile(policy, 'production', 'AMAZON_LINUX_2').baselines[0])).toMatchObject([
      { days: 30, CLASSIFICATION: ['Enhancement', 'Newpackage'], SEVERITY: ['*'] },
      { days: 7, CLASSIFICATION: ['Security', 'Bugfix', 'Recommended'], SEVERITY: ['*'] },
    ]);
  });

  it('of an earlier rule on one class and severity leave the others of both', () => {
    const policy = withRules(
      '{ name: a, match: { classification: [Bugfix], severity: [Low] }, approveAfter: 30d }, { name: b, approveAfter: 7d }',
    );
    expect(rulesOf(compile(policy, 'production', 'AMAZON_LINUX_2').baselines[0]).slice(1)).toMatchObject([
      { days: 7, CLASSIFICATION: ['Security', 'Enhancement', 'Recommended', 'Newpackage'], SEVERITY: ['*'] },
      { days: 7, CLASSIFICATION: ['Bugfix'], SEVERITY: ['Critical', 'Important', 'Medium'] },
    ]);
  });

  it('are in Patch Manager, where every rule that matches approves, those of the first rule that matches here', () => {
    const words = FILTER_WORDS.AMAZON_LINUX_2;
    if (words.family !== 'classified') throw new Error('Amazon Linux has classes');
    const some = (all: string[]) => fc.subarray(all, { maxLength: 3 });
    const rules = fc.array(
      fc.record({ classification: some(words.classification), severity: some(words.severity), days: fc.nat(30) }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(rules, (drawn) => {
        const isCatchAll = (rule: (typeof drawn)[number]) => rule.classification.length + rule.severity.length === 0;
        fc.pre(drawn.slice(0, -1).every((rule) => !isCatchAll(rule)));
        const text = drawn.map(
          ({ classification, severity, days }, at) =>
            `{ name: r${at}, match: { classification: [${classification}], severity: [${severity}] }, approveAfter: ${days}d }`,
        );
        const { baselines, problems } = compile(withRules(text.join(', ')), 'production', 'AMAZON_LINUX_2');
        fc.pre(problems.length === 0);
        const has = (values: unknown, word: string) =>
          Array.isArray(values) && (values.includes('*') || values.includes(word));
        for (const classification of words.classification) {
          for (const severity of words.severity) {
            const first = drawn.find(
              (rule) =>
                (rule.classification.length === 0 || rule.classification.includes(classification)) &&
                (rule.severity.length === 0 || rule.severity.includes(severity)),
            );
            const matching = rulesOf(baselines[0]).filter((rule) => {
              const filters: Record<string, unknown> = rule;
              return has(filters.CLASSIFICATION, classification) && has(filters.SEVERITY, severity);
            });
            const earliest = Math.min(...matching.map(({ days }) => days ?? Number.NaN));
            expect(earliest).toBe(first?.days ?? Number.POSITIVE_INFINITY);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('rules for ids', () => {
  it('without a delay are approved patches', () => {
    const policy = withRules(
      '{ name: a, match: { id: [openssl*, kernel.x86_64] }, approveAfter: 0d }, { name: b, approveAfter: 7d }',
    );
    const { baselines, problems } = compile(policy, 'production', 'AMAZON_LINUX_2');
    expect(problems).toEqual([]);
    expect(baselines[0]).toMatchObject({
      ApprovedPatches: ['kernel.x86_64', 'openssl*'],
      ApprovedPatchesEnableNonSecurity: true,
    });
    expect(rulesOf(baselines[0]).map(({ days }) => days)).toEqual([7]);
  });

  it.each([
    ['with a delay', '{ name: a, match: { id: [kernel*] }, approveAfter: 30d }', 'at once'],
    [
      'with a class',
      '{ name: a, match: { id: [kernel*], classification: [Security] }, approveAfter: 0d }',
      'unconditionally',
    ],
    [
      'behind a rule that waits',
      '{ name: b, match: { severity: [Low] }, approveAfter: 9d }, { name: a, match: { id: [kernel*] }, approveAfter: 0d }',
      'b stands before a',
    ],
  ])('%s are refused, unless a list of the run decides', (_name, rules, message) => {
    expect(compile(withRules(rules), 'production', 'AMAZON_LINUX_2').problems).toMatchObject([
      { rule: 'a', message: expect.stringContaining(message), remedy: expect.stringContaining('overrideList') },
    ]);
    expect(compile(withRules(rules, LIST), 'production', 'AMAZON_LINUX_2').problems).toEqual([]);
  });

  it('take no wildcards on Windows', () => {
    const policy = withRules('{ name: a, match: { id: ["KB50*"] }, approveAfter: 0d }');
    expect(compile(policy, 'production', 'WINDOWS').problems).toMatchObject([
      { message: expect.stringContaining('wildcard') },
    ]);
  });
});

describe('the limits of a patch baseline', () => {
  it('of ten rules are kept', () => {
    const classes = ['Security', 'Bugfix', 'Enhancement'];
    const severities = ['Critical', 'Important', 'Medium', 'Low'];
    const rules = classes.flatMap((each) =>
      severities.map(
        (severity) =>
          `{ name: ${each}-${severity}, match: { classification: [${each}], severity: [${severity}] }, approveAfter: 1d }`,
      ),
    );
    const { baselines, problems } = compile(withRules(rules.join(', ')), 'production', 'AMAZON_LINUX_2', 'SUSE');
    expect(problems).toMatchObject([
      { operatingSystem: 'AMAZON_LINUX_2', message: '12 rules, and a patch baseline holds at most 10' },
    ]);
    expect(baselines.map(({ OperatingSystem }) => OperatingSystem)).toEqual(['SUSE']);
  });
});

describe('the list of patches that a run installs', () => {
  it('is YAML as AWS-RunPatchBaseline reads it, sorted, each patch once', () => {
    const list = installOverrideList([
      { id: 'openssl.x86_64', title: 'openssl.x86_64:1:1.0.2k-24.amzn2.0.14' },
      { id: 'bash.x86_64' },
      { id: 'openssl.x86_64', title: 'openssl.x86_64:1:1.0.2k-24.amzn2.0.14' },
    ]);
    expect(list).toBe(
      "patches:\n  - id: 'bash.x86_64'\n  - id: 'openssl.x86_64'\n    title: 'openssl.x86_64:1:1.0.2k-24.amzn2.0.14'\n",
    );
  });

  it.each([
    ['a version of yum', 'kernel.x86_64', 'kernel.x86_64:0:5.10.245-241.976.amzn2', true],
    ['a version of apt', 'apt.amd64', 'apt.amd64:1.2.27', true],
    ['the name of a Windows update', 'KB5031356', "2026-11 Cumulative Update for Windows Server '22 (KB5031356)", true],
    ['a description, which on Linux would filter it out', 'kernel.x86_64', 'Important kernel update', false],
    ['a wildcard, which would install more', 'kernel.x86_64', 'kernel.x86_64:*', false],
    ['nothing', 'kernel.x86_64', '', false],
  ])('has the title when it is %s: %s %s', (_name, id, title, kept) => {
    expect(parse(installOverrideList([{ id, title }]))).toEqual({ patches: [kept ? { id, title } : { id }] });
  });

  it('is the same text for the same set', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9+._'-]{0,20}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ids, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const patches = drawn.map((id) => ({ id }));
        const shuffled = patches
          .map((patch) => ({ patch, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ patch }) => patch);
        const list = installOverrideList(patches);
        expect(installOverrideList(shuffled)).toBe(list);
        expect(parse(list)).toEqual({
          patches: patches.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id }) => ({ id })),
        });
      }),
    );
  });

  it.each(['kernel*', 'kern?l', '[a-z]', 'a b', ''])('does not take %j for the id of one patch', (id) => {
    expect(() => installOverrideList([{ id }])).toThrow(RangeError);
  });

  it('is never empty', () => {
    expect(() => installOverrideList([])).toThrow('no patches');
  });
});

describe('words folded together', () => {
  it.each([
    ['Moderate', 'Medium'],
    ['SecurityUpdates', 'Security'],
    ['SECURITY', 'security'],
    ['Security Updates', 'Security'],
    ['None', 'Unspecified'],
    ['', 'Unspecified'],
    ['BugFix', 'Bugfix'],
  ])('%j is %j', (a, b) => {
    expect(foldWord(a)).toBe(foldWord(b));
  });

  it.each([
    ['CriticalUpdates', 'Security'],
    ['CriticalUpdates', 'Critical'],
    ['Important', 'Medium'],
    ['constructor', 'Unspecified'],
  ])('%j is not %j', (a, b) => {
    expect(foldWord(a)).not.toBe(foldWord(b));
  });
});
