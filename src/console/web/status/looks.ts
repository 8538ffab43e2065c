/** How each status and outcome looks: a shape, a word and a tone, so that nothing hangs on colour alone. */
import type { RunRow } from '../../api/shapes.ts';

export type RunStatus = RunRow['status'];
export type Outcome = keyof RunRow['tally'];
export type Engine = RunRow['engine'];

/** What it means for the reader: well, under way, waiting, put back, broken, nothing to see. */
export type Tone = 'ok' | 'busy' | 'wait' | 'warn' | 'bad' | 'quiet';

export type Shape =
  | 'check'
  | 'turning'
  | 'pause'
  | 'stop'
  | 'slash'
  | 'cross'
  | 'ring'
  | 'dash'
  | 'void'
  | 'back'
  | 'swap'
  | 'alarm'
  | 'info';

export interface Look {
  word: string;
  shape: Shape;
  tone: Tone;
}

export const STATUS_LOOKS: Record<RunStatus, Look> = {
  running: { word: 'running', shape: 'turning', tone: 'busy' },
  paused: { word: 'paused', shape: 'pause', tone: 'wait' },
  succeeded: { word: 'succeeded', shape: 'check', tone: 'ok' },
  halted: { word: 'halted', shape: 'stop', tone: 'bad' },
  aborted: { word: 'aborted', shape: 'slash', tone: 'warn' },
  failed: { word: 'failed', shape: 'cross', tone: 'bad' },
};

export const APPROVAL_LOOK: Look = { word: 'awaits approval', shape: 'pause', tone: 'wait' };

/** In the order in which a bar shows them. */
export const OUTCOME_LOOKS: Record<Outcome, Look> = {
  patched: { word: 'patched', shape: 'check', tone: 'ok' },
  patching: { word: 'in hand', shape: 'turning', tone: 'busy' },
  'rolled-back': { word: 'rolled back', shape: 'back', tone: 'warn' },
  replaced: { word: 'replaced', shape: 'swap', tone: 'warn' },
  quarantined: { word: 'quarantined', shape: 'alarm', tone: 'bad' },
  failed: { word: 'failed', shape: 'cross', tone: 'bad' },
  gone: { word: 'gone', shape: 'void', tone: 'quiet' },
  skipped: { word: 'skipped', shape: 'dash', tone: 'quiet' },
  pending: { word: 'pending', shape: 'ring', tone: 'quiet' },
};

export const ENGINE_WORDS: Record<Engine, string> = { embedded: 'embedded', 'step-functions': 'Step Functions' };

/** The keys of a table of looks, typed and in its order. */
export function keysOf<K extends string>(looks: Record<K, unknown>): K[] {
  const keys: K[] = [];
  for (const key in looks) keys.push(key);
  return keys;
}
