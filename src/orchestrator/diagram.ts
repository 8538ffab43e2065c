/** A state machine's definition as a picture: the text of a Mermaid state diagram. */
import { z } from 'zod';

const transition = z.object({ Condition: z.string().default(''), Next: z.string() });
const catcher = z.object({ ErrorEquals: z.array(z.string()), Next: z.string() });

/** What of a definition a diagram shows; the rest of each state is passed over. */
const machine = z.object({
  StartAt: z.string(),
  get States(): z.ZodRecord<z.ZodString, typeof state> {
    return z.record(z.string(), state);
  },
});

const state = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(transition).default([]),
  Catch: z.array(catcher).default([]),
  get ItemProcessor(): z.ZodOptional<typeof machine> {
    return machine.optional();
  },
  get Branches(): z.ZodDefault<z.ZodArray<typeof machine>> {
    return z.array(machine).default([]);
  },
});

type Machine = z.infer<typeof machine>;
type State = z.infer<typeof state>;

/** Mermaid `stateDiagram-v2` text of an Amazon States Language definition; throws when it is not one. */
export function mermaid(definition: unknown): string {
  return ['stateDiagram-v2', ...machineLines(machine.parse(definition), '')].join('\n');
}

/** `path` keeps states apart that have one name in two machines: ids are global in Mermaid. */
function machineLines({ StartAt, States }: Machine, path: string): string[] {
  const lines = Object.entries(States).flatMap(([name, state]) => stateLines(name, state, path));
  return [`[*] --> ${id(path, StartAt)}`, ...lines].map((line) => `  ${line}`);
}

function stateLines(name: string, state: State, path: string): string[] {
  const from = id(path, name);
  const inner = [...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor]), ...state.Branches];
  const body = inner.flatMap((each, at) => [...(at === 0 ? [] : ['  --']), ...machineLines(each, `${from}_`)]);
  return [
    `state ${JSON.stringify(name)} as ${from}`,
    ...(body.length === 0 ? [] : [`state ${from} {`, ...body, '}']),
    ...transitions(state).map(({ to, label }) => arrow(from, to === undefined ? '[*]' : id(path, to), label)),
  ];
}

/** Where a state leads; `to` is undefined for the end. */
function transitions(state: State): { to?: string; label?: string }[] {
  const choices = state.Choices.map(({ Condition, Next }) => ({ to: Next, label: expression(Condition) }));
  const otherwise = state.Default === undefined ? [] : [{ to: state.Default, label: 'else' }];
  const caught = state.Catch.map(({ ErrorEquals, Next }) => ({ to: Next, label: `catch ${ErrorEquals.join(', ')}` }));
  const next = state.Next === undefined ? (state.Type === 'Choice' ? [] : [ending(state)]) : [{ to: state.Next }];
  return [...choices, ...otherwise, ...next, ...caught];
}

function ending({ Type }: State): { label?: string } {
  return Type === 'Fail' ? { label: 'fails' } : {};
}

function arrow(from: string, to: string, label: string | undefined): string {
  return label === undefined ? `${from} --> ${to}` : `${from} --> ${to} : ${escapeLabel(label)}`;
}

function id(path: string, name: string): string {
  return path + name.replace(/\W/g, '_');
}

const LABEL_LENGTH = 60;

/** A JSONata condition without its delimiters, on one line, cut where it is long. */
function expression(condition: string): string {
  const bare = condition.replace(/^\{%\s*|\s*%\}$/g, '').replace(/\s+/g, ' ');
  return bare.length <= LABEL_LENGTH ? bare : `${bare.slice(0, LABEL_LENGTH - 1)}…`;
}

/** Characters that mean something to Mermaid, as the numbered entities that it takes instead. */
function escapeLabel(label: string): string {
  return label.replace(/[#;:{}"<>]/g, (character) => `#${character.charCodeAt(0)};`);
}
