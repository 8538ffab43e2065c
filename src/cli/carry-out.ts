/** Carries plans out, and shows how they go. */
import { userInfo } from 'node:os';
import { EXIT, type ExitCode } from '../orchestrator/errors.ts';
import type { Plan } from '../orchestrator/plan/types.ts';
import { exitCodeOf } from '../orchestrator/runs/exit-code.ts';
import type { Trigger } from '../orchestrator/runs/order.ts';
import type { Runs } from '../orchestrator/runs/runs.ts';
import type { RunView } from '../orchestrator/runs/view.ts';
import { codeUnless, interruptible } from './interrupt.ts';
import type { ProgressSink } from './progress/sink.ts';

export interface CarriedOut {
  /** The runs as they ended, each with its plan. Plans behind one that did not succeed were not begun. */
  runs: { view: RunView; plan: Plan }[];
  exitCode: ExitCode;
}

/**
 * One group after the other: what goes wrong in the first must not happen in all. On the first Ctrl-C a run that this process carries
 * out is asked to end: what is in the dock is finished or rolled back. One on AWS is left to itself. `onStart` hears of each run's id, `notify` (as the
 * policy names them) of how it goes.
 */
export async function carryOut(
  plans: Plan[],
  runs: Runs,
  sink: ProgressSink,
  { onStart, notify }: { onStart: (id: string) => void; notify: string[] },
): Promise<CarriedOut> {
  return interruptible(async (signal) => {
    const ended: CarriedOut['runs'] = [];
    for (const plan of plans) {
      const id = await runs.start(plan, trigger(), notify);
      onStart(id);
      const view = await (runs.engine === 'embedded' ? followOrAbort : followOrLeave)(runs, id, sink, signal);
      ended.push({ view, plan });
      if (view.status !== 'succeeded' || signal.aborted) break;
    }
    return { runs: ended, exitCode: codeOf(ended.at(-1)?.view, signal) };
  });
}

/** Stays with a run that was begun, to its end, as `carryOut` does. */
export async function followRun(
  runs: Runs,
  id: string,
  sink: ProgressSink,
): Promise<{ view: RunView; exitCode: ExitCode }> {
  return interruptible(async (signal) => {
    const view = await (runs.engine === 'embedded' ? followOrAbort : followOrLeave)(runs, id, sink, signal);
    return { view, exitCode: codeOf(view, signal) };
  });
}

function codeOf(view: RunView | undefined, signal: AbortSignal): ExitCode {
  return codeUnless(signal, view === undefined ? EXIT.done : exitCodeOf(view));
}

/** Whoever sits at this terminal. */
export function trigger(): Trigger {
  return { kind: 'person', by: userInfo().username };
}

/** Follows a run to its end, and asks it to end early once `signal` is aborted. */
export async function followOrAbort(runs: Runs, id: string, sink: ProgressSink, signal: AbortSignal): Promise<RunView> {
  let asked = false;
  const askToEnd = () => {
    if (asked) return;
    asked = true;
    // Before the run has its lock it cannot be asked: the next change tries again.
    runs.steer(id, 'abort').catch(() => {
      asked = false;
    });
  };
  const onAbort = () => {
    sink.say(
      `Ending: what is in the dock is finished or rolled back. Ctrl-C again leaves at once; then run drydock recover.`,
    );
    askToEnd();
  };
  if (signal.aborted) askToEnd();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await runs.follow(id, (view) => {
      sink.update(view);
      if (signal.aborted) askToEnd();
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Follows a run that goes on elsewhere, to its end or until `signal` is aborted; gives it as it stood then. */
async function followOrLeave(runs: Runs, id: string, sink: ProgressSink, signal: AbortSignal): Promise<RunView> {
  let seen: RunView | undefined;
  const onChange = (view: RunView) => {
    seen = view;
    sink.update(view);
  };
  try {
    return await runs.follow(id, onChange, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    sink.say(
      `Run ${id} goes on on AWS. Follow it with drydock runs watch ${id}, or end it with drydock runs abort ${id}.`,
    );
    return seen ?? (await runs.read(id)).view;
  }
}
