/** The built-in policy, and the file that `drydock init` writes: one text, so that they cannot drift apart. */
// biome-ignore lint/style/noRestrictedImports: the policy's text is a part of the program, read once as its code is
import { readFileSync } from 'node:fs';
import { parsePolicy } from './parse.ts';
import type { Policy } from './policy.ts';
import { formatProblem } from './problem.ts';

/** The built-in policy `standard`, as YAML. */
export const STANDARD_POLICY = readFileSync(new URL('standard.yaml', import.meta.url), 'utf8');

/** The built-in policy `standard`. */
export function standardPolicy(): Policy {
  const result = parsePolicy(STANDARD_POLICY, 'standard');
  if ('problems' in result)
    throw new Error(`the built-in policy is broken: ${result.problems.map(formatProblem).join('; ')}`);
  return result.policy;
}

/** The commented `drydock.yaml` that `drydock init` writes: the built-in policy under a name of one's own. */
export function initTemplate(name = 'my-policy'): string {
  const head = [
    '# What Drydock patches, when and where. Check it with: drydock validate',
    '# Everything but version and name may be left out: these are the defaults, health and schedule apart.',
  ];
  return `${head.join('\n')}\n\n${STANDARD_POLICY.replace(/^name: .*$/m, `name: ${name}`)}`;
}
