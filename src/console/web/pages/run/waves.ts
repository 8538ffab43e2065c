/** How far each wave has come. */
import type { RunDocument } from '../../../api/shapes.ts';
import type { Look } from '../../status/looks.ts';

export interface WaveState {
  number: number;
  name: string;
  look: Look;
  /** `3 of 5`, `skipped`: beside the name. */
  words: string;
}

type Instances = Pick<RunDocument['instances'][number], 'wave' | 'outcome'>[];

/** `Canary`, `Wave 2`. */
export function waveName(number: number, canary: boolean): string {
  return canary ? 'Canary' : `Wave ${number}`;
}

/** Each wave, in its order. */
export function waveStates(waves: RunDocument['waves'], instances: Instances): WaveState[] {
  const byWave = Map.groupBy(instances, ({ wave }) => wave);
  return waves.map(({ number, kind }) => {
    const members = byWave.get(number) ?? [];
    return { number, name: waveName(number, kind === 'canary'), ...stateOf(members.map(({ outcome }) => outcome)) };
  });
}

function stateOf(outcomes: Instances[number]['outcome'][]): Pick<WaveState, 'look' | 'words'> {
  const over = outcomes.filter((outcome) => outcome !== 'pending' && outcome !== 'patching').length;
  const count = outcomes.length;
  if (outcomes.every((outcome) => outcome === 'skipped')) {
    return { look: { word: 'skipped', shape: 'dash', tone: 'quiet' }, words: 'skipped' };
  }
  if (outcomes.every((outcome) => outcome === 'pending')) {
    return { look: { word: 'to come', shape: 'ring', tone: 'quiet' }, words: `${count} to come` };
  }
  if (over < count) return { look: { word: 'in hand', shape: 'turning', tone: 'busy' }, words: `${over} of ${count}` };
  const well = outcomes.every((outcome) => outcome === 'patched' || outcome === 'gone');
  return well
    ? { look: { word: 'done', shape: 'check', tone: 'ok' }, words: `${count} done` }
    : { look: { word: 'ended', shape: 'stop', tone: 'warn' }, words: `${over} ended` };
}

/** At most `most` around the one that goes on, and how many were left out on each side. */
export function shownWaves(states: WaveState[], most: number): { before: number; shown: WaveState[]; after: number } {
  const current = states.findIndex(({ look }) => look.shape === 'turning');
  const to = states.findIndex(({ look }) => look.shape === 'ring' || look.shape === 'dash');
  const at = current !== -1 ? current : to !== -1 ? to : states.length - 1;
  const from = Math.max(0, Math.min(at - Math.floor(most / 2), states.length - most));
  const shown = states.slice(from, from + most);
  return { before: from, shown, after: states.length - from - shown.length };
}
