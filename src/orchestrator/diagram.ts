/** A state machine's definition as a picture: the text of a Mermaid state diagram. */
import { type Machine, readMachine, type State, type Transition, transitions } from './machine.ts';

/** Mermaid `stateDiagram-v2` text of an Amazon States Language definition; throws when it is not one. */
export function mermaid(definition: unknown): string {
  return ['stateDiagram-v2', ...machineLines(readMachine(definition), '')].join('\n');
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
    ...arrows(state).map(({ to, label }) => arrow(from, to === undefined ? '[*]' : id(path, to), label)),
  ];
}

/** An arrow of the picture; without `to` it leads to the end. */
function arrows(state: State): { to?: string; label?: string }[] {
  const led = transitions(state).map((each) => ({ to: each.to, ...label(each) }));
  const isEnd = state.Next === undefined && state.Type !== 'Choice';
  return isEnd ? [...led, state.Type === 'Fail' ? { label: 'fails' } : {}] : led;
}

function label(transition: Transition): { label?: string } {
  switch (transition.kind) {
    case 'next':
      return {};
    case 'default':
      return { label: 'else' };
    case 'choice':
      return { label: cut(transition.label) };
    case 'catch':
      return { label: `catch ${transition.label}` };
  }
}

function arrow(from: string, to: string, label: string | undefined): string {
  return label === undefined ? `${from} --> ${to}` : `${from} --> ${to} : ${escapeLabel(label)}`;
}

function id(path: string, name: string): string {
  return path + name.replace(/\W/g, '_');
}

const LABEL_LENGTH = 60;

function cut(label: string): string {
  return label.length <= LABEL_LENGTH ? label : `${label.slice(0, LABEL_LENGTH - 1)}…`;
}

/** Characters that mean something to Mermaid, as the numbered entities that it takes instead. */
function escapeLabel(label: string): string {
  return label.replace(/[#;:{}"<>]/g, (character) => `#${character.charCodeAt(0)};`);
}
