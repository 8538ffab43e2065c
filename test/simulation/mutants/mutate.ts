/** The state machines with one thing taken out: each Catch, each Retry, each rule of a Choice, and each thing that a look at an instance is asked about. */

import type { Json } from '../../../src/interpreter/ports.ts';
import { EMBEDDED_NAMES, linkDefinition, readDefinition } from '../../../statemachine/definitions.ts';

type JsonObject = { [key: string]: Json };

/** The files in which mutants are made. Windows have their own tests. */
const FILES = ['rollout', 'patch-instance', 'recover'] as const;
type File = (typeof FILES)[number];

export interface Mutant {
  /** `patch-instance: Detach catches States.ALL`. */
  name: string;
  file: File;
  kind: 'catch' | 'retry' | 'rule' | 'ask';
  /** The states from the top of the file to the one that is changed, and which of its entries is taken out. */
  path: string[];
  index: number;
  /** Of a Catch or a Retry: its errors. */
  errors: string[];
}

/** What a look is asked about, and what asks it about nothing. */
const LESS = Object.entries({
  '$run.targetGroupArns': '[]',
  '$settings.alarms': '[]',
  '$settings.health': '[]',
  '$run.pinned': '[]',
  '$settings.reboot': "'NoReboot'",
  $sentAt: '0',
  $verify: 'false',
  '$run.maxFailures': '1000',
});

/** What makes an entry one that never comes into play. */
const NEVER = {
  catch: { ErrorEquals: ['Never.Thrown'] },
  retry: { MaxAttempts: 0 },
  rule: { Condition: '{% false %}' },
};

/** Every mutant of the definitions as they are. */
export function mutants(): Mutant[] {
  return FILES.flatMap((file) => inStates(file, readDefinition(file), []));
}

function inStates(file: File, scope: JsonObject, above: string[]): Mutant[] {
  const { States } = scope;
  if (!isObject(States)) return [];
  return Object.entries(States).flatMap(([name, state]) => {
    if (!isObject(state)) return [];
    const path = [...above, name];
    const { ItemProcessor } = state;
    return [
      ...entries(state.Catch).map((entry, index) => ({
        ...{ file, path, index, kind: 'catch' as const, errors: errorsOf(entry) },
        name: `${file}: ${path.join(' › ')} catches ${String(entry.ErrorEquals)}`,
      })),
      ...entries(state.Retry)
        // One that forbids to try again is a part of the next.
        .map((entry, index) => ({ entry, index }))
        .filter(({ entry }) => entry.MaxAttempts !== 0)
        .map(({ entry, index }) => ({
          ...{ file, path, index, kind: 'retry' as const, errors: errorsOf(entry) },
          name: `${file}: ${path.join(' › ')} retries ${String(entry.ErrorEquals)}`,
        })),
      ...entries(state.Choices).map((entry, index) => ({
        ...{ file, path, index, kind: 'rule' as const, errors: [] },
        name: `${file}: ${path.join(' › ')} ${String(entry.Condition)} → ${String(entry.Next)}`,
      })),
      ...LESS.flatMap(([about], index) =>
        askedAbout(state).includes(about)
          ? [
              {
                file,
                path,
                index,
                kind: 'ask' as const,
                errors: [],
                name: `${file}: ${path.join(' › ')} is not asked about ${about}`,
              },
            ]
          : [],
      ),
      ...(isObject(ItemProcessor) ? inStates(file, ItemProcessor, path) : []),
    ];
  });
}

/** The definitions in which that one thing is not there. */
export function definitionsWith(mutant: Mutant): (name: 'rollout' | 'recover' | 'window') => Json {
  const read = (name: string): JsonObject => {
    const definition = readDefinition(name);
    if (name === mutant.file) takeOut(definition, mutant);
    return definition;
  };
  const made = new Map<string, Json>();
  return (name) => {
    const known = made.get(name) ?? filled(linkDefinition(read(name), read));
    made.set(name, known);
    return known;
  };
}

function takeOut(definition: JsonObject, { path, index, kind }: Mutant): void {
  let scope: JsonObject = definition;
  path.forEach((name, depth) => {
    const { States } = scope;
    const state = isObject(States) ? States[name] : undefined;
    if (!isObject(state)) throw new Error(`there is no state ${path.join(' › ')}`);
    if (depth < path.length - 1) {
      if (!isObject(state.ItemProcessor)) throw new Error(`${name} has no states of its own`);
      scope = state.ItemProcessor;
      return;
    }
    if (kind === 'ask') {
      state.Arguments = JSON.parse(JSON.stringify(state.Arguments).replaceAll(...(LESS[index] ?? ['', ''])));
      return;
    }
    const entry = entries(state[{ catch: 'Catch', retry: 'Retry', rule: 'Choices' }[kind]])[index];
    // Taken out altogether it would leave states that nothing leads to, and such a definition is refused.
    if (entry !== undefined) Object.assign(entry, NEVER[kind]);
  });
}

/** The text of what the function is given that looks at an instance; empty: the state does not ask it. */
function askedAbout({ Arguments }: JsonObject): string {
  const text = JSON.stringify(Arguments ?? {});
  return text.includes('InstanceFunction') ? text : '';
}

function filled(value: JsonObject): Json {
  const names = new Map<string, string>(Object.entries(EMBEDDED_NAMES));
  return JSON.parse(JSON.stringify(value).replace(/\$\{(\w+)\}/g, (hole, name: string) => names.get(name) ?? hole));
}

function errorsOf({ ErrorEquals }: JsonObject): string[] {
  return Array.isArray(ErrorEquals) ? ErrorEquals.filter((error) => typeof error === 'string') : [];
}

function entries(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
