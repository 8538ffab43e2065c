import type { z } from 'zod';
import type { Json } from '../ports.ts';
import { compileState, type Inherited } from './compile.ts';
import { DefinitionError, memberPath, type Problem, whyRefused } from './problems.ts';
import { branchSchema, machineSchema, type RawState, type StateType, stateSchemas } from './schema.ts';
import type { Definition, Program, State } from './types.ts';

/** Where problems are noted while a definition is read. */
export class Reader {
  readonly problems: Problem[] = [];

  problem(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** Parses `json` by `schema`; notes each issue under `path` and gives undefined when there is one. */
  parse<T extends z.ZodType>(schema: T, json: unknown, path: string): z.infer<T> | undefined {
    const result = schema.safeParse(json);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#note(issue, path);
    return undefined;
  }

  #note(issue: z.core.$ZodIssue, path: string): void {
    const at = issue.path.reduce<string>((p, key) => memberPath(p, typeof key === 'symbol' ? String(key) : key), path);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.problem(memberPath(at, key), whyRefused(key));
    } else if (issue.code === 'invalid_union') {
      const [told] = [...new Set(issue.errors.flat().map((inner) => inner.message))].slice(-1);
      this.problem(at, told ?? issue.message);
    } else {
      this.problem(at, issue.message);
    }
  }
}

/**
 * Reads a state machine definition in JSONata mode and compiles every expression in it.
 * Throws DefinitionError with all that is wrong. A field that is unknown or not supported is refused, never ignored.
 */
export function loadDefinition(json: unknown): Definition {
  if (typeof json !== 'object' || json === null) return load(json);
  const known = loadedBefore.get(json) ?? load(json);
  loadedBefore.set(json, known);
  return known;
}

/** Definitions are not changed once they are read; whoever opens engine after engine loads each of them once. */
const loadedBefore = new WeakMap<object, Definition>();

function load(json: unknown): Definition {
  const reader = new Reader();
  const machine = reader.parse(machineSchema, json, '$');
  if (machine === undefined) throw new DefinitionError(reader.problems);
  // Without QueryLanguage at the top Step Functions takes JSONPath, and each state may say otherwise for itself.
  const inherited: Inherited = { language: machine.QueryLanguage ?? 'JSONPath', outerVariables: new Set() };
  const program = loadProgram(reader, machine, '$', inherited);
  if (reader.problems.length > 0) throw new DefinitionError(reader.problems);
  return { ...program, timeoutSeconds: machine.TimeoutSeconds };
}

const childDefinitions = new WeakMap<object, Definition>();

/** Remembers what a Distributed Map's processor was compiled to, so that a thousand children compile it once. */
export function rememberChild(processor: object, program: Program): void {
  childDefinitions.set(processor, { ...program, timeoutSeconds: undefined });
}

/**
 * The definition that a child execution of a Distributed Map runs: of the `processor` of its ChildRequest.
 * Throws DefinitionError when the processor is not one that was loaded with its Map and has problems.
 */
export function childDefinition(processor: { [key: string]: Json }): Definition {
  const known = childDefinitions.get(processor);
  if (known !== undefined) return known;
  const { ProcessorConfig: _config, ...machine } = processor;
  const definition = loadDefinition({ QueryLanguage: 'JSONata', ...machine });
  childDefinitions.set(processor, definition);
  return definition;
}

/** A branch of a Parallel. */
export function loadBranch(reader: Reader, json: unknown, path: string, inherited: Inherited): Program {
  const branch = reader.parse(branchSchema, json, path);
  return branch === undefined ? EMPTY : loadProgram(reader, branch, path, inherited);
}

const EMPTY: Program = { startAt: '', states: new Map() };

/** The states of a program, each checked by its type, and that each is reached and leads somewhere. */
export function loadProgram(
  reader: Reader,
  raw: { StartAt: string; States: Record<string, unknown> },
  path: string,
  inherited: Inherited,
): Program {
  const parsed = new Map<string, RawState>();
  for (const [name, json] of Object.entries(raw.States)) {
    const at = memberPath(`${path}.States`, name);
    if (name.length > 80) reader.problem(at, 'a state name has at most 80 characters');
    const state = parseState(reader, json, at, inherited);
    if (state !== undefined) parsed.set(name, state);
  }
  const scope = { ...inherited, ownVariables: assignedIn(parsed) };
  const states = new Map<string, State>();
  for (const [name, state] of parsed) {
    states.set(name, compileState(reader, name, state, memberPath(`${path}.States`, name), scope));
  }
  checkFlow(reader, raw, states, path);
  return { startAt: raw.StartAt, states };
}

function parseState(reader: Reader, json: unknown, path: string, inherited: Inherited): RawState | undefined {
  const type = typeof json === 'object' && json !== null && 'Type' in json ? json.Type : undefined;
  if (!isStateType(type)) {
    reader.problem(`${path}.Type`, `expected one of ${Object.keys(stateSchemas).join(', ')}`);
    return undefined;
  }
  const state = reader.parse<(typeof stateSchemas)[StateType]>(stateSchemas[type], json, path);
  if (state !== undefined && (state.QueryLanguage ?? inherited.language) !== 'JSONata') {
    reader.problem(path, 'runs in JSONPath, which is not supported: set "QueryLanguage": "JSONata" at the top');
  }
  return state;
}

function isStateType(type: unknown): type is StateType {
  return typeof type === 'string' && Object.hasOwn(stateSchemas, type);
}

/** The variables that the states of one scope assign: inner scopes may read them, not assign them. */
function assignedIn(states: ReadonlyMap<string, RawState>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const state of states.values()) {
    const producers = [
      state,
      ...('Choices' in state ? state.Choices : []),
      ...('Catch' in state ? (state.Catch ?? []) : []),
    ];
    for (const producer of producers) {
      if ('Assign' in producer) for (const name of Object.keys(producer.Assign ?? {})) names.add(name);
    }
  }
  return names;
}

function checkFlow(
  reader: Reader,
  raw: { StartAt: string; States: Record<string, unknown> },
  states: ReadonlyMap<string, State>,
  path: string,
): void {
  if (!Object.hasOwn(raw.States, raw.StartAt)) reader.problem(`${path}.StartAt`, `there is no state '${raw.StartAt}'`);
  const reached = new Set([raw.StartAt]);
  for (const name of reached) {
    const state = states.get(name);
    if (state === undefined) continue;
    for (const target of targetsOf(state)) {
      if (Object.hasOwn(raw.States, target)) reached.add(target);
      else reader.problem(memberPath(`${path}.States`, name), `leads to '${target}', which is not a state here`);
    }
  }
  // A state that did not parse leads nowhere that is known: reachability is only told of a definition that parsed.
  if (states.size < Object.keys(raw.States).length) return;
  for (const name of states.keys()) {
    if (!reached.has(name)) reader.problem(memberPath(`${path}.States`, name), 'is never reached');
  }
}

function targetsOf(state: State): string[] {
  const targets: (string | undefined)[] = [];
  if ('next' in state) targets.push(state.next);
  if ('catch' in state) targets.push(...state.catch.map((catcher) => catcher.next));
  if (state.type === 'Choice') targets.push(state.default, ...state.choices.map((choice) => choice.next));
  return targets.filter((target) => target !== undefined);
}
