/** The doctor by the command line, through the real AWS SDK. Moto simulates no policies: there the doctor tries what it may. */
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clientSettings } from './clients.ts';
import { workplace } from './command-line.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

const diagnosisJson = z.object({
  identity: z.object({ account: z.string(), arn: z.string() }).optional(),
  groups: z.array(z.string()),
  findings: z.array(z.object({ check: z.string(), standing: z.string(), message: z.string() })),
  summary: z.object({ ok: z.number(), bad: z.number(), notChecked: z.number() }),
});

describe.skipIf('missing' in source)('drydock doctor against Moto', () => {
  let moto: Moto;
  let fleet: Fleet;
  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
    fleet = await createFleet(moto.url, 2);
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
  });

  const policyOf = (bucket: string) => `
version: 1
name: against-moto
patches: { overrideList: "s3://${bucket}/lists" }
environments: { staging: {} }
groups: [{ match: { tag: { Environment: staging } }, environment: staging }]
health: [{ url: "http://127.0.0.1:9/healthz", timeout: 1s }]
`;

  async function instancesWithTag(key: string): Promise<number> {
    const ec2 = new EC2(clientSettings(fleet.gateway.url));
    const { Reservations = [] } = await ec2.describeInstances({ Filters: [{ Name: 'tag-key', Values: [key] }] });
    return Reservations.flatMap(({ Instances = [] }) => Instances).length;
  }

  test('finds who calls, the groups, the bucket, and says what it could not check', async () => {
    await using place = await workplace(policyOf(fleet.bucket));
    const { code, stdout, stderr } = await place.drydock('doctor', '--json', '--endpoint-url', fleet.gateway.url);
    const { identity, groups, findings, summary } = diagnosisJson.parse(JSON.parse(stdout));
    expect({ code, summary: summary.bad, findings: findings.filter(({ standing }) => standing === 'bad') }).toEqual({
      code: 0,
      summary: 0,
      findings: [],
    });
    expect(identity?.account).toBe('123456789012');
    expect(groups).toEqual([fleet.groupName]);
    const standings = (check: string) =>
      findings.filter((each) => each.check === check).map(({ standing }) => standing);
    expect(standings('instances')).toEqual(['ok']);
    expect(standings('override-list')).toEqual(['ok', 'not-checked']);
    expect(standings('health')).toEqual(['not-checked', 'not-checked']);
    expect(standings('permissions')).toContain('ok');
    expect(stderr).toContain('checking permissions');
    const tried = findings.find(({ message }) => message.startsWith('tried without effect'));
    expect(tried).toMatchObject({ standing: 'ok', message: expect.stringContaining('ec2:CreateTags') });
    expect(await instancesWithTag('drydock:doctor')).toBe(0);
    expect(await instancesWithTag('aws:autoscaling:groupName')).toBeGreaterThan(0);
  });

  test('ends with 2 where something is to be mended, and says how', async () => {
    await using place = await workplace(policyOf('no-such-bucket'));
    const { code, stdout } = await place.drydock('doctor', '--endpoint-url', fleet.gateway.url);
    expect(code).toBe(2);
    expect(stdout).toContain('✗ there is no bucket no-such-bucket\n    → Create it');
    expect(stdout).toMatch(/\d+ fine, 1 to mend, \d+ not checked/);
  });

  test('without credentials says so, and what to do', async () => {
    await using place = await workplace(policyOf(fleet.bucket), {});
    const { code, stdout } = await place.drydock('doctor', '--endpoint-url', fleet.gateway.url);
    expect(code).toBe(2);
    expect(stdout).toContain('There are no AWS credentials');
    expect(stdout).toContain('not checked: everything else');
  });
});
