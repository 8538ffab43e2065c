/** The executions that carried a run out, as the pictures of it are made from them: whichever engine keeps their history. */
import type { HistoryEvent, Json } from '../../interpreter/ports.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import type { Begun } from '../../orchestrator/runs/order.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import type { KeptInstance } from '../../orchestrator/step-functions/kept.ts';
import type { Told } from './graph/passage.ts';

/** The rollout, or an execution that had one instance in hand. */
export interface RunExecution {
  arn: string;
  isRunning: boolean;
  /** What it tells of its way, oldest first. */
  told(): Promise<Told[]>;
}

/** A run by its executions. What takes long to read is read when it is asked for. */
export interface ExecutedRun {
  begun: Begun;
  plan: Plan;
  engine: RunView['engine'];
  /** The definition that the rollout was executed with, the states of `patch-instance` in its Maps. */
  definition: { hash: string; read(): Json };
  /** Undefined when it is forgotten, as Step Functions does after 90 days. */
  rollout: RunExecution | undefined;
  /** Those that had instances in hand, oldest first. */
  instances(): Promise<RunExecution[]>;
  /** How many histories may be read for one page: on AWS each costs a call. */
  readAtOnce: number;
  /** The whole histories of those that had this instance in hand, oldest first; usually one. */
  ofInstance(instanceId: string): Promise<HistoryEvent[][]>;
  /** What is kept of an instance beside the histories. */
  kept(instanceId: string): Promise<KeptInstance | undefined>;
  /** Milliseconds since 1970, by the clock that the run goes by. */
  now(): number;
}
