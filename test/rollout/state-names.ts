/** The states that executions come to. */
import type { Engine } from '../../src/orchestrator/engine/engine.ts';

/** By execution, in order, the states that it enters from now on. */
export function stateNames(engine: Engine): ReadonlyMap<string, string[]> {
  const names = new Map<string, string[]>();
  engine.onEvent((arn, { type, details }) => {
    if (!type.endsWith('StateEntered')) return;
    names.set(arn, [...(names.get(arn) ?? []), String(details?.value.name)]);
  });
  return names;
}
