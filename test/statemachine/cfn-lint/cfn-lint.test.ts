import { describe, expect, it } from 'vitest';
import { definition, STATE_MACHINES } from '../../../statemachine/definitions.ts';
import { cfnLint, install } from './run.ts';

const missing = install();
if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
if (missing !== undefined) console.warn(`left out: ${missing}`);

/**
 * Its schema does not know that an expression may stand for a number (TimeoutSeconds, MaxConcurrency) or an object (ItemSelector), as
 * Step Functions' JSONata has it.
 */
const EXPRESSION_REFUSED = /^E3601 (['"])\{%.*%\}\1 is not of type '(?:number|object)'$/s;

describe.skipIf(missing !== undefined)('CloudFormation', () => {
  it('accepts every state machine as it is deployed', () => {
    const definitions = Object.fromEntries(STATE_MACHINES.map((name) => [name, definition(name)]));
    expect(cfnLint(definitions).filter((found) => !EXPRESSION_REFUSED.test(found))).toEqual([]);
  });

  it('would tell of one that it does not', () => {
    const broken = { StartAt: 'Begin', States: { Begin: { Type: 'Pause', End: true } } };
    expect(cfnLint({ broken })).toEqual([expect.stringMatching(/^E3601 .*Pause/)]);
  });
});
