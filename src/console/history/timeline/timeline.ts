/** The timeline of a run: a lane an instance, marks of the run itself, and how many instances served when. */
import type { Plan } from '../../../orchestrator/plan/types.ts';
import type { InstanceView, RunView } from '../../../orchestrator/runs/view.ts';
import type { Segment, Timeline } from '../../api/shapes.ts';
import type { Lane, Piece } from './lane.ts';
import type { Track } from './track.ts';

/** The timeline of a run by its view, its plan and its track; `now` is in ms since 1970, by the clock that the run goes by. */
export function timelineOf(view: RunView, plan: Plan, track: Track, now: number): Timeline {
  // A maintenance window begins its runs one after the other, and all are said to have begun with it.
  const from = track.first ?? Date.parse(view.startedAt);
  const to = view.endedAt ?? null;
  return {
    from: iso(from),
    to,
    // Who looks at what another has left may have a clock that is behind.
    now: iso(to === null ? Math.max(now, track.latest ?? now) : now),
    lanes: view.instances.map((instance) => ({
      instanceId: instance.instanceId,
      wave: instance.wave,
      az: instance.az,
      outcome: instance.outcome,
      segments: segmentsOf(instance, track.lanes.get(instance.instanceId), to),
    })),
    marks: track.marks.marks.map(({ kind, label, ...time }) => ({ kind, label, ...spanOf(time, to) })),
    capacity: capacityOf(view, { at: from, inService: plan.capacity.inService }, track),
    desired: view.capacity.desired,
    floor: view.capacity.floor,
  };
}

function segmentsOf(instance: InstanceView, lane: Lane | undefined, runEnd: string | null): Segment[] {
  if (lane !== undefined)
    return lane.pieces.map(({ step, label, ...time }) => ({ step, label, ...spanOf(time, runEnd) }));
  // Of a large wave on AWS whose history nobody read only its beginning and end are kept.
  const { startedAt, endedAt = runEnd } = instance;
  return startedAt === undefined ? [] : [{ step: 'patch', label: 'in the dock', from: startedAt, to: endedAt }];
}

/** What goes on in a run that is over has come to no end of its own. */
function spanOf({ from, to }: Pick<Piece, 'from' | 'to'>, runEnd: string | null): { from: string; to: string | null } {
  return { from: iso(from), to: to === undefined ? runEnd : iso(to) };
}

function capacityOf(view: RunView, before: { at: number; inService: number }, track: Track): Timeline['capacity'] {
  const changes = [...track.served, ...servedByKept(view, track)].sort((a, b) => a.at - b.at);
  const points = [before];
  for (const { at, by } of changes) {
    const last = points.at(-1);
    const next = (last?.inService ?? 0) + by;
    if (last?.at === at) last.inService = next;
    else points.push({ at, inService: next });
  }
  return points.map((point) => ({ at: iso(point.at), inService: point.inService }));
}

function servedByKept({ instances }: RunView, { lanes }: Track): { at: number; by: number }[] {
  return instances
    .filter(({ instanceId, startedAt }) => startedAt !== undefined && !lanes.has(instanceId))
    .flatMap(({ startedAt = '', endedAt }) => [
      { at: Date.parse(startedAt), by: -1 },
      ...(endedAt === undefined ? [] : [{ at: Date.parse(endedAt), by: 1 }]),
    ]);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
