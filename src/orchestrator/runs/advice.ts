/** What a person is told of a run at once: how it stands, in a plain sentence or two, and what to do next. */
import type { InstanceView, Outcome, RunView } from './view.ts';
import { instancesIn, shellWord, someOf, standsStill, waveName } from './words.ts';

export interface Advice {
  level: 'info' | 'warning' | 'error';
  what: string;
  next: string;
}

/** What is known of a run beside its view. */
export interface Circumstances {
  /** Nobody carries it on. */
  isOrphan?: boolean;
  /** The run that has rolled it back. */
  rolledBackBy?: string;
}

/** Undefined when there is nothing to say: all goes well, or went well. */
export function adviceOn(view: RunView, { isOrphan = false, rolledBackBy }: Circumstances = {}): Advice | undefined {
  if (isOrphan) return { level: 'error', ...sentences(standsStill(view.runId)) };
  if (view.notWhole !== undefined) return notWhole(view, view.notWhole);
  return (view.endedAt === undefined ? goingOn(view) : ended(view, rolledBackBy)) ?? undelivered(view);
}

function notWhole(view: RunView, what: string): Advice {
  const there = view.engine === 'step-functions' ? ' --engine step-functions' : '';
  return {
    level: 'error',
    what: `Not everything could be made whole, and a person is needed: ${sentence(what)}`,
    next: `Look at what is named, then have the rest made whole with drydock recover ${view.runId}${there}.`,
  };
}

function goingOn(view: RunView): Advice | undefined {
  const inDock = of(view, 'patching').length;
  if (view.aborting === true) {
    return {
      level: 'info',
      what: `It was asked to end. ${inDock === 0 ? 'The group is put back as it was.' : `${capital(instancesIn(inDock))} in the dock ${inDock === 1 ? 'is' : 'are'} finished or rolled back first.`}`,
      next: 'Nothing has to be done: it ends by itself.',
    };
  }
  if (view.status === 'paused') {
    return {
      level: 'info',
      what: `It is paused: nothing new begins${inDock === 0 ? '' : `, and ${instancesIn(inDock)} in the dock ${inDock === 1 ? 'is' : 'are'} finished`}. After a day it halts.`,
      next: 'Resume it, or abort it.',
    };
  }
  if (view.awaitsApproval !== true) return undefined;
  return {
    level: 'warning',
    what: `The canary is through, and ${instancesIn(of(view, 'pending').length)} wait for a person's approval. Without it the run halts after a day.`,
    next: 'Look at the canary, then approve the rest or abort the run.',
  };
}

function ended(view: RunView, rolledBackBy: string | undefined): Advice | undefined {
  if (rolledBackBy !== undefined) {
    return {
      level: 'info',
      what: `What it patched was rolled back by run ${rolledBackBy}.`,
      next: `See run ${rolledBackBy}.`,
    };
  }
  if (view.status === 'succeeded') return tolerated(view);
  if (view.status === 'aborted') {
    return {
      level: 'info',
      what: `Somebody ended it. ${leftBehind(view)}`,
      next: capital(`${again(view)}.`),
    };
  }
  return view.status === 'halted' ? halted(view) : failed(view);
}

/** Failures that the policy lets pass are looked at all the same. */
function tolerated(view: RunView): Advice | undefined {
  const failures = failedInstances(view);
  if (failures.length === 0) return undefined;
  return {
    level: 'warning',
    what: `${capital(instancesIn(failures.length))} did not stand the patch (${someOf(failures.map(({ instanceId }) => instanceId))}), and the policy tolerates that.`,
    next: 'See why at each of them; another run patches what is left.',
  };
}

/** What a run that halted waits for, by the beginning of its reason. */
const WAITS_FOR: [RegExp, Advice['level'], (view: RunView) => string][] = [
  [/^window-closed: /, 'info', () => 'Nothing has to be done: the rest is patched in the next window.'],
  [/^a change calendar is CLOSED/, 'warning', (view) => `Once it is open, ${again(view)}.`],
  [/^in ALARM: /, 'error', (view) => `Find out what the alarms tell of; once they are quiet, ${again(view)}.`],
  [/^nobody approved|^the run was paused/, 'warning', (view) => `When somebody is there, ${again(view)}.`],
];

function halted(view: RunView): Advice {
  const { reason = '', wave = 0 } = view.halted ?? {};
  const [, level, next] = WAITS_FOR.find(([begins]) => begins.test(reason)) ?? [undefined, 'error' as const, mend];
  const where = wave === 0 ? 'before its first wave' : `in ${waveName(view.waves, wave)}`;
  return { level, what: `It halted ${where}: ${sentence(reason)} ${leftBehind(view)}`, next: next(view) };
}

/** What to do when the patch itself, or something on the way, is the reason. */
function mend(view: RunView): string {
  const [first] = failedInstances(view);
  if (first === undefined) return `Mend that, then ${again(view)}.`;
  const patched = of(view, 'patched').length;
  const back =
    patched === 0 ? '' : ` The ${patched} that stay patched can be rolled back: drydock runs rollback ${view.runId}.`;
  return `See at ${first.instanceId} what failed. Mend it, or hold the patch back in the policy, then ${again(view)}.${back}`;
}

/** How what is left is taken up once more. */
function again({ rollbackOf, group }: RunView): string {
  if (rollbackOf !== undefined) return `roll back the rest: drydock runs rollback ${rollbackOf}`;
  return `begin another run: drydock run --group ${shellWord(group)}`;
}

function failed(view: RunView): Advice {
  const reason = view.halted?.reason ?? view.error ?? 'its execution failed';
  if (view.instances.some(({ startedAt }) => startedAt !== undefined)) {
    return { level: 'error', what: `It failed: ${sentence(reason)} ${leftBehind(view)}`, next: mend(view) };
  }
  const what = `It did not begin, and nothing was touched: ${sentence(reason)}`;
  if (view.error !== 'Drydock.GroupLocked') return { level: 'error', what, next: mend(view) };
  const next = reason.includes('drydock recover')
    ? 'Make that whole first, then begin this run again.'
    : 'Begin it again once the other run is over.';
  return { level: 'warning', what, next };
}

function undelivered({ undelivered = [] }: RunView): Advice | undefined {
  if (undelivered.length === 0) return undefined;
  return {
    level: 'warning',
    what: `Not everybody was notified: ${sentence(undelivered.join('; '))}`,
    next: 'Check these places under notify in the policy.',
  };
}

/** What became of the instances of a run that did not come to its end. */
function leftBehind(view: RunView): string {
  const parts = (
    [
      ['patched', 'stay patched'],
      ['rolled-back', 'rolled back'],
      ['replaced', 'replaced'],
      ['quarantined', 'in quarantine'],
      ['skipped', 'untouched'],
    ] satisfies [Outcome, string][]
  ).flatMap(([outcome, words]) => {
    const count = of(view, outcome).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? words.replace(/^stay /, 'stays ') : words}`];
  });
  return parts.length === 0 ? 'Nothing was touched.' : `Everything is whole: ${parts.join(', ')}.`;
}

/** The worst first. To a rollback, an instance that is rolled back is no failure. */
function failedInstances(view: RunView): InstanceView[] {
  const outcomes: Outcome[] = ['failed', 'quarantined', 'replaced'];
  if (view.rollbackOf === undefined) outcomes.push('rolled-back');
  return outcomes.flatMap((outcome) => of(view, outcome));
}

function of({ instances }: RunView, outcome: Outcome): InstanceView[] {
  return instances.filter((instance) => instance.outcome === outcome);
}

function sentences({ what, next }: { what: string; next: string }) {
  return { what: sentence(capital(what)), next };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
