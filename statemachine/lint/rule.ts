/** What a rule of this lint is: it looks at one state machine and names what is wrong with it. */
import type { Machine } from './machine.ts';

export interface Problem {
  /** The state that it is in; empty: the machine as a whole. */
  state: string;
  /** The field of the state, as in `Catch[0].Assign.reason`; empty: the state as a whole. */
  field: string;
  message: string;
}

export type Rule = (machine: Machine) => Problem[];
