/** What the details of an execution's events say, read. */
import { z } from 'zod';
import type { HistoryEvent } from '../../interpreter/ports.ts';

/** What a view needs of an event. */
export type ToldEvent = Omit<HistoryEvent, 'previousEventId'>;

const exited = z.object({ assignedVariables: z.record(z.string(), z.string()) });

/** The name of the state that an event enters or exits. */
export function stateName(event: ToldEvent): string | undefined {
  return detail(event, 'name');
}

/** A member of the details that is a text. */
export function detail(event: ToldEvent, member: string): string | undefined {
  const value = event.details?.value[member];
  return typeof value === 'string' ? value : undefined;
}

/** The variables that the exit of a state sets, each a JSON text; none where it sets none. */
export function assigned(event: ToldEvent): Record<string, string> {
  return exited.safeParse(event.details?.value).data?.assignedVariables ?? {};
}

/** A variable that the exit of a state sets to a text; undefined where it does not, or to an empty one. */
export function assignedText(event: ToldEvent, variable: string): string | undefined {
  const json = assigned(event)[variable];
  const value = json === undefined ? undefined : z.string().safeParse(JSON.parse(json)).data;
  return value === '' ? undefined : value;
}
