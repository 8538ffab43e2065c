/** What the details of an execution's events say, read. */
import { z } from 'zod';
import type { HistoryEvent } from '../../interpreter/ports.ts';

/** What a view needs of an event. */
export type ToldEvent = Omit<HistoryEvent, 'previousEventId'>;

/** The name of the state that an event enters or exits. */
export function stateName(event: ToldEvent): string | undefined {
  return detail(event, 'name');
}

/** A member of the details that is a text. */
export function detail(event: ToldEvent, member: string): string | undefined {
  const value = event.details?.value[member];
  return typeof value === 'string' ? value : undefined;
}

/** The JSON text of a variable that the exit of a state sets; undefined where it does not. */
export function assigned(event: ToldEvent, variable: string): string | undefined {
  const all = event.details?.value.assignedVariables;
  if (typeof all !== 'object' || all === null || Array.isArray(all)) return undefined;
  const json = Object.hasOwn(all, variable) ? all[variable] : undefined;
  return typeof json === 'string' ? json : undefined;
}

/** A variable that the exit of a state sets to a text; undefined where it does not, or to an empty one. */
export function assignedText(event: ToldEvent, variable: string): string | undefined {
  const json = assigned(event, variable);
  const value = json === undefined ? undefined : z.string().safeParse(JSON.parse(json)).data;
  return value === '' ? undefined : value;
}
