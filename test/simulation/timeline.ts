/** What happened in one simulated rollout, for a person to read: who came to which state, what was called that changes something, what went wrong. */
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import type { CallRecord } from '../../src/simulator/simulated-cloud.ts';

export interface Timeline {
  readonly lines: string[];
  /** The states that any execution came to: `patch-instance Detach`. */
  readonly visited: ReadonlySet<string>;
  event(arn: string, event: HistoryEvent): void;
  call(call: CallRecord): void;
  say(what: string): void;
}

const CHANGES = /^(?!describe|get|list)/;
/** States that an execution has been in lately are no news: it polls. */
const REMEMBERED = 8;

/** Begins one at `now()` (ms). Instances are called by their place among `ids`. */
export function timeline(now: () => number, ids: readonly string[]): Timeline {
  const beganAt = now();
  const lines: string[] = [];
  const visited = new Set<string>();
  const lately = new Map<string, string[]>();
  const names = new Map<string, string>();
  const named = (text: string): string =>
    ids.reduce((said, id, at) => said.replaceAll(id, `instance-${at + 1}`), text).replace(/"(\w+)":/g, '$1: ');
  const write = (who: string, what: string) => {
    const seconds = (now() - beganAt) / 1000;
    const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
      String(Math.floor(part)).padStart(2, '0'),
    );
    lines.push(`+${clock.join(':')}  ${who.padEnd(22)} ${what}`);
  };
  return {
    lines,
    visited,
    say: (what) => write('', `== ${what}`),
    call: ({ service, action, input, error }) => {
      if (!CHANGES.test(action) && error === undefined) return;
      const failed = error === undefined ? '' : `  ✗ ${error}`;
      write('', `   → ${service}:${action} ${named(JSON.stringify(input)).slice(0, 220)}${failed}`);
    },
    event: (arn, { type, details }) => {
      const value = details?.value ?? {};
      if (type === 'ExecutionStarted') names.set(arn, nameOf(arn, String(value.input), named));
      const who = names.get(arn) ?? arn.slice(-22);
      if (/^Execution(Failed|Aborted|TimedOut|Succeeded)$/.test(type)) {
        write(who, `${type} ${String(value.error ?? value.output ?? '')} ${String(value.cause ?? '')}`.slice(0, 260));
      } else if (type.endsWith('StateEntered')) {
        const state = String(value.name);
        visited.add(`${fileOf(arn)} ${state.replace(/ \(.+\)$/, '')}`);
        const seen = lately.get(arn) ?? [];
        if (!seen.includes(state)) write(who, state);
        lately.set(arn, [...seen, state].slice(-REMEMBERED));
      }
    },
  };
}

function nameOf(arn: string, input: string, named: (text: string) => string): string {
  const instanceId = /"instanceId":"([^"]+)"/.exec(input)?.[1];
  const [machine = '', name = ''] = arn.split(':').slice(-2);
  return instanceId === undefined ? `${machine.split('/')[0]} ${name.slice(-5)}` : named(instanceId);
}

/** The definition that an execution has its states from: a Map's children have those of an instance. */
export function fileOf(arn: string): string {
  const machine = arn.split(':')[6] ?? '';
  return machine.includes('/') ? 'patch-instance' : machine;
}
