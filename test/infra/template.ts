/** Templates under test: synthesized once for each worker, and read as what they say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { z } from 'zod';
import { type Synthesized, type SynthesizeOptions, synthesize } from '../../infra/synthesize.ts';
import { policyOf } from '../policies/policy-of.ts';

/** Synthesis bundles the functions; on a machine with much else to do that takes its time. */
export const SYNTHESIS_MS = 60_000;

/** A policy with all that a deployment can have: both families of systems, windows, topics, calendars, lists, a VPC. */
export const FULL_POLICY = `
version: 1
name: full
patches:
  unsupportedDelays: pin
  overrideList: s3://patch-lists/drydock
groups:
  - { match: { pattern: "web-stg-*" }, environment: staging }
  - { match: { name: web }, environment: production }
rollout:
  alarms: [web-5xx]
  changeCalendars: [freeze]
notify: ["arn:aws:sns:eu-central-1:123456789012:patching", "https://hooks.example.com/patching"]
hooks:
  beforeDetach: [{ document: Leave, timeout: 1m }]
  afterPatch: [{ lambda: smoke-test }, { url: "http://{privateIp}:9000/warm" }]
schedule:
  staging: { cron: "cron(0 2 ? * TUE *)", timezone: Asia/Tokyo, duration: 4h, cutoff: 1h }
  production: { cron: "cron(0 2 ? * THU *)", timezone: Europe/Berlin, duration: 6h, cutoff: 2h }
deployment:
  vpc: { subnetIds: [subnet-0a1b2c3d, subnet-0a1b2c3e], securityGroupIds: [sg-0a1b2c3d] }
`;

/** A folder that is gone when the test file is through. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'drydock-infra-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The template of the policy that `text` says. */
export function synthesizeText(
  text: string,
  outDir: string,
  options: Partial<SynthesizeOptions> = {},
): Promise<Synthesized> {
  return synthesize(policyOf(text), { policyText: text, outDir, ...options });
}

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
export type Resource = z.infer<typeof resource>;

/** The resources of a template, by logical id. */
export function resourcesOf(template: unknown): Record<string, Resource> {
  return z.object({ Resources: z.record(z.string(), resource) }).parse(template).Resources;
}

/** Those of one type, by logical id. */
export function ofType(template: unknown, type: string): [id: string, properties: Record<string, unknown>][] {
  return Object.entries(resourcesOf(template)).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );
}

/** A value of a template as a person reads it: `${AWS::Region}` for a reference, `${Table.Arn}` for an attribute. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const reference = z.object({ Ref: z.string() }).safeParse(value).data;
  if (reference !== undefined) return `\${${reference.Ref}}`;
  const attribute = z.object({ 'Fn::GetAtt': z.array(z.string()) }).safeParse(value).data;
  if (attribute !== undefined) return `\${${attribute['Fn::GetAtt'].join('.')}}`;
  const substituted = z.object({ 'Fn::Sub': z.string() }).safeParse(value).data;
  if (substituted !== undefined) return substituted['Fn::Sub'];
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).parse(value);
  const [separator, parts] = joined['Fn::Join'];
  return parts.map(textOf).join(separator);
}

const oneOrMore = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);
const roleProperties = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.tuple([z.object({ Principal: z.object({ Service: z.string() }) })]),
  }),
  Policies: z.array(
    z.object({
      PolicyDocument: z.object({
        Statement: z.array(
          z.object({
            Sid: z.string(),
            Effect: z.literal('Allow'),
            Action: oneOrMore,
            Resource: oneOrMore,
            Condition: z.record(z.string(), z.unknown()).optional(),
          }),
        ),
      }),
    }),
  ),
});

export interface RoleStatement {
  role: string;
  sid: string;
  actions: string[];
  resources: string[];
  condition: Record<string, unknown> | undefined;
}

/** Every statement of every role. */
export function roleStatements(template: unknown): RoleStatement[] {
  return ofType(template, 'AWS::IAM::Role').flatMap(([role, properties]) =>
    roleProperties.parse(properties).Policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.map(({ Sid, Action, Resource, Condition }) => ({
        role,
        sid: Sid,
        actions: Action.map(textOf),
        resources: Resource.map(textOf),
        condition: Condition,
      })),
    ),
  );
}

/** The actions that a role allows, sorted. */
export function actionsOfRole(template: unknown, role: string): string[] {
  return roleStatements(template)
    .filter((statement) => statement.role === role)
    .flatMap(({ actions }) => actions)
    .sort();
}
