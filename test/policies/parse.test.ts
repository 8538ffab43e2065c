import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policies/parse.ts';
import { formatProblem } from '../../src/policies/problem.ts';
import { STANDARD_POLICY } from '../../src/policies/standard.ts';
import { policyOf, problemsOf } from './policy-of.ts';

const HEAD = 'version: 1\nname: x\n';

/** The mark ▸ stands in `text` where the problem is, and is taken out; `message` is a part of the message. */
type Row = [name: string, text: string, path: string, message: string];

/** A text without its mark, and where the mark was. */
function unmarked(text: string): { text: string; position: string } {
  const before = text.slice(0, text.indexOf('▸')).split('\n');
  return { text: text.replace('▸', ''), position: `${before.length}:${(before.at(-1) ?? '').length + 1}` };
}

const KEYS: Row[] = [
  ['an unknown key', `${HEAD}▸helth: []\n`, 'helth', 'did you mean health?'],
  ['an unknown key that resembles none', `${HEAD}▸quux: []\n`, 'quux', 'unknown key'],
  [
    'an unknown key deep inside',
    `${HEAD}rollout:\n  ▸maxUnavailble: 1\n`,
    'rollout.maxUnavailble',
    'did you mean maxUnavailable?',
  ],
  [
    'an unknown key in a list',
    `${HEAD}health:\n  - { url: http://x/, ▸statuss: 200 }\n`,
    'health[0].statuss',
    'did you mean status?',
  ],
  [
    'an unknown key of an environment',
    `${HEAD}environments:\n  staging: { ▸leed: 1d }\n`,
    'environments.staging.leed',
    'did you mean lead?',
  ],
  ['a key in the wrong case', `${HEAD}rollout: { ▸Bake: 5m }\n`, 'rollout.Bake', 'did you mean bake?'],
  ['a key twice', `${HEAD}rollback: restore\n▸rollback: replace\n`, '', 'twice'],
  ['a key twice, deep inside', `${HEAD}rollout: { bake: 5m, ▸bake: 6m }\n`, '', 'twice'],
  ['a missing name', '▸version: 1\n', 'name', 'missing'],
  ['a missing version', '▸name: x\n', 'version', 'missing'],
  ['a rule without a delay', `${HEAD}patches:\n  rules:\n    - ▸name: a\n`, 'patches.rules[0].approveAfter', 'missing'],
  ['a health check without a URL', `${HEAD}health:\n  - ▸status: 200\n`, 'health[0].url', 'missing'],
  ['an empty section', `${HEAD}rollout:▸\nrollback: restore\n`, 'rollout', 'nothing stands here'],
  ['an empty document', '▸', '', 'nothing stands here'],
  ['a text for a policy', '▸hello', '', 'not allowed here'],
  ['a list for a policy', '▸- 1\n', '', 'not allowed here'],
  ['a list for a section', `${HEAD}rollout: ▸[1]\n`, 'rollout', 'not allowed here'],
  ['a key that is no text', `${HEAD}? ▸[1]\n: 2\n`, '', 'not readable as YAML'],
];

