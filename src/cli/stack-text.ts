/** Stacks, their changes and their events as text. */
import { type ChangeAction, countChanges, type ResourceChange } from '../orchestrator/deployment/change-set.ts';
import type { StackResource } from '../orchestrator/deployment/destroy.ts';
import type { StackEvent } from '../orchestrator/deployment/stack-events.ts';
import { printable } from '../orchestrator/printable.ts';
import type { Context } from './context.ts';
import { table } from './table.ts';

/** What CloudFormation does with the resource, and whether it makes a new one in its place. */
const IN_COLUMNS: Record<ChangeAction, [action: string, replacement: string]> = {
  add: ['add', '–'],
  modify: ['modify', 'no'],
  'may-replace': ['modify', 'perhaps'],
  replace: ['modify', 'yes'],
  remove: ['remove', '–'],
  import: ['import', '–'],
  unknown: ['unknown', 'perhaps'],
};

/** A change set as a table, with how much it is below. */
export function changesText(changes: readonly ResourceChange[]): string {
  const rows = changes.map(({ action, logicalId, type, properties, retained }) => [
    ...row(action, logicalId, type),
    [properties.join(', '), retained ? 'the old one stays' : ''].filter((part) => part !== '').join('; '),
  ]);
  const iam = changes.filter((change) => change.iam).length;
  const who = iam === 0 ? '' : `; ${iam} of them say who may do what (IAM)`;
  return `${table(['ACTION', 'RESOURCE', 'TYPE', 'REPLACEMENT', 'CHANGES'], rows)}\n\n${countChanges(changes)}${who}`;
}

function row(action: ChangeAction, logicalId: string, type: string): string[] {
  const [word, replacement] = IN_COLUMNS[action];
  return [word, logicalId, type, replacement];
}

/** What is in a stack as a table: what goes, and what stays. */
export function resourcesText(resources: readonly StackResource[]): string {
  const rows = resources.map(({ logicalId, type, physicalId, retained }) => [
    retained ? 'stays' : 'goes',
    logicalId,
    type,
    physicalId,
  ]);
  const stays = resources.filter(({ retained }) => retained).length;
  return `${table(['', 'RESOURCE', 'TYPE', 'NAME'], rows)}\n\n${resources.length - stays} to remove, ${stays} that ${stays === 1 ? 'stays' : 'stay'}`;
}

/** An event as one line, at its time (UTC); undefined for what is only on its way, but for the stack itself. */
function eventLine({ at, status, logicalId, type, reason, ofStack }: StackEvent): string | undefined {
  if (status.endsWith('_IN_PROGRESS') && !ofStack) return undefined;
  const time = new Date(at).toISOString().slice(11, 19);
  return printable(
    `${time}Z  ${status.padEnd(18)}  ${logicalId} (${type})${reason === undefined ? '' : `: ${reason}`}`,
  );
}

/** Tells of events on stderr as they happen. */
export function onEvent(context: Context): (event: StackEvent) => void {
  return (event) => {
    const line = eventLine(event);
    if (line !== undefined) context.note(line);
  };
}
