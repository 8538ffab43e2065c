/**
 * A process to be killed: runs an execution on real time whose tasks note each call in a file, and comes to a stand halfway, so that
 * whoever kills it is never too late. Arguments: state directory, call log.
 */
import { appendFileSync } from 'node:fs';
import { realClock } from '../../../src/orchestrator/engine/clock.ts';
import { createEngine } from '../../../src/orchestrator/engine/engine.ts';
import { openStore } from '../../../src/orchestrator/engine/store.ts';
import { VOYAGE } from './voyage.ts';

const [, , stateDir = '', log = ''] = process.argv;
const clock = realClock();
let calls = 0;
const engine = createEngine({
  store: openStore({ stateDir, nowMs: clock.now() }),
  clock,
  region: 'eu-west-1',
  runTask: async ({ arguments: args }) => {
    appendFileSync(log, `${JSON.stringify(args)}\n`);
    calls += 1;
    await clock.sleep(calls > 45 ? 3_600_000 : 5);
    return null;
  },
});
engine.registerStateMachine({ name: 'rollout', definition: VOYAGE });
const items = Array.from({ length: 40 }, (_, index) => index);
const { executionArn } = await engine.startExecution({
  stateMachineArn: 'rollout',
  name: 'run-1',
  input: JSON.stringify({ items }),
});
await engine.waitFor(executionArn);
