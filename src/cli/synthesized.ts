/** The template of a policy, for commands that print or deploy it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Synthesized } from '../../infra/synthesize.ts';
import { printable } from '../orchestrator/printable.ts';
import type { Policy } from '../policies/policy.ts';
import type { Context } from './context.ts';

/** Hands `work` the template and its files, which are gone when it is through. What the policy leaves out is told on stderr. */
export async function withSynthesized<T>(
  { policy, text }: { policy: Policy; text: string },
  bucket: string | undefined,
  context: Context,
  work: (synthesized: Synthesized) => Promise<T>,
): Promise<T> {
  const { synthesize } = await import('../../infra/synthesize.ts');
  const outDir = mkdtempSync(join(tmpdir(), 'drydock-deploy-'));
  try {
    const options = { policyText: text, outDir, ...(bucket === undefined ? {} : { assetBucket: bucket }) };
    const synthesized = await synthesize(policy, options);
    for (const [operatingSystem, left] of Map.groupBy(synthesized.leftOut, (each) => each.operatingSystem)) {
      const environments = left.map(({ environment }) => environment).join(' and ');
      const why = left[0] === undefined ? '' : `: ${left[0].message}; ${left[0].remedy}`;
      context.note(printable(`no patch baseline for ${operatingSystem} in ${environments}${why}`));
    }
    return await work(synthesized);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
