/** An engine on a state directory of its own, under virtual time, with a world of tasks that the test makes up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HistoryEvent, Json, TaskRequest } from '../../../src/interpreter/ports.ts';
import { type EngineClock, virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { createEngine, type Engine } from '../../../src/orchestrator/engine/engine.ts';
import { openStore, type Store } from '../../../src/orchestrator/engine/store.ts';

export const START = Date.UTC(2026, 0, 1);
export const REGION = 'eu-west-1';

export type RunTask = (request: TaskRequest, clock: EngineClock) => Promise<Json>;

export interface Ship {
  stateDir: string;
  clock: EngineClock;
  store: Store;
  engine: Engine;
}

/** A directory that is removed when the test is over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'drydock-engine-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens an engine on `stateDir`; let go of when the test is over. */
export function launch(
  stateDir: string,
  runTask: RunTask = async () => null,
  startMs = START,
  durability: 'full' | 'relaxed' = 'relaxed',
): Ship {
  const clock = virtualClock(startMs);
  const store = openStore({ stateDir, durability, nowMs: startMs });
  const engine = createEngine({ store, clock, region: REGION, runTask: (request) => runTask(request, clock) });
  onTestFinished(async () => {
    await engine.close();
    store.close();
  });
  return { stateDir, clock, store, engine };
}

/** Registers `states` as the machine `name`. */
export function register(engine: Engine, name: string, StartAt: string, States: { [name: string]: Json }): void {
  engine.registerStateMachine({ name, definition: { QueryLanguage: 'JSONata', StartAt, States } });
}

/** Starts an execution and gives its ARN. */
export async function start(engine: Engine, machine: string, name: string, input: Json = {}): Promise<string> {
  const started = await engine.startExecution({ stateMachineArn: machine, name, input: JSON.stringify(input) });
  return started.executionArn;
}

/** The whole history, page by page. */
export async function history(engine: Engine, executionArn: string, reverseOrder = false): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await engine.getExecutionHistory({
      executionArn,
      reverseOrder,
      maxResults: 7,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    events.push(...page.events);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** A promise that a test settles. */
export function gate<T>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
