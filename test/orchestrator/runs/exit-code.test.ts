import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/orchestrator/runs/exit-code.ts';
import type { RunView } from '../../../src/orchestrator/runs/view.ts';

describe('the exit code of a run', () => {
  it.each<[string, Pick<RunView, 'status' | 'error' | 'notWhole'>, number]>([
    ['success', { status: 'succeeded' }, 0],
    ['a run that goes on', { status: 'running' }, 0],
    ['a halt', { status: 'halted', error: 'Drydock.Halted' }, 3],
    ['an abort', { status: 'aborted', error: 'Drydock.Aborted' }, 3],
    ['a group that another run holds', { status: 'failed', error: 'Drydock.GroupLocked' }, 4],
    ['what could not be made whole', { status: 'failed', error: 'Drydock.NotWhole', notWhole: 'i-1 is detached' }, 6],
    ['any other failure', { status: 'failed', error: 'Drydock.Failed' }, 1],
  ])('for %s', (_, view, code) => {
    expect(exitCodeOf(view)).toBe(code);
  });
});