const VALUES: Row[] = [
  ['a version that does not exist', 'version: ▸2\nname: x\n', 'version', 'not allowed here'],
  ['a version as text', 'version: ▸"1"\nname: x\n', 'version', 'not allowed here'],
  ['a name that AWS would not take', 'version: 1\nname: ▸my policy\n', 'name', 'not allowed here'],
  ['a name that is a number', 'version: 1\nname: ▸12\n', 'name', 'not allowed here'],
  [
    'an environment whose name is no name',
    `${HEAD}environments:\n  ▸"pro duction": {}\n`,
    'environments["pro duction"]',
    'not a name',
  ],
  [
    'a delay of no unit',
    `${HEAD}patches: { rules: [{ name: a, approveAfter: ▸7 }] }\n`,
    'patches.rules[0].approveAfter',
    'not allowed here',
  ],
  [
    'a negative delay',
    `${HEAD}patches: { rules: [{ name: a, approveAfter: ▸-7d }] }\n`,
    'patches.rules[0].approveAfter',
    'not allowed here',
  ],
  [
    'a delay beyond 360 days',
    `${HEAD}patches: { rules: [{ name: a, approveAfter: ▸361d }] }\n`,
    'patches.rules[0].approveAfter',
    'longer than 360d',
  ],
  [
    'a lead beyond 360 days',
    `${HEAD}environments: { staging: { lead: ▸9000h } }\n`,
    'environments.staging.lead',
    'longer than 360d',
  ],
  [
    'a class of no operating system',
    `${HEAD}patches:\n  rules:\n    - { name: a, match: { classification: [▸Securty] }, approveAfter: 0d }\n`,
    'patches.rules[0].match.classification[0]',
    'did you mean Security?',
  ],
  [
    'a severity of no operating system',
    `${HEAD}patches:\n  rules:\n    - { name: a, match: { severity: [▸Hihg] }, approveAfter: 0d }\n`,
    'patches.rules[0].match.severity[0]',
    'no operating system has it',
  ],
  [
    'a single word for a list',
    `${HEAD}patches:\n  rules:\n    - { name: a, match: { severity: ▸Low }, approveAfter: 0d }\n`,
    'patches.rules[0].match.severity',
    'not allowed here',
  ],
  ['no rules at all', `${HEAD}patches: { rules: ▸[] }\n`, 'patches.rules', 'not allowed here'],
  [
    'a reboot option that does not exist',
    `${HEAD}patches: { reboot: ▸if-neded }\n`,
    'patches.reboot',
    'did you mean if-needed?',
  ],
  [
    'another way with unsupported delays',
    `${HEAD}patches: { unsupportedDelays: ▸ignore }\n`,
    'patches.unsupportedDelays',
    'not allowed here',
  ],
  [
    'a list of patches that is not in S3',
    `${HEAD}patches: { overrideList: ▸https://b/p }\n`,
    'patches.overrideList',
    's3://bucket/prefix',
  ],
  [
    'a bucket whose name is none',
    `${HEAD}patches: { overrideList: ▸s3://B_/p }\n`,
    'patches.overrideList',
    'no bucket name',
  ],
  [
    'nobody unavailable',
    `${HEAD}rollout: { maxUnavailable: ▸0 }\n`,
    'rollout.maxUnavailable',
    'nothing could ever be patched',
  ],
  [
    '0% unavailable',
    `${HEAD}rollout: { maxUnavailable: ▸0% }\n`,
    'rollout.maxUnavailable',
    'nothing could ever be patched',
  ],
  ['100% unavailable', `${HEAD}rollout: { maxUnavailable: ▸100% }\n`, 'rollout.maxUnavailable', 'the whole group'],
  ['300% unavailable', `${HEAD}rollout: { maxUnavailable: ▸300% }\n`, 'rollout.maxUnavailable', 'the whole group'],
  [
    'fewer than nobody unavailable',
    `${HEAD}rollout: { maxUnavailable: ▸-1 }\n`,
    'rollout.maxUnavailable',
    'nothing could ever be patched',
  ],
  [
    'half an instance unavailable',
    `${HEAD}rollout: { maxUnavailable: ▸1.5 }\n`,
    'rollout.maxUnavailable',
    'not allowed here',
  ],
  ['a share that is none', `${HEAD}rollout: { maxUnavailable: ▸ten% }\n`, 'rollout.maxUnavailable', 'not allowed here'],
  ['a canary of none', `${HEAD}rollout: { canary: ▸0 }\n`, 'rollout.canary', 'tests nothing'],
  ['a canary of all', `${HEAD}rollout: { canary: ▸100% }\n`, 'rollout.canary', 'no canary'],
  ['fewer than no failures', `${HEAD}rollout: { maxFailures: ▸-1 }\n`, 'rollout.maxFailures', 'not allowed here'],
  [
    'suspending Launch',
    `${HEAD}rollout: { suspend: [AZRebalance, ▸Launch] }\n`,
    'rollout.suspend[1]',
    'a run needs Launch',
  ],
  [
    'suspending Terminate',
    `${HEAD}rollout: { suspend: [▸Terminate] }\n`,
    'rollout.suspend[0]',
    'a run needs Terminate',
  ],
  [
    'suspending AddToLoadBalancer',
    `${HEAD}rollout: { suspend: [▸AddToLoadBalancer] }\n`,
    'rollout.suspend[0]',
    'gets no traffic back',
  ],
  [
    'suspending HealthCheck',
    `${HEAD}rollout: { suspend: [▸HealthCheck] }\n`,
    'rollout.suspend[0]',
    'a run needs HealthCheck',
  ],
  [
    'suspending what AWS does not have',
    `${HEAD}rollout: { suspend: [▸constructor] }\n`,
    'rollout.suspend[0]',
    'no such process',
  ],
  [
    'an isolation that does not exist',
    `${HEAD}rollout: { isolation: ▸stanby }\n`,
    'rollout.isolation',
    'did you mean standby?',
  ],
  ['a patch command of no time', `${HEAD}rollout: { patchTimeout: ▸0s }\n`, 'rollout.patchTimeout', 'shorter than 1m'],
  ['a rollback that does not exist', `${HEAD}rollback: ▸undo\n`, 'rollback', 'not allowed here'],
  [
    'a hook of two kinds',
    `${HEAD}hooks: { afterPatch: [▸{ lambda: f, url: http://x/ }] }\n`,
    'hooks.afterPatch[0]',
    'lambda and url exclude each other',
  ],
  ['a hook of nothing', `${HEAD}hooks: { afterPatch: [▸{ timeout: 5m }] }\n`, 'hooks.afterPatch[0]', 'nothing to run'],
  [
    'a topic that is none',
    `${HEAD}notify: [▸"arn:aws:sns:eu-central-1:1234:x"]\n`,
    'notify[0]',
    'arn:aws:sns:region:account:name',
  ],
  [
    'an ARN of something else',
    `${HEAD}notify: [▸"arn:aws:sqs:eu-central-1:123456789012:x"]\n`,
    'notify[0]',
    'only those of SNS',
  ],
  ['a webhook in the clear', `${HEAD}notify: [▸http://hooks.example.com/x]\n`, 'notify[0]', 'http:'],
  ['a mail address', `${HEAD}notify: [▸ops@example.com]\n`, 'notify[0]', 'not a URL'],
];

