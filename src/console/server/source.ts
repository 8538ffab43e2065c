/** What the console shows, and what can be asked of it: the server knows nothing but this, whatever carried the runs out. */
import type {
  Calendar,
  EventPage,
  EventQuery,
  Exposure,
  Graph,
  InstanceDocument,
  RunDocument,
  RunPage,
  RunQuery,
  Timeline,
  Verb,
} from '../api/shapes.ts';

/** Everything rejects with a `DrydockError`: exit code 2 for what is not there or cannot be asked. */
export interface ConsoleSource {
  /** Newest first. */
  runs(query: RunQuery): Promise<RunPage>;
  run(id: string): Promise<RunDocument>;
  timeline(id: string): Promise<Timeline>;
  events(id: string, query: EventQuery): Promise<EventPage>;
  instance(id: string, instanceId: string): Promise<InstanceDocument>;
  graph(id: string, machine: Graph['machine']): Promise<Graph>;
  /** Asks it of the run; gives the id of the run that was begun by that, for `rollback`. */
  steer(id: string, verb: Verb): Promise<{ begun?: string }>;
  exposure(): Promise<Exposure>;
  calendar(): Promise<Calendar>;
  /** Every change from now on, and first those that came behind the one called `after`; ends once `signal` is aborted. */
  changes(after: string | undefined, signal: AbortSignal): AsyncIterable<RunChange>;
}

/** `id` names the place in the stream, for whoever comes back to it. */
export interface RunChange {
  id: string;
  runId: string;
}
