import { describe, expect, it } from 'vitest';
import { batches } from '../../bench/alternatives/ansible-serial.ts';
import { type Comparison, compare, compareAlternatives, TOOLS } from '../../bench/alternatives/compare.ts';
import { WAIT_FOR_INSTANCE_SECONDS, WAIT_FOR_REBOOT_SECONDS } from '../../bench/alternatives/runbook.ts';
import {
  BAD_PATCH,
  FAULTS_DRAWN,
  type Fleet,
  GOOD_PATCH,
  makeScenario,
  type Scenario,
} from '../../bench/alternatives/scenario.ts';
import { BOOT_SECONDS } from '../../src/cli/simulate/world.ts';

const FLEET: Fleet = { instances: 6, percentAtOnce: 34, patchMinutes: 3, requestsPerSecond: 100, seed: 3 };
const AT_ONCE = 2;

/** The comparisons of one scenario, by tool. */
async function through(scenario: Scenario): Promise<Record<string, Comparison>> {
  const comparisons = await compareAlternatives(FLEET, [scenario]);
  return Object.fromEntries(comparisons.map((comparison) => [comparison.tool, comparison]));
}

async function patchSeconds(): Promise<number[]> {
  const { cloud, embedded } = makeScenario(GOOD_PATCH, FLEET);
  await embedded.close();
  return [...cloud.world.machines.values()].map((machine) => machine.patchSeconds ?? Number.NaN);
}

describe('a good patch', async () => {
  const comparisons = await through(GOOD_PATCH);

  it.each(Object.keys(TOOLS))('is on every instance in the end, by %s', (tool) => {
    expect(comparisons[tool]).toMatchObject({ verdict: 'succeeded', serving: 6, patched: 6, badPatchReach: 0 });
    expect(comparisons[tool]?.lowestCapacity).toBeGreaterThanOrEqual(FLEET.instances - AT_ONCE);
  });

  it('takes the runbook its sleeps, the patch and the reboot of one instance after another, and little more', async () => {
    const patching = (await patchSeconds()).reduce((total, seconds) => total + seconds);
    const shortest = FLEET.instances * (WAIT_FOR_REBOOT_SECONDS + WAIT_FOR_INSTANCE_SECONDS + BOOT_SECONDS) + patching;
    const { seconds = 0, lowestCapacity } = comparisons['AWS-PatchAsgInstance'] ?? {};
    expect(seconds).toBeGreaterThan(shortest);
    expect(seconds).toBeLessThan(shortest + FLEET.instances * 30);
    expect(lowestCapacity).toBe(FLEET.instances - 1);
  });

  it('costs requests where nobody tells the load balancer, and nowhere else', () => {
    const lost = Object.entries(comparisons).filter(([, { requestsLost }]) => requestsLost > 0);
    expect(lost.map(([tool]) => tool)).toEqual(['maintenance window', 'maintenance window, alarm']);
    // Each reboot loses what goes to one of six, or of the five that are left, in the 20 s until two checks have failed.
    const ofOneReboot = 20 * FLEET.requestsPerSecond;
    const { requestsLost = 0 } = comparisons['maintenance window'] ?? {};
    expect(requestsLost).toBeGreaterThanOrEqual((6 * ofOneReboot) / 6);
    expect(requestsLost).toBeLessThanOrEqual((6 * ofOneReboot) / 5);
  });

  it('leaves no instance of the beginning where instances are replaced, and all of them elsewhere', () => {
    for (const { tool, replaced } of Object.values(comparisons))
      expect([tool, replaced]).toEqual([tool, tool === 'instance refresh' ? 6 : 0]);
  });
});