const HEALTH: Row[] = (
  [
    ['a scheme that is not HTTP', 'url: ▸"ftp://{privateIp}/"', 'url', 'ftp:'],
    ['an unknown placeholder', 'url: ▸"http://{privatIp}/"', 'url', 'did you mean {privateIp}?'],
    ['a placeholder that is not closed', 'url: ▸"http://{privateIp/"', 'url', 'brace'],
    ['credentials in the URL', 'url: ▸"http://u:p@{privateIp}/"', 'url', 'send a header instead'],
    ['a URL without a host', 'url: ▸"http:///"', 'url', 'not a URL'],
    ['a path alone', 'url: ▸/healthz', 'url', 'not a URL'],
    ['no URL at all', 'url: ▸""', 'url', 'empty'],
    ['a status that cannot be', 'url: http://x/, status: ▸99', 'status', 'no status codes'],
    ['a status beyond all', 'url: http://x/, status: ▸"200,600"', 'status', 'no such status code'],
    ['a range backwards', 'url: http://x/, status: ▸299-200', 'status', 'runs backwards'],
    ['a status in words', 'url: http://x/, status: ▸OK', 'status', 'no status codes'],
    ['a body that is no expression', 'url: http://x/, body: ▸"/(/"', 'body', 'no regular expression'],
    ['a body that takes for ever', 'url: http://x/, body: ▸"/^(a+)+$/"', 'body', 'repetition inside a repetition'],
    ['a body with flags', 'url: http://x/, body: ▸"/ok/i"', 'body', '(?i:'],
    ['a JSON pointer that is none', 'url: http://x/, json: { ▸status: UP }', 'json.status', 'not a name'],
    ['a value no pointer can have', 'url: http://x/, json: { /a: ▸[1] }', 'json["/a"]', 'not allowed here'],
    ['a header whose name is none', 'url: http://x/, headers: { ▸"a b": c }', 'headers["a b"]', 'not a name'],
    ['a header on two lines', 'url: http://x/, headers: { a: ▸"b\\nc" }', 'headers.a', 'not allowed here'],
    ['no consecutive answers', 'url: http://x/, consecutive: ▸0', 'consecutive', 'not allowed here'],
    ['answers that do not fit', 'url: http://x/, interval: 1m, within: ▸2m', 'within', 'never fit into 2m'],
    [
      'a latency beyond the timeout',
      'url: http://x/, maxLatency: ▸3s',
      'maxLatency',
      'given up after the timeout of 2s',
    ],
    ['a latency that is none', 'url: http://x/, maxLatency: ▸fast', 'maxLatency', 'not allowed here'],
    ['an insecure that is text', 'url: http://x/, insecure: ▸"yes"', 'insecure', 'not allowed here'],
  ] as const
).map(([name, text, path, message]) => [name, `${HEAD}health: [{ ${text} }]\n`, `health[0].${path}`, message]);

