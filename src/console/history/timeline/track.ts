/** What is kept of a run while it is read, beside its view: where each instance was when, and what the run did between them. */
import type { Hear } from '../../../orchestrator/runs/progress.ts';
import type { RunView } from '../../../orchestrator/runs/view.ts';
import { type Lane, newLane } from './lane.ts';
import { type Marks, newMarks } from './marks.ts';

export interface Track {
  readonly hear: Hear;
  /** By the ids of their instances. */
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly marks: Marks;
  /** How many instances more or fewer serve from a time on (ms since 1970); not in the order of time. */
  readonly served: readonly { at: number; by: number }[];
  /** The times of the first event and of the latest, in ms since 1970; undefined before there was any. */
  readonly first: number | undefined;
  readonly latest: number | undefined;
}

/** The track of the run that `view` shows: to be told of each event behind the view. */
export function newTrack(view: RunView): Track {
  const lanes = new Map<string, Lane>();
  const marks = newMarks(view.waves);
  const served: { at: number; by: number }[] = [];
  let inService = view.capacity.inService;
  let first: number | undefined;
  let latest: number | undefined;

  const laneOf = (instanceId: string): Lane => {
    const lane = lanes.get(instanceId) ?? newLane();
    lanes.set(instanceId, lane);
    return lane;
  };

  const hear: Hear = (source, { type, timestamp, details }) => {
    first = Math.min(first ?? timestamp, timestamp);
    latest = Math.max(latest ?? timestamp, timestamp);
    const way = source.kind === 'rollout' ? marks : laneOf(source.instanceId);
    if (type.endsWith('StateEntered')) way.enter(String(details?.value.name), timestamp);
    else if (/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type)) way.end(timestamp);
    const now = view.capacity.inService;
    if (now !== undefined && inService !== undefined && now !== inService)
      served.push({ at: timestamp, by: now - inService });
    inService = now;
  };

  return {
    hear,
    lanes,
    marks,
    served,
    get first() {
      return first;
    },
    get latest() {
      return latest;
    },
  };
}
