/** Everything that a run without Step Functions needs, put together: store, engine, dispatcher, handlers, runs. */
import { randomUUID } from 'node:crypto';
import { definition, EMBEDDED_NAMES } from '../../statemachine/definitions.ts';
import type { Json, TaskRequest } from '../interpreter/ports.ts';
import type { Cloud } from './aws/cloud.ts';
import { watchingCommands } from './aws/command-watch.ts';
import { createDispatcher, type LambdaHandler } from './aws/dispatcher.ts';
import { sharingCalls } from './aws/shared-calls.ts';
import type { Executions } from './aws/start-execution.ts';
import { neverTwice } from './aws/unrepeatable.ts';
import { type EngineClock, realClock } from './engine/clock.ts';
import type { DatabaseOptions } from './engine/database.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { openStore, type Store } from './engine/store.ts';
import { withFirstSeen } from './fleet/first-seen.ts';
import type { HttpGet, HttpPost } from './http/http.ts';
import { healthHandler } from './lambda/health.ts';
import { hookHandler } from './lambda/hook.ts';
import { instanceHandler } from './lambda/instance.ts';
import { lookHandler } from './lambda/look.ts';
import { notifyHandler } from './lambda/notify.ts';
import { planHandler } from './lambda/plan.ts';
import { type CommandEvent, recordHandler } from './lambda/record.ts';
import { readingRecords } from './lambda/run-state.ts';
import { lookingAfterSleep } from './runs/after-sleep.ts';
import { runRecords, TABLE } from './runs/records.ts';
import { patchedBy } from './runs/rollback.ts';
import { createRuns, type Runs } from './runs/runs.ts';
import { localRunItems } from './table/run-items.ts';
import { itemTable } from './table/table.ts';

export interface EmbeddedOptions extends DatabaseOptions {
  cloud: Cloud;
  /** Whether `cloud` is reached over the network. */
  remote: boolean;
  clock: EngineClock;
  region: string;
  httpGet: HttpGet;
  httpPost: HttpPost;
  /** Where the ends of commands are told; gives what ends that. Absent: this process looks for them itself. */
  onCommandEvent?: (listener: (event: CommandEvent) => void) => () => void;
  /** The document of the policy of that name, for executions that bring no plan; absent: all bring theirs. */
  policyText?: (name: string) => Promise<string>;
  /** The state machines; default: those of `statemachine/`. */
  definitions?: (name: 'rollout' | 'recover' | 'window') => Json;
  /** Stands before every task, for tests in which tasks fail: rejects, or lets it be carried out. */
  interfere?: (request: TaskRequest) => Promise<void>;
  /** A fresh GUID at each call; default: a random one. */
  uuid?: () => string;
  /** 0 or more, and below 1; default: `Math.random`. */
  random?: () => number;
}

export interface Embedded {
  store: Store;
  engine: Engine;
  runs: Runs;
  /** Lets go of everything as if the process ended: what runs can be resumed. */
  close(): Promise<void>;
}

/** Opens the state directory and the engine on it. Throws a `DrydockError` (exit code 2) when the directory will not do. */
export function openEmbedded(options: EmbeddedOptions): Embedded {
  const {
    clock,
    remote,
    region,
    httpGet,
    httpPost,
    uuid = randomUUID,
    random = Math.random,
    definitions = definition,
  } = options;
  // What goes over the network takes real time, whatever clock the runs live by.
  const cloud = sharingCalls(options.cloud, remote ? realClock() : clock);
  const store = openStore({ ...options, nowMs: clock.now() });
  const table = itemTable(store.database);
  const records = runRecords(table);
  const items = localRunItems(store.database, TABLE);
  const lookAtInstance = instanceHandler({
    cloud,
    checkHealth: healthHandler({ httpGet, clock }),
    // A check waits on the clock, so only the calls may hold it.
    waitFor: (call) => (remote ? clock.busy(call) : call),
    now: () => clock.now(),
    readRecord: readingRecords(table, TABLE, () => clock.now()),
  });
  const lambdas: Record<string, LambdaHandler> = {
    [EMBEDDED_NAMES.InstanceFunction]: async (event, { signal }) => toJson(await lookAtInstance(event, signal)),
    [EMBEDDED_NAMES.LookFunction]: async (event) => {
      const look = lookHandler(cloud)(event);
      return toJson(await (remote ? clock.busy(look) : look));
    },
    [EMBEDDED_NAMES.HookFunction]: async (event, { signal }) => toJson(await hookHandler(httpPost)(event, signal)),
    [EMBEDDED_NAMES.NotifyFunction]: async (event, { signal }) =>
      toJson(
        await notifyHandler({
          places: ({ runId }) => records.places(runId),
          publish: (input) => (remote ? clock.busy(cloud.sns.publish(input)) : cloud.sns.publish(input)),
          post: httpPost,
          clock,
          random,
        })(event, signal),
      ),
  };
  // Engine and runs are made from these handlers: this one asks for the runs only when it is called.
  lambdas[EMBEDDED_NAMES.PlanFunction] = async (event) => {
    const made = planHandler({
      cloud,
      region,
      policyText: options.policyText ?? noPolicy,
      history: (policy) => runs.finished(policy),
      withFirstSeen: async (fleet) => withFirstSeen(fleet, table),
      patchedBy: (runId) => patchedBy(items, runId),
      keepPlan: records.keepPlan,
      uuid,
    })(event);
    return toJson(await (remote ? clock.busy(made) : made));
  };
  const record = recordHandler({
    table,
    tableName: TABLE,
    sendTaskSuccess: (answer) => engine.sendTaskSuccess(answer),
    now: () => clock.now(),
  });
  // What is not recorded is as good as lost on the way: the execution looks for itself later.
  const stopListening = options.onCommandEvent?.((event) => void record(event).catch(() => {}));
  const executions: Executions = {
    startExecution: (request) => engine.startExecution(request),
    stopExecution: (request) => engine.stopExecution(request),
    describeExecution: (request) => engine.describeExecution(request),
    waitFor: (arn) => engine.waitFor(arn),
  };
  const dispatcher = createDispatcher({ cloud, lambdas, table, executions, clock, remote });
  const runTask =
    stopListening === undefined
      ? watchingCommands({ dispatcher, cloud, clock, remote, tell: record })
      : dispatcher.runTask;
  const { interfere } = options;
  const engine = createEngine({
    store,
    clock,
    region,
    runTask: neverTwice(
      lookingAfterSleep({
        cloud,
        remote,
        clock,
        store,
        runTask: interfere === undefined ? runTask : (request) => interfere(request).then(() => runTask(request)),
        stop: (executionArn, reason) => engine.stopExecution({ executionArn, ...reason }),
      }),
    ),
  });
  for (const name of ['rollout', 'recover', 'window'] as const) {
    engine.registerStateMachine({ name, definition: definitions(name) });
  }
  const runs = createRuns({ engine, database: store.database, records, now: () => clock.now(), uuid });
  return {
    store,
    engine,
    runs,
    close: async () => {
      stopListening?.();
      await engine.close();
      store.close();
    },
  };
}

async function noPolicy(name: string): Promise<never> {
  throw new Error(`the policy ${name} is not known here: a run on this engine brings its plan`);
}

/** What a Lambda's answer is by the time it left the Lambda: JSON. */
function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