const SCHEDULE: Row[] = (
  [
    ['the cron of Unix', 'cron: ▸"0 2 * * 2"', 'cron', 'five-field cron of Unix'],
    ['five fields', 'cron: ▸"cron(0 2 ? * TUE)"', 'cron', '6 fields'],
    ['a day of the month and of the week', 'cron: ▸"cron(0 2 1 * TUE *)"', 'cron', 'exactly one'],
    ['an hour that is none', 'cron: ▸"cron(0 24 ? * TUE *)"', 'cron', '"24" is no hours'],
    ['a time zone that is none', 'cron: rate(7 days), timezone: ▸Asia/Tokio', 'timezone', 'no such time zone'],
    ['half an hour', 'cron: rate(7 days), duration: ▸90m', 'duration', 'whole hours'],
    ['more than a day', 'cron: rate(7 days), duration: ▸25h', 'duration', 'longer than 24h'],
    ['no time at all', 'cron: rate(7 days), duration: ▸0h', 'duration', 'shorter than 1h'],
    [
      'a cutoff as long as the window',
      'cron: rate(7 days), duration: 4h, cutoff: ▸4h',
      'cutoff',
      'nothing could begin in a window of 4h',
    ],
  ] as const
).map(([name, text, path, message]) => [
  name,
  `${HEAD}schedule: { staging: { ${text} } }\n`,
  `schedule.staging.${path}`,
  message,
]);

const DEPLOYMENT: Row[] = (
  [
    [
      'a subnet that is none',
      'subnetIds: [▸vpc-0a1b2c3d], securityGroupIds: [sg-0a1b2c3d]',
      'subnetIds[0]',
      'not allowed here',
    ],
    ['no subnet', 'subnetIds: ▸[], securityGroupIds: [sg-0a1b2c3d]', 'subnetIds', 'not allowed here'],
    [
      'no security group',
      'subnetIds: [subnet-0a1b2c3d], securityGroupIds: ▸[]',
      'securityGroupIds',
      'not allowed here',
    ],
  ] as const
).map(([name, text, path, message]) => [
  name,
  `${HEAD}deployment: { vpc: { ${text} } }\n`,
  `deployment.vpc.${path}`,
  message,
]);

const RELATIONS: Row[] = [
  [
    'an environment after an unknown one',
    `${HEAD}environments: { a: {}, b: { after: ▸c } }\n`,
    'environments.b.after',
    'no environment has this name',
  ],
  ['an environment after itself', `${HEAD}environments: { a: { after: ▸a } }\n`, 'environments.a.after', 'a after a'],
  ['a soak after nothing', `${HEAD}environments: { a: { soak: ▸3d } }\n`, 'environments.a.soak', 'none is named'],
  [
    'a group of an unknown environment',
    `${HEAD}groups:\n  - { match: { name: g }, environment: ▸prodction }\n`,
    'groups[0].environment',
    'did you mean production?',
  ],
  [
    'a group of no name',
    `${HEAD}groups:\n  - { match: ▸{}, environment: staging }\n`,
    'groups[0].match',
    'would match every group',
  ],
  [
    'a tag that is no text',
    `${HEAD}groups:\n  - { match: { tag: { a: ▸1 } }, environment: staging }\n`,
    'groups[0].match.tag.a',
    'not allowed here',
  ],
  [
    'a window of an unknown environment',
    `${HEAD}schedule:\n  ▸stagin: { cron: rate(7 days) }\n`,
    'schedule.stagin',
    'did you mean staging?',
  ],
  [
    'two rules of one name',
    `${HEAD}patches:\n  rules:\n    - { name: a, match: { id: [b] }, approveAfter: 0d }\n    - { name: ▸a, approveAfter: 0d }\n`,
    'patches.rules[1].name',
    'another rule has this name',
  ],
  [
    'a rule that is never reached',
    `${HEAD}patches:\n  rules:\n    - { name: a, approveAfter: 0d }\n    - ▸{ name: b, approveAfter: 0d }\n`,
    'patches.rules[1]',
    'never reached: a',
  ],
];

