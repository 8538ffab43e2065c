/**
 * The state machines as files: reading them, putting the states of `patch-instance` into the Maps that run it, and
 * filling in the names that differ from one installation to the next.
 */
import { readFileSync } from 'node:fs';

export const STATE_MACHINES = ['rollout', 'patch-instance', 'recover', 'window'] as const;
export type StateMachineName = (typeof STATE_MACHINES)[number];

/** What `${…}` in a definition stands for: on AWS the names that the deployment gave, embedded our own. */
export interface Substitutions {
  TableName: string;
  PlanFunction: string;
  InstanceFunction: string;
  LookFunction: string;
  HookFunction: string;
  NotifyFunction: string;
  RolloutStateMachine: string;
}

export const EMBEDDED_NAMES: Substitutions = {
  TableName: 'drydock',
  PlanFunction: 'drydock-plan',
  InstanceFunction: 'drydock-instance',
  LookFunction: 'drydock-look',
  HookFunction: 'drydock-hook',
  NotifyFunction: 'drydock-notify',
  RolloutStateMachine: 'rollout',
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const LINKED = /^linked: (\S+)\.asl\.json(?: as (\S+))?$/;

/**
 * A definition ready to run or deploy: linked, and with every `${…}` filled in.
 * Throws when a substitution is missing, so that no definition goes out with a hole in it.
 */
export function definition(name: StateMachineName, names: Substitutions = EMBEDDED_NAMES): JsonObject {
  if (names !== EMBEDDED_NAMES) return filledDefinition(name, names);
  const known = embedded.get(name) ?? filledDefinition(name, names);
  embedded.set(name, known);
  return known;
}

/** The files do not change while a process goes on. */
const embedded = new Map<StateMachineName, JsonObject>();

function filledDefinition(name: StateMachineName, names: Substitutions): JsonObject {
  const linked = linkDefinition(readDefinition(name), readDefinition);
  const filled = substitute(linked, new Map(Object.entries(names)));
  if (!isObject(filled)) throw new Error(`${name}.asl.json is not an object`);
  return filled;
}

/** A definition as its file has it. */
export function readDefinition(name: string): JsonObject {
  const file = new URL(`${name}.asl.json`, import.meta.url);
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(parsed)) throw new Error(`${file.pathname} is not a JSON object`);
  return parsed;
}

/**
 * Puts the states of the definition that an `ItemProcessor`'s Comment names (`linked: NAME.asl.json`) in the place of
 * its marker state; with `as WORD` each state's name gets ` (WORD)`, since a name may stand only once in a state machine. The marker fails when it is run, so a file that was deployed unlinked changes nothing.
 */
export function linkDefinition(value: JsonObject, read: (name: string) => JsonObject): JsonObject {
  const linked = link(value, read);
  if (!isObject(linked)) throw new Error('a definition is a JSON object');
  return linked;
}

function link(value: Json, read: (name: string) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((item) => link(item, read));
  if (!isObject(value)) return value;
  const marker = typeof value.Comment === 'string' ? LINKED.exec(value.Comment) : null;
  if (marker?.[1] !== undefined && value.ProcessorConfig !== undefined) {
    const { StartAt, States } = read(marker[1]);
    if (StartAt === undefined || States === undefined) throw new Error(`${marker[1]}.asl.json has no states`);
    const processor = { StartAt, States: link(States, read) };
    return {
      ProcessorConfig: value.ProcessorConfig,
      ...(marker[2] === undefined ? processor : renamed(processor, marker[2])),
    };
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, link(member, read)]));
}

/** The states under other names, and every mention of them. */
function renamed(processor: JsonObject, word: string): JsonObject {
  const other = (name: string) => `${name} (${word})`;
  const rename = (key: string, value: Json): Json => {
    if (typeof value === 'string') return ['Next', 'Default', 'StartAt'].includes(key) ? other(value) : value;
    if (Array.isArray(value)) return value.map((member) => rename('', member));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([name, member]) => [name, rename(name, member)] as const);
    return Object.fromEntries(key === 'States' ? entries.map(([name, state]) => [other(name), state]) : entries);
  };
  const result = rename('', processor);
  return isObject(result) ? result : processor;
}

function substitute(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (hole, name: string) => {
      const filled = names.get(name);
      if (filled === undefined) throw new Error(`nothing is given for ${hole} in the definition`);
      return filled;
    });
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, substitute(member, names)]));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
