/**
 * The CDK app, for those who deploy with `cdk`: the stack of the policy that is named, or of the built-in one. Called by Node itself it
 * prints the template.
 *
 *     npm run synth -- drydock.yaml
 *     npx cdk deploy --app 'node infra/app.ts drydock.yaml'
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import { parsePolicy } from '../src/policies/parse.ts';
import type { Policy } from '../src/policies/policy.ts';
import { formatProblem } from '../src/policies/problem.ts';
import { STANDARD_POLICY } from '../src/policies/standard.ts';
import { patchRolloutStack, synthesize } from './synthesize.ts';

const [file] = process.argv.slice(2);
const policyText = file === undefined ? STANDARD_POLICY : readFileSync(file, 'utf8');
const policy = policyOf(policyText, file ?? 'standard');

// The CDK's own command says where it wants the assembly.
if (process.env.CDK_OUTDIR === undefined) await print();
else {
  const app = new App();
  patchRolloutStack(app, policy, { stackName: deployedName(policy.name), policyText });
  app.synth();
}

async function print(): Promise<void> {
  const outDir = mkdtempSync(join(tmpdir(), 'drydock-synth-'));
  try {
    const { template } = await synthesize(policy, { policyText, outDir });
    process.stdout.write(`${JSON.stringify(template, null, 2)}\n`);
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

function policyOf(text: string, name: string): Policy {
  const parsed = parsePolicy(text, name);
  if ('policy' in parsed) return parsed.policy;
  process.stderr.write(`${parsed.problems.map(formatProblem).join('\n')}\n`);
  process.exit(2);
}