describe('a policy is refused with the place and the reason', () => {
  for (const [group, rows] of Object.entries({ KEYS, VALUES, HEALTH, SCHEDULE, DEPLOYMENT, RELATIONS })) {
    describe(group.toLowerCase(), () => {
      it.each(rows)('for %s', (_name, marked, path, message) => {
        const { text, position } = unmarked(marked);
        const problems = problemsOf(text);
        const said = problems.map(({ line, column, path, message }) => ({ at: `${line}:${column}`, path, message }));
        expect(said).toEqual([{ at: position, path, message: expect.stringContaining(message) }]);
        expect(problems[0]).toMatchObject({
          file: 'policy.yaml',
          found: expect.stringMatching(/./),
          allowed: expect.stringMatching(/./),
        });
      });
    });
  }

  it('in a circle of environments at each of its ends', () => {
    const problems = problemsOf(`${HEAD}environments: { a: { after: b }, b: { after: c }, c: { after: a } }`);
    expect(problems.map(({ path }) => path)).toEqual(['a', 'b', 'c'].map((name) => `environments.${name}.after`));
    expect(problems[0]?.message).toContain('a after b after c after a');
  });

  it('for everything at once, in the order of the text', () => {
    const problems = problemsOf(
      'version: 1\nname: x\nrollout: { bake: 5, maxUnavailable: 0 }\nhelth: []\ngroups: [{ match: { name: a }, environment: nowhere }]\nrollback: undo\nrollback: redo\n',
    );
    expect(problems.map(({ line, path }) => [line, path])).toEqual([
      [3, 'rollout.bake'],
      [3, 'rollout.maxUnavailable'],
      [4, 'helth'],
      [5, 'groups[0].environment'],
      [6, 'rollback'],
      [7, ''],
    ]);
  });
});

describe('a problem in one line', () => {
  it('has file, line, column, path, what is wrong, what was found and what is allowed', () => {
    const [problem] = problemsOf(`${HEAD}rollout:\n  isolation: stanby\n`);
    expect(problem === undefined ? '' : formatProblem(problem)).toBe(
      'policy.yaml:4:14: rollout.isolation: not allowed here; did you mean standby? (found "stanby"; allowed: one of detach, standby)',
    );
  });

  it.each([
    ['the credentials of a URL', `${HEAD}health: [{ url: "https://me:hunter2@x/" }]`],
    ['the query of a URL', `${HEAD}health: [{ url: "ftp://x/?token=hunter2" }]`],
    ['the path of a webhook', `${HEAD}notify: ["http://hooks.example.com/services/hunter2"]`],
    ['a webhook whose scheme was forgotten', `${HEAD}notify: ["//h/hunter2", "hooks.slack.com/services/hunter2"]`],
    ['the value of a header', `${HEAD}health: [{ url: http://x/, headers: { Authorization: "hunter2\\n" } }]`],
  ])('does not tell %s', (_name, text) => {
    expect(problemsOf(text).map(formatProblem).join('\n')).not.toContain('hunter2');
  });
});

describe('the value of a header', () => {
  const withHeader = (value: string) =>
    `${HEAD}health: [{ url: http://x/, headers: { A: ${JSON.stringify(value)} } }]\n`;

  it.each(['Bearer abc', 'a\tb', 'größe', ''])('may be %j', (value) => {
    expect(policyOf(withHeader(value)).health[0]?.headers).toEqual({ A: value });
  });

  it.each(['→', 'a\u0001', 'a\u007f', 'a\nb'])('may not be %j, which no request can carry', (value) => {
    expect(problemsOf(withHeader(value))).toMatchObject([{ line: 3, path: 'health[0].headers.A' }]);
  });
});

