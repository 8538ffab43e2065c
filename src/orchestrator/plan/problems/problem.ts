/** What the checks before a run are made from. */
import type { Policy } from '../../../policies/policy.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { Capacity } from '../capacity.ts';
import type { Eligible, Untouchable } from '../eligible.ts';
import type { HeldPatch, Problem } from '../types.ts';

export interface Preflight {
  policy: Policy;
  /** In order. */
  fleet: Fleet;
  /** ISO 8601, UTC. */
  now: string;
  /** The instances that could be patched, and those of them that would be. */
  eligible: Eligible[];
  chosen: Eligible[];
  untouchable: Untouchable[];
  held: HeldPatch[];
  capacity: Capacity;
  canary: number;
}

/** With an error, the plan is not run. */
export function error(code: string, message: string, remedy: string): Problem {
  return { level: 'error', code, message, remedy };
}

export function warning(code: string, message: string, remedy: string): Problem {
  return { level: 'warning', code, message, remedy };
}

/** The problems among what may be some. */
export function found(...checks: (Problem | false | undefined)[]): Problem[] {
  return checks.filter((check) => check !== false && check !== undefined);
}
