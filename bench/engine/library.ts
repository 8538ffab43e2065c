/**
 * `aws-local-stepfunctions` over a machine: `node bench/engine/library.ts MACHINE ITEMS real|skipped`. It keeps no history, and knows no
 * other time than the real one; `skipped` overrides each wait with none, which is its own means against that.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import { isMachine, machine, statesOf, tell } from './machines.ts';

const [name = '', items, waits] = process.argv.slice(2);
if (!isMachine(name)) throw new Error(`there is no machine ${name}`);
const { definition, input, transitions } = machine(name, Number(items));
// Its type of a definition tells the members of each state; ours, which both are given, is plain JSON.
const bench = new StateMachine(definition as never);
const echo = async <Value>(value: Value) => value;
const overrides = {
  taskResourceLocalHandlers: Object.fromEntries(statesOf(name, 'Task').map((task) => [task, echo])),
  ...(waits === 'skipped'
    ? { waitTimeOverrides: Object.fromEntries(statesOf(name, 'Wait').map((wait) => [wait, 0])) }
    : {}),
};
await tell(transitions, waits === 'real' ? 0 : 3, async () => {
  await bench.run(input, { overrides }).result;
});