describe('YAML', () => {
  it('may be JSON', () => {
    expect(policyOf('{"version": 1, "name": "x", "rollout": {"bake": "10m"}}').rollout.bakeSeconds).toBe(600);
  });

  it('may begin with a byte order mark and have the line ends of Windows', () => {
    expect(policyOf('\uFEFFversion: 1\r\nname: x\r\n').name).toBe('x');
    expect(problemsOf('version: 1\r\nname: x\r\nfoo: 1\r\n')).toMatchObject([{ line: 3, column: 1 }]);
  });

  it('may use an anchor and an alias, and the problem is where the anchor is', () => {
    const text = `${HEAD}environments:\n  a: { lead: &days 3d }\n  b: { after: a, soak: *days }\n`;
    expect(policyOf(text).environments.b?.gate?.soakSeconds).toBe(3 * 86_400);
    expect(problemsOf(text.replace('3d', '3x')).map(({ path }) => path)).toEqual([
      'environments.a.lead',
      'environments.b.soak',
    ]);
  });

  it.each([
    ['a syntax error', `${HEAD}rollout: [1, 2\nfoo: "\n`],
    ['a tab for an indent', `${HEAD}rollout:\n\tbake: 5m\n`],
    ['two documents', `${HEAD}---\nversion: 1\n`],
    ['a tag of its own', `${HEAD}rollback: !!js/function "x"\n`],
    ['an alias of nothing', `${HEAD}rollback: *nothing\n`],
    ['an alias that contains itself', `${HEAD}notify: &a [*a]\n`],
    ['a merge key', `${HEAD}rollout: { <<: { bake: 5m } }\n`],
  ])('with %s is refused with a position', (_name, text) => {
    for (const { line, column } of problemsOf(text)) {
      expect(line).toBeGreaterThanOrEqual(3);
      expect(column).toBeGreaterThanOrEqual(1);
    }
  });

  it('that multiplies by aliases is refused, and at once', () => {
    const letters = 'abcdefghijklmnop'.split('');
    const bomb = letters.map((name, at) => {
      const before = letters[at - 1];
      return `${name}: &${name} [${Array.from({ length: 9 }, () => (before === undefined ? 'x' : `*${before}`)).join(', ')}]`;
    });
    expect(problemsOf(bomb.join('\n'))).toMatchObject([{ message: expect.stringContaining('aliases') }]);
  });

  it.each([
    ['of one anchor', `notify: [&a x${', *a'.repeat(50_000)}]`],
    ['each of its own', `notify: [${Array.from({ length: 10_000 }, (_, at) => `&a${at} x, *a${at}`).join(', ')}]`],
  ])(
    'with thousands of aliases, %s, is refused in a moment',
    (_name, line) => {
      const [problem] = problemsOf(HEAD + line);
      expect(problem).toMatchObject({ line: 3, message: expect.stringContaining('aliases'), allowed: '100 aliases' });
    },
    3000,
  );

  it('means by an alias the last anchor of that name before it', () => {
    const text = `${HEAD}environments:\n  a: { lead: &x 3d }\n  b: { lead: &x 4d }\n  c: { after: a, soak: *x }\n`;
    expect(policyOf(text).environments.c?.gate?.soakSeconds).toBe(4 * 86_400);
  });

  it.each([
    ['lists', `${HEAD}notify: ${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['sections', `${HEAD}rollout: ${'{a: '.repeat(5000)}1${'}'.repeat(5000)}`],
  ])('of %s without an end is refused', (_name, text) => {
    expect(problemsOf(text)[0]).toMatchObject({ message: 'the document is nested too deeply', allowed: '50 levels' });
  });

  it.each([
    ['unknown keys', (at: number) => `key${at}: 1\n`],
    ['environments that are none', (at: number) => `${at === 0 ? 'environments:\n' : ''}  e${at}: 1\n`],
    ['the same key', () => 'name: x\n'],
    ['lines that are no YAML', () => '  - @\n'],
    [
      'rules of one name',
      (at: number) => `${at === 0 ? 'patches:\n  rules:\n' : ''}  - { name: a, approveAfter: 0d }\n`,
    ],
    [
      'circles of environments',
      (at: number) => `${at === 0 ? 'environments:\n' : ''}  e${at}: { after: e${at + 1} }\n`,
    ],
  ])(
    'of thousands of %s is refused in a moment, the first hundred of a kind told',
    (_name, line) => {
      const problems = problemsOf(HEAD + Array.from({ length: 5000 }, (_, at) => line(at)).join(''));
      expect(problems.length).toBeLessThanOrEqual(201);
    },
    3000,
  );

  it.each([
    ['in sections', `${HEAD}rollout:\n  bake: 5m\n  "bake": 6m\n`],
    ['in braces', `${HEAD}\nrollout: { bake: 5m,\n  bake: 6m }\n`],
  ])('with a key that stands there twice, %s, is refused where it stands again', (_name, text) => {
    const twice = { line: 5, column: 3, message: 'this key stands here twice', allowed: 'each key once' };
    expect(problemsOf(text)).toMatchObject([twice]);
  });

  it('that is all keys, as many as 256 KiB hold, is refused in a moment', () => {
    const keys = Array.from({ length: 40_000 }, (_, at) => `${at.toString(36)}:\n`).join('');
    expect(problemsOf(HEAD + keys).length).toBeLessThanOrEqual(201);
  }, 4000);

  it('has a hundred problems of unknown keys told, wherever they are', () => {
    const keys = Array.from({ length: 60 }, (_, at) => `k${at}: 1`).join(', ');
    const groups = `  - { match: { name: web }, environment: production, ${keys} }\n`.repeat(4);
    expect(problemsOf(`${HEAD}groups:\n${groups}`)).toHaveLength(100);
  });

  it('has a long text told by its length', () => {
    expect(problemsOf(`version: 1\nname: ${'a'.repeat(100_000)}\n`)).toMatchObject([
      { found: 'a text of 100000 characters' },
    ]);
  });

  it.each(['!!omap [canary: 3]', '!!set { canary }', '!!timestamp 2001-01-01', '!own { canary: 3 }'])(
    'has no tags: a section %s would be read as an empty one',
    (section) => {
      expect(problemsOf(`${HEAD}rollout: ${section}\n`)[0]).toMatchObject({
        line: 3,
        message: expect.stringContaining('Unresolved tag'),
      });
    },
  );

  it('is of version 1.2: of another, words and numbers mean something else', () => {
    expect(policyOf(`%YAML 1.2\n---\n${HEAD}`).name).toBe('x');
    expect(problemsOf(`%YAML 1.1\n---\n${HEAD}`)).toMatchObject([{ allowed: 'YAML 1.2' }]);
  });

  it.each(['\\e[2J', '\\0', '\\u202e'])('has no URL with %s in it', (character) => {
    expect(problemsOf(`${HEAD}health: [{ url: "http://{privateIp}/${character}" }]`)).toMatchObject([
      { path: 'health[0].url', message: expect.stringContaining('control a terminal') },
    ]);
  });

  it('larger than 256 KiB is refused unread', () => {
    expect(problemsOf(`${HEAD}# ${'ü'.repeat(132_000)}`)).toMatchObject([{ message: 'the policy is too large' }]);
  });

  it.each([
    '__proto__: { polluted: true }',
    'environments: { __proto__: { lead: 1d } }',
    'health: [{ url: http://x/, headers: { __proto__: x } }]',
  ])('cannot reach the prototype with %s', (line) => {
    expect(problemsOf(`${HEAD}${line}\n`).map(({ message }) => message)).toContain('__proto__ is no key');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('never makes the parser throw, whatever is cut out of a policy or put into it', () => {
    const pieces = fc.constantFrom(
      '',
      ':',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '\n',
      '  ',
      '&a ',
      '*a',
      '|',
      '>',
      '!!',
      '%',
      '#',
      '\t',
      'null',
      '<<: ',
      '\0',
      '? ',
    );
    const at = fc.nat(STANDARD_POLICY.length);
    fc.assert(
      fc.property(at, fc.nat(40), pieces, (from, length, piece) => {
        const text = STANDARD_POLICY.slice(0, from) + piece + STANDARD_POLICY.slice(from + length);
        const result = parsePolicy(text, 'f');
        if ('problems' in result) {
          expect(result.problems.length).toBeGreaterThan(0);
          const lines = text.split('\n').length;
          for (const { line, column } of result.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines + 1);
            expect(column).toBeGreaterThanOrEqual(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of any other kind never makes the parser throw either', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parsePolicy(text, 'f')).toHaveProperty('problems');
      }),
      { numRuns: 300 },
    );
  });
});