describe('a bad patch', async () => {
  const comparisons = await through(BAD_PATCH);
  const outcome = (tool: string) => {
    const { badPatchReach, verdict, replaced, requestsLost } = comparisons[tool] ?? {};
    return { badPatchReach, verdict, replaced, lost: (requestsLost ?? 0) > 0 };
  };

  it('reaches one instance by Drydock, which has that one back as it was', () => {
    expect(outcome('Drydock')).toEqual({ badPatchReach: 1, verdict: 'halted', replaced: 0, lost: false });
    expect(comparisons.Drydock).toMatchObject({ serving: 6, lowestCapacity: 5 });
  });

  it('reaches every instance by the runbook, which says that it succeeded; an alarm stops it after one', () => {
    expect(outcome('AWS-PatchAsgInstance')).toEqual({
      badPatchReach: 6,
      verdict: 'succeeded',
      replaced: 6,
      lost: false,
    });
    expect(outcome('AWS-PatchAsgInstance, alarm')).toEqual({
      badPatchReach: 1,
      verdict: 'halted',
      replaced: 1,
      lost: false,
    });
  });

  it('takes the service down in a window; an alarm stops it once one more is broken than are patched at once', () => {
    expect(outcome('maintenance window')).toEqual({ badPatchReach: 6, verdict: 'succeeded', replaced: 6, lost: true });
    expect(comparisons['maintenance window']?.lowestCapacity).toBe(0);
    expect(outcome('maintenance window, alarm')).toMatchObject({ badPatchReach: 4, verdict: 'halted', replaced: 4 });
    expect(comparisons['maintenance window, alarm']?.lowestCapacity).toBe(2);
  });

  it('reaches the canary of an instance refresh and of a play with serial, and costs each an instance', () => {
    const one = { badPatchReach: 1, replaced: 1, lost: false };
    expect(outcome('instance refresh')).toEqual({ ...one, verdict: 'rolled back' });
    expect(outcome('Ansible serial')).toEqual({ ...one, verdict: 'failed' });
  });
});

describe('faults', async () => {
  const scenario: Scenario = { ...FAULTS_DRAWN, faultProbability: 0.3 };
  // One that every tool meets which patches by a command, and one that only a detached instance has.
  const fleet: Fleet = { ...FLEET, seed: 18 };
  const comparisons = await compareAlternatives(fleet, [scenario]);
  const of = (tool: string) => comparisons.find((comparison) => comparison.tool === tool);

  it('are the same for all tools, and so are the times that the patches take', async () => {
    for (const { faults } of comparisons) expect(faults).toEqual(['attach-refused-for-good', 'command-times-out']);
    expect(await patchSeconds()).toEqual(await patchSeconds());
    expect(new Set(await patchSeconds()).size).toBe(FLEET.instances);
  });

  it('give the same numbers each time', async () => {
    const again = await Promise.all(comparisons.map(({ tool }) => compare(tool, scenario, fleet)));
    expect(again).toEqual(comparisons);
  });

  it.each(['AWS-PatchAsgInstance', 'maintenance window', 'Ansible serial'])(
    'end %s where it is told to stop',
    async (tool) => {
      const stopped = await compare(tool, { ...scenario, afterFailure: 'stop' }, fleet);
      expect(of(tool)).toMatchObject({ verdict: 'failed', patched: 5 });
      expect(stopped.verdict).toBe('failed');
      expect(stopped.patched).toBeLessThan(5);
    },
  );

  it('cost Drydock no request and no instance of its capacity', () => {
    expect(of('Drydock')).toMatchObject({ requestsLost: 0, serving: 6, patched: 5 });
    expect(of('Drydock')?.lowestCapacity).toBeGreaterThanOrEqual(FLEET.instances - AT_ONCE);
  });

  it('leave a host that failed out of the load balancer, by a play', () => {
    expect(of('Ansible serial')).toMatchObject({ serving: 5, replaced: 0 });
  });
});

describe('the batches of a play', () => {
  it('are one host, and then the percentage of all, rounded down to one at least', () => {
    expect(batches(['a', 'b', 'c', 'd', 'e', 'f'], { percentAtOnce: 34 })).toEqual([
      ['a'],
      ['b', 'c'],
      ['d', 'e'],
      ['f'],
    ]);
    expect(batches(['a', 'b', 'c'], { percentAtOnce: 10 })).toEqual([['a'], ['b'], ['c']]);
    expect(batches(['a'], { percentAtOnce: 10 })).toEqual([['a']]);
  });
});

it('there is no tool of another name', async () => {
  await expect(compare('puppet', GOOD_PATCH, FLEET)).rejects.toThrow(RangeError);
});
