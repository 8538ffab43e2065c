/** The steps of an instance as a chart: where each bar begins, how long it is, and how it looks. */
import type { InstanceDocument, LaneStep } from '../../../api/shapes.ts';

export interface Bar {
  step: string;
  look: LaneStep;
  /** ISO 8601. */
  from: string;
  to: string | null;
  /** In ms; of one that goes on, so far. */
  took: number;
  /** In percent of the whole. */
  left: number;
  width: number;
}

/** As the timeline of the run paints them. */
const LOOKS: Record<string, LaneStep> = {
  waiting: 'wait',
  'looking before': 'look',
  'running a hook': 'hook',
  isolating: 'detach',
  draining: 'detach',
  snapshotting: 'look',
  patching: 'patch',
  verifying: 'check',
  attaching: 'attach',
  'checking in service': 'check',
  'rolling back': 'rollback',
  replacing: 'rollback',
};

/** In the order in which they were. `now`: ms since 1970. */
export function barsOf(steps: InstanceDocument['steps'], now: number): Bar[] {
  const times = steps.flatMap(({ from, to }) => [Date.parse(from), to === null ? now : Date.parse(to)]);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const percent = (ms: number) => (last === first ? 0 : Math.round((ms / (last - first)) * 10_000) / 100);
  return steps.map(({ step, from, to }) => {
    const begins = Date.parse(from);
    const took = Math.max(0, (to === null ? now : Date.parse(to)) - begins);
    return { step, look: LOOKS[step] ?? 'look', from, to, took, left: percent(begins - first), width: percent(took) };
  });
}
