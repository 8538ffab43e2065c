import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../../src/console/api/shapes.ts';
import type { ExecutedRun } from '../../../../src/console/look/executions.ts';
import { createGraphs } from '../../../../src/console/look/graph/graph.ts';
import { makeWorld } from '../../../rollout/world.ts';
import { executed } from '../looked.ts';

const node = ({ nodes }: Graph, id: string) => {
  const { visits, here, failed } = nodes.find((each) => each.id === id) ?? {};
  return { visits, here, failed };
};
const taken = ({ edges }: Graph, from: string, to: string) =>
  edges.find((edge) => edge.from === from && edge.to === to)?.taken;

describe('the picture of a run', () => {
  it('counts the way of every instance through the states, and that of the rollout', async () => {
    const world = makeWorld();
    const run = await executed(world, await world.run().then(({ runId }) => runId));
    const graphs = createGraphs();
    const instances = await graphs.graph(run, 'patch-instance');
    expect(instances.executions).toEqual({ read: 4, of: 4 });
    expect(node(instances, 'Detach')).toEqual({ visits: 4, here: 0, failed: 0 });
    expect(taken(instances, 'Detach', 'WaitForDrain')).toBe(4);
    expect(taken(instances, 'Detach', 'WaitToKnow')).toBe(0);
    const rollout = await graphs.graph(run, 'rollout');
    expect(rollout.executions).toEqual({ read: 1, of: 1 });
    expect(node(rollout, 'Wave')).toEqual({ visits: 2, here: 0, failed: 0 });
    expect(taken(rollout, 'AfterWave', 'BakeWave')).toBe(2);
  });

  it('comes to each state as often as it leaves it, but for the last', async () => {
    const world = makeWorld();
    world.fault('patch-breaks-app');
    const run = await executed(world, await world.run().then(({ runId }) => runId));
    const { nodes, edges, executions } = await createGraphs().graph(run, 'patch-instance');
    const sum = (of: Graph['edges']) => of.reduce((sum, edge) => sum + edge.taken, 0);
    for (const { id, visits } of nodes) {
      const begun = id === 'Begin' ? executions.read : 0;
      const ended = id === 'KeepOutcome' ? executions.read : 0;
      expect([id, sum(edges.filter(({ to }) => to === id)) + begun]).toEqual([id, visits]);
      expect([id, sum(edges.filter(({ from }) => from === id)) + ended]).toEqual([id, visits]);
    }
  });

  it('says where executions are now', async () => {
    const world = makeWorld({ rollout: { maxUnavailable: 2 } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ step }) => step === 'patching').length === 2);
    const run = await executed(world, id);
    const graphs = createGraphs();
    const instances = await graphs.graph(run, 'patch-instance');
    const patching = ['SendPatchCommand', 'AwaitPatch'];
    expect(instances.nodes.filter(({ here }) => here > 0).every(({ id }) => patching.includes(id))).toBe(true);
    expect(instances.nodes.reduce((sum, { here }) => sum + here, 0)).toBe(2);
    expect(node(await graphs.graph(run, 'rollout'), 'Wave')).toEqual({ visits: 2, here: 1, failed: 0 });
    await world.follow(id);
    const after = await graphs.graph(await executed(world, id), 'patch-instance');
    expect(after.nodes.filter(({ here }) => here > 0)).toEqual([]);
    expect(node(after, 'KeepOutcome').visits).toBe(4);
  });

  it('shows the states that failed: those that an error took elsewhere, and the one that the rollout ended in', async () => {
    const world = makeWorld();
    world.deny('ec2:createSnapshot');
    const run = await executed(world, await world.run().then(({ runId }) => runId));
    const graphs = createGraphs();
    const instances = await graphs.graph(run, 'patch-instance');
    expect(node(instances, 'CreateSnapshot')).toEqual({ visits: 1, here: 0, failed: 1 });
    expect(taken(instances, 'CreateSnapshot', 'CountFailure')).toBe(1);
    expect(node(await graphs.graph(run, 'rollout'), 'Halted').failed).toBe(1);
    expect(instances.nodes.filter(({ failed }) => failed > 0).map(({ id }) => id)).toEqual(['CreateSnapshot']);
  });

  it('reads no history again that is over', async () => {
    const world = makeWorld();
    const run = await executed(world, await world.run().then(({ runId }) => runId));
    const reads: string[] = [];
    const graphs = createGraphs();
    const first = await graphs.graph(listening(run, reads), 'patch-instance');
    expect(reads).toHaveLength(4);
    expect(await graphs.graph(listening(run, reads), 'patch-instance')).toEqual(first);
    expect(reads).toHaveLength(4);
  });

  it('counts from as many executions as may be read at once, and from more each time that it is looked at', async () => {
    const world = makeWorld();
    const run = { ...(await executed(world, await world.run().then(({ runId }) => runId))), readAtOnce: 3 };
    const graphs = createGraphs();
    expect((await graphs.graph(run, 'patch-instance')).executions).toEqual({ read: 3, of: 4 });
    expect((await graphs.graph(run, 'patch-instance')).executions).toEqual({ read: 4, of: 4 });
  });
});

function listening(run: ExecutedRun, reads: string[]): ExecutedRun {
  return {
    ...run,
    instances: async () =>
      (await run.instances()).map((execution) => ({
        ...execution,
        told: async () => {
          reads.push(execution.arn);
          return execution.told();
        },
      })),
  };
}
