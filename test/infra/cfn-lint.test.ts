import { beforeAll, describe, expect, it } from 'vitest';
import type { Synthesized } from '../../infra/synthesize.ts';
import { cfnLintTemplate, install } from '../statemachine/cfn-lint/run.ts';
import { FULL_POLICY, folder, SYNTHESIS_MS, synthesizeText } from './template.ts';

const missing = install();
if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
if (missing !== undefined) console.warn(`left out: ${missing}`);

describe.skipIf(missing !== undefined)('CloudFormation', { timeout: SYNTHESIS_MS }, () => {
  const outDir = folder();
  let full: Synthesized;
  beforeAll(async () => {
    full = await synthesizeText(FULL_POLICY, outDir);
  }, SYNTHESIS_MS);

  it('accepts the template', () => {
    expect(cfnLintTemplate(full.template)).toEqual([]);
  });

  it('would tell of a property that it does not know', () => {
    const broken = { ...full.template, Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { Retention: 1 } } } };
    expect(cfnLintTemplate(broken)).toEqual(expect.arrayContaining([expect.stringMatching(/^E3002 .*Retention/)]));
  });
});
