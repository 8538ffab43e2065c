/** Whether anything notices a mutant: a property is broken, or a rollout ends otherwise than with the definitions as they are. */
import fc from 'fast-check';
import { TaskFailure, type TaskRequest } from '../../../src/interpreter/ports.ts';
import { openWorld, type WorldOptions } from '../../rollout/open-world.ts';
import { VARIANTS, worldOptions } from '../crash-points.ts';
import { leftBehind } from '../left-behind.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';
import { definitionsWith, type Mutant } from './mutate.ts';

type Definitions = WorldOptions['definitions'];

/** How a rollout went, as far as anybody can tell from outside: what is other with a mutant has been noticed. */
type Ending = string;

/** A rollout that goes the same way each time. */
interface Try {
  name: string;
  run(definitions: Definitions): Promise<Ending>;
}

/** What is drawn once, for mutants of rules: the same for all. */
const DRAWN = fc.sample(scenario, { numRuns: 260, seed: 4711 });
/** How many of them that come to the mutant's state are tried. */
const MOST_TRIES = 60;

/** The first rollout that goes another way with the mutant; undefined: none does. */
export async function noticedBy(mutant: Mutant): Promise<string | undefined> {
  const mutated = definitionsWith(mutant);
  for (const attempt of await tries(mutant)) {
    if ((await attempt.run(mutated)) !== (await attempt.run(undefined))) return attempt.name;
  }
  return undefined;
}

async function tries(mutant: Mutant): Promise<Try[]> {
  const state = mutant.path.at(-1) ?? '';
  const names = (await visitors()).filter(({ visited }) => visited.has(state));
  const variants = names.filter(({ kind }) => kind === 'variant').map(({ name }) => name);
  const drawn = names.flatMap(({ drawn }) => drawn ?? []);
  const failing = mutant.kind === 'rule' ? [] : failures(mutant, state);
  return [
    ...failing.flatMap((failure) => variants.slice(0, 4).map((variant) => ofVariant(variant, failure))),
    ...failing.flatMap((failure) => drawn.slice(0, 6).map((each) => ofScenario(each, failure))),
    ...variants.map((variant) => ofVariant(variant)),
    ...drawn.slice(0, MOST_TRIES).map((each) => ofScenario(each)),
  ];
}

/** A task of that state fails, so often in each execution. */
interface Failure {
  state: string;
  error: string;
  times: number;
}

/** What a Catch or a Retry is there for: its error, for ever or a few times. */
function failures({ kind, errors }: Mutant, state: string): Failure[] {
  const times = kind === 'catch' ? [Number.POSITIVE_INFINITY] : [2];
  const named = errors.map((error) => (/^States\.(ALL|TaskFailed)$/.test(error) ? 'Some.Exception' : error));
  return named.flatMap((error) => times.map((each) => ({ state, error, times: each })));
}

function interference({ state, error, times }: Failure): (request: TaskRequest) => Promise<void> {
  const failed = new Map<string, number>();
  return async ({ stateName, executionArn }) => {
    if (stateName.replace(/ \(.+\)$/, '') !== state) return;
    const count = failed.get(executionArn) ?? 0;
    failed.set(executionArn, count + 1);
    if (count < times) throw new TaskFailure(error, 'on purpose');
  };
}

function ofVariant(name: string, failure?: Failure): Try {
  return {
    name: failure === undefined ? name : `${name}, and ${failure.state} fails with ${failure.error}`,
    run: async (definitions) => (await runVariant(name, definitions, failure)).ending,
  };
}

function ofScenario(drawn: Scenario, failure?: Failure): Try {
  const name = JSON.stringify(drawn);
  return {
    name: failure === undefined ? name : `${failure.state} fails with ${failure.error} in ${name}`,
    run: async (definitions) => {
      const more = failure === undefined ? {} : { interfere: interference(failure) };
      const { status, instances, violations } = await simulate(drawn, { ...withDefinitions(definitions), ...more });
      // Where a violation was seen its words may hold a stack or a time.
      return JSON.stringify([status, instances, violations.map((violation) => violation.slice(0, 60))]);
    },
  };
}

function withDefinitions(definitions: Definitions): Pick<WorldOptions, 'definitions'> {
  return definitions === undefined ? {} : { definitions };
}

async function runVariant(name: string, definitions: Definitions, failure?: Failure) {
  const variant = VARIANTS[name] ?? {};
  const more = failure === undefined ? {} : { interfere: interference(failure) };
  const world = openWorld(worldOptions(variant, { ...withDefinitions(definitions), ...more }));
  const visited = new Set<string>();
  const listen = () =>
    world.engine.onEvent((_, { type, details }) => {
      if (type.endsWith('StateEntered')) visited.add(String(details?.value.name).replace(/ \(.+\)$/, ''));
    });
  try {
    listen();
    variant.given?.(world);
    let view = await world.run();
    if (variant.rollsBack === true) {
      const { runId } = view;
      const again = await world.clock.run(
        world.runs.rollbackOf(runId).then((what) => world.runs.rollBack(what, [], { kind: 'api' })),
      );
      view = await world.follow(again);
    }
    const recovery = view.status === 'failed' ? await world.clock.run(world.runs.recover(view.runId)) : undefined;
    await world.sleep(1800);
    const { status, halted, instances, undelivered } = view;
    const left = [...(await leftBehind(world)), ...world.watched.violations];
    const outcomes = instances.map(({ outcome, reason }) => [outcome, reason]);
    const snapshots = [...world.cloud.world.snapshots.keys()].length;
    return {
      visited,
      ending: JSON.stringify([
        status,
        halted,
        outcomes,
        undelivered,
        recovery?.mended,
        recovery?.notWhole,
        left,
        snapshots,
      ]),
    };
  } catch (error) {
    return { visited, ending: error instanceof Error ? error.message : String(error) };
  } finally {
    await world.close();
  }
}

interface Visitor {
  kind: 'variant' | 'drawn';
  name: string;
  drawn?: Scenario;
  visited: ReadonlySet<string>;
}

let known: Promise<Visitor[]> | undefined;

/** Which rollout comes to which states, with the definitions as they are. */
function visitors(): Promise<Visitor[]> {
  known ??= findVisitors();
  return known;
}

async function findVisitors(): Promise<Visitor[]> {
  const found: Visitor[] = [];
  for (const name of Object.keys(VARIANTS)) {
    found.push({ kind: 'variant', name, visited: (await runVariant(name, undefined)).visited });
  }
  for (const drawn of DRAWN) {
    const { visited } = await simulate(drawn);
    found.push({ kind: 'drawn', name: '', drawn, visited });
  }
  return found;
}
