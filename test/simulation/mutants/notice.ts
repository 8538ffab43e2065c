/** Whether anything notices a mutant: a property is broken, or a rollout ends otherwise than with the definitions as they are. */
import fc from 'fast-check';
import { TaskFailure, type TaskRequest } from '../../../src/interpreter/ports.ts';
import type { WorldOptions } from '../../rollout/open-world.ts';
import { VARIANTS, worldOptions } from '../crash-points.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';
import { carryOut, placeOf } from './carry-out.ts';
import { definitionsWith, type Mutant } from './mutate.ts';
import { SITUATIONS } from './situations/index.ts';
import type { Situation } from './situations/situation.ts';

type Definitions = WorldOptions['definitions'];

/** How a rollout went, as far as anybody can tell from outside: what is other with a mutant has been noticed. */
type Ending = string;

/** A rollout that goes the same way each time. */
interface Try {
  name: string;
  run(definitions: Definitions): Promise<Ending>;
}

/** The situations, and the kinds of run that the crash test dies in. */
const ALL: Record<string, Situation> = {
  ...Object.fromEntries(
    Object.entries(VARIANTS).map(([name, variant]): [string, Situation] => [
      name,
      {
        options: worldOptions(variant),
        run: async (world) => {
          variant.given?.(world);
          const view = await world.run();
          if (variant.rollsBack === undefined) return view;
          const rollback = await world.clock.run(world.runs.rollbackOf(view.runId));
          return world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
        },
      },
    ]),
  ),
  ...SITUATIONS,
};

/** What is drawn once, for mutants of rules: the same for all. */
const DRAWN = fc.sample(scenario, { numRuns: 150, seed: 4711 });
/** How many of them that come to the mutant's state are tried. */
const MOST_TRIES = 30;
/** How many situations a task fails in. */
const MOST_FAILING = 12;

/** The first rollout that goes another way with the mutant; undefined: none does. */
export async function noticedBy(mutant: Mutant): Promise<string | undefined> {
  const mutated = definitionsWith(mutant);
  for (const attempt of await tries(mutant)) {
    if ((await attempt.run(mutated)) !== (await asItIs(attempt))) return attempt.name;
  }
  return undefined;
}

const endings = new Map<string, Promise<Ending>>();

/** With the definitions as they are. */
function asItIs({ name, run }: Try): Promise<Ending> {
  const ending = endings.get(name) ?? run(undefined);
  endings.set(name, ending);
  return ending;
}

async function tries(mutant: Mutant): Promise<Try[]> {
  // What is inside of a Map is carried out by the execution that the Map is in.
  const state = `${mutant.file} ${mutant.path.at(-1) ?? ''}`;
  const names = (await visitors()).filter(({ visited }) => visited.has(state));
  const situations = names.flatMap(({ name }) => name ?? []);
  const drawn = names.flatMap(({ drawn }) => drawn ?? []);
  const failing = mutant.kind === 'rule' || mutant.kind === 'ask' ? [] : failures(mutant, state);
  return [
    ...failing.flatMap((failure) => situations.slice(0, MOST_FAILING).map((name) => ofSituation(name, failure))),
    ...situations.map((name) => ofSituation(name)),
    ...drawn.slice(0, MOST_TRIES).map((each) => ofScenario(each)),
  ];
}

/** A task of that state (`patch-instance Detach`) fails, so often in each execution. */
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
    if (placeOf(executionArn, stateName) !== state) return;
    const count = failed.get(executionArn) ?? 0;
    failed.set(executionArn, count + 1);
    if (count < times) throw new TaskFailure(error, 'on purpose');
  };
}

function ofSituation(name: string, failure?: Failure): Try {
  const situation = ALL[name] ?? { run: () => Promise.resolve() };
  return {
    name:
      failure === undefined ? name : `${name}, and ${failure.state} fails ${failure.times} times with ${failure.error}`,
    run: async (definitions) => {
      const more = failure === undefined ? {} : { interfere: interference(failure) };
      return (await carryOut(situation, { ...withDefinitions(definitions), ...more })).ending;
    },
  };
}

function ofScenario(drawn: Scenario, failure?: Failure): Try {
  const name = JSON.stringify(drawn);
  return {
    name:
      failure === undefined ? name : `${failure.state} fails ${failure.times} times with ${failure.error} in ${name}`,
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

interface Visitor {
  /** A situation, or what was drawn. */
  name?: string;
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
  for (const [name, situation] of Object.entries(ALL)) {
    found.push({ name, visited: (await carryOut(situation, {})).visited });
  }
  for (const drawn of DRAWN) {
    const { visited } = await simulate(drawn);
    found.push({ drawn, visited });
  }
  return found;
}
