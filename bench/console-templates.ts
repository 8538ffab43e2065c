/** Runs of the simulated cloud, carried out into a file: what the console's large store is copied from. */
import { makeWorld, REGION } from '../src/cli/simulate/world.ts';
import { readFleet } from '../src/orchestrator/fleet/read.ts';
import { plan } from '../src/orchestrator/plan/plan.ts';
import type { Policy } from '../src/policies/policy.ts';
import { FAULTS } from '../src/simulator/faults.ts';

/** The runs that were made, by what became of them. */
export interface Templates {
  /** A thousand instances, a hundred at a time. */
  thousand: string;
  /** Two instances patched. */
  patched: string;
  /** One rolled back, one untouched. */
  halted: string;
  /** Ended by a person before its first instance. */
  aborted: string;
  /** Kept out by another run on the same group. */
  locked: string;
}

/** Carries them out into `stateDir`. */
export async function makeTemplates(stateDir: string, instances: number): Promise<Templates> {
  const kept = { stateDir, durability: 'relaxed' } as const;
  const thousand = await simulated({ instances, groups: 1, maxUnavailable: '10%' }, kept, async ({ start, follow }) =>
    follow(await start('group-1')),
  );
  return simulated({ instances: 8, groups: 4, maxUnavailable: '1' }, kept, async ({ start, follow, cloud, runs }) => {
    const patched = await follow(await start('group-1'));
    FAULTS['patch-breaks-app']?.apply(cloud, { groupName: 'group-2', count: 2 });
    const halted = await follow(await start('group-2', 0));
    const aborted = await start('group-3');
    await follow(aborted, () => void runs.steer(aborted, 'abort').catch(() => {}));
    const [holder, locked] = [await start('group-4'), await start('group-4')];
    await follow(locked);
    await follow(holder);
    return { thousand, patched, halted, aborted, locked };
  });
}

type Options = Pick<Parameters<typeof makeWorld>[0], 'instances' | 'groups' | 'maxUnavailable'>;

async function simulated<T>(
  options: Options,
  kept: Parameters<typeof makeWorld>[1],
  work: (world: Awaited<ReturnType<typeof steps>>) => Promise<T>,
): Promise<T> {
  const world = makeWorld({ ...options, patchMinutes: 10, seed: 1 }, kept);
  try {
    return await world.clock.run(work(steps(world)));
  } finally {
    await world.embedded.close();
  }
}

function steps({ cloud, clock, embedded: { runs }, policy }: ReturnType<typeof makeWorld>) {
  const start = async (group: string, maxFailures = policy.rollout.maxFailures) => {
    const now = new Date(clock.now()).toISOString();
    const fleet = await readFleet(cloud, group, { region: REGION, now });
    const asked: Policy = { ...policy, rollout: { ...policy.rollout, maxFailures } };
    const made = plan({ policy: asked, fleet, environment: 'production', history: [], now });
    return runs.start(made, { kind: 'api' });
  };
  const follow = async (id: string, onChange?: () => void) => {
    await runs.follow(id, onChange);
    return id;
  };
  return { cloud, runs, start, follow };
}
