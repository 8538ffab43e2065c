import { describe, expect, it } from 'vitest';
import { readHistory } from '../../../src/console/look/history.ts';
import type { PastRuns } from '../../../src/console/look/past.ts';
import { openFleets, patch } from './fleets.ts';

const openssl = patch('openssl', 1);

describe('run history, read in the background', () => {
  it('knows the runs that succeeded, with the patches that they proved', async () => {
    const fleets = openFleets({ patches: [openssl] });
    const id = await fleets.run('staging');
    const history = readHistory(fleets.past);
    expect(history.finished('shop')).toEqual([]);
    await history.readOn();
    // How long the instances took is kept a little rougher than their executions tell it.
    const rough = { instanceSeconds: expect.any(Array) };
    const finished = await fleets.runs.finished('shop');
    expect(history.finished('shop')).toEqual(finished.map((run) => ({ ...run, ...rough })));
    expect(history.finished('shop').map(({ runId }) => runId)).toEqual([id]);
    expect(history.finished('another')).toEqual([]);
  });

  it('reads each run once, and later what came since', async () => {
    const fleets = openFleets({ patches: [openssl] });
    const reads: string[] = [];
    const history = readHistory(noting(fleets.past, reads));
    const staging = await fleets.run('staging');
    await history.readOn();
    await history.readOn();
    expect(reads).toEqual([staging]);
    const production = await fleets.run('production');
    await history.readOn();
    expect(reads).toEqual([staging, production]);
    expect(history.progress()).toEqual({ read: 2, of: 2 });
  });

  it('takes back what it has counted, once a rollback does', async () => {
    const fleets = openFleets({ patches: [openssl] });
    const history = readHistory(fleets.past);
    const id = await fleets.run('staging');
    await history.readOn();
    expect(history.latency()).toMatchObject([{ environment: 'staging', patches: 2 }]);
    await fleets.rollBack(id);
    await history.readOn();
    expect(history.latency()).toEqual([]);
    expect(history.finished('shop')).toEqual([]);
  });

  it('passes over what installed nothing without reading it', async () => {
    const fleets = openFleets({ patches: [openssl] });
    await fleets.run('staging');
    const reads: string[] = [];
    const { runs } = fleets.past;
    const halted: PastRuns['runs'] = async (query) => {
      const page = await runs(query);
      return { ...page, runs: page.runs.map((row) => ({ ...row, tally: { 'rolled-back': 1, skipped: 1 } })) };
    };
    const history = readHistory(noting({ ...fleets.past, runs: halted }, reads));
    await history.readOn();
    expect(reads).toEqual([]);
    expect(history.progress()).toEqual({ read: 1, of: 1 });
  });
});

function noting(past: PastRuns, reads: string[]): PastRuns {
  return {
    ...past,
    read: async (id) => {
      reads.push(id);
      return past.read(id);
    },
  };
}
