/** The state machine that a run went by, drawn, with the way that it took. */
import { setImmediate } from 'node:timers/promises';
import { type Machine, readMachine } from '../../../orchestrator/machine.ts';
import { plainState } from '../../../orchestrator/runs/steps.ts';
import type { Graph } from '../../api/shapes.ts';
import type { ExecutedRun, RunExecution } from '../executions.ts';
import { type Drawing, draw } from './draw.ts';
import { addPassage, type Edges, edgeKey, type Passage, passageOf } from './passage.ts';

export interface Graphs {
  /** The picture of a machine of the run. Reads no history twice that is over. */
  graph(run: ExecutedRun, machine: Graph['machine']): Promise<Graph>;
}

/** What was counted of a run, as far as its executions are over. */
interface Counted {
  passage: Passage;
  over: Set<string>;
}

/** Runs whose counts are kept: who looks at a picture looks at it again and again. */
const MOST_RUNS = 16;

/** After so many the server answers whoever else asks. */
const READ_IN_A_ROW = 100;

/** Pictures of runs. A definition is laid out once. */
export function createGraphs(): Graphs {
  const drawings = new Map<string, Drawing>();
  const counts = new Map<string, Counted>();

  const drawingOf = ({ definition }: ExecutedRun, name: Graph['machine']): Drawing => {
    const key = `${name} ${definition.hash}`;
    const known = drawings.get(key) ?? draw(machineOf(readMachine(definition.read()), name), name);
    drawings.set(key, known);
    return known;
  };

  const countedOf = (key: string): Counted => {
    const known = counts.get(key) ?? { passage: nothing(), over: new Set<string>() };
    // The last that was asked for is the last to go.
    counts.delete(key);
    counts.set(key, known);
    for (const [oldest] of counts) if (counts.size > MOST_RUNS) counts.delete(oldest);
    return known;
  };

  return {
    graph: async (run, machine) => {
      const drawing = drawingOf(run, machine);
      const executions = await executionsOf(run, machine);
      const counted = countedOf(`${machine} ${run.engine} ${run.begun.runId}`);
      const unread = executions.filter(({ arn }) => !counted.over.has(arn));
      // Those that go on say where the run is now.
      unread.sort((a, b) => Number(b.isRunning) - Number(a.isRunning));
      const look = lookWith(drawing);
      const going: Passage[] = [];
      for (const [at, execution] of unread.slice(0, run.readAtOnce).entries()) {
        if (at % READ_IN_A_ROW === READ_IN_A_ROW - 1) await setImmediate();
        const passage = await look(execution);
        if (execution.isRunning) going.push(passage);
        else if (!counted.over.has(execution.arn)) {
          addPassage(counted.passage, passage);
          counted.over.add(execution.arn);
        }
      }
      const read = counted.over.size + going.length;
      return pictureOf(drawing, counted.passage, going, { read, of: Math.max(read, executions.length) });
    },
  };
}

function nothing(): Passage {
  return { visits: new Map(), taken: new Map(), failed: new Map(), last: undefined };
}

/** The rollout itself, or what its Maps run for each instance. */
function machineOf(rollout: Machine, name: Graph['machine']): Machine {
  if (name === 'rollout') return rollout;
  const linked = rollout.States.Wave?.ItemProcessor;
  if (linked === undefined) throw new Error('the definition of the rollout has no Map called Wave');
  return linked;
}

async function executionsOf(run: ExecutedRun, machine: Graph['machine']): Promise<RunExecution[]> {
  if (machine === 'patch-instance') return run.instances();
  return run.rollout === undefined ? [] : [run.rollout];
}

/** Reads the way of an execution through the states that are drawn. */
function lookWith({ nodes, edges }: Drawing): (execution: RunExecution) => Promise<Passage> {
  const states = new Set(nodes.map(({ id }) => id));
  const known: Edges = new Map(edges.map((edge) => [edgeKey(edge.from, edge.to), edge]));
  return async (execution) => {
    const told = await execution.told();
    const plain = told.map(({ type, name }) => ({ type, name: name === undefined ? undefined : plainState(name) }));
    return passageOf(plain, states, known);
  };
}

function pictureOf(drawing: Drawing, over: Passage, going: Passage[], executions: Graph['executions']): Graph {
  const sum = nothing();
  for (const passage of [over, ...going]) addPassage(sum, passage);
  const here = Map.groupBy(going, ({ last }) => last);
  return {
    ...drawing,
    executions,
    nodes: drawing.nodes.map((node) => ({
      ...node,
      visits: sum.visits.get(node.id) ?? 0,
      here: here.get(node.id)?.length ?? 0,
      failed: sum.failed.get(node.id) ?? 0,
    })),
    edges: drawing.edges.map((edge) => ({ ...edge, taken: sum.taken.get(edgeKey(edge.from, edge.to)) ?? 0 })),
  };
}
