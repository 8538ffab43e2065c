/** What is asked of runs: wishes are noted where each run looks for them, and a rollback is a run of its own. */
import type { Clock } from '../../interpreter/ports.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { RunIndex } from '../../orchestrator/runs/run-index.ts';
import type { Rollback, Runs } from '../../orchestrator/runs/runs.ts';
import { shellWord } from '../../orchestrator/runs/words.ts';
import type { Verb } from '../api/shapes.ts';

/**
 * By the engine that is to carry it out: begins the rollback of a run that is over, sees to it that it is carried out, and gives its id.
 * Absent: from here nobody can have that engine do it.
 */
export type RollBack = Partial<Record<Runs['engine'], (id: string, runs: Runs) => Promise<string>>>;

export interface SteeringOptions {
  index: RunIndex;
  /** The real one. */
  clock: Clock;
  rollBack: RollBack;
}

export interface Steering {
  /** Asks it of a run; gives the id of the run that was begun by that. Rejects with a `DrydockError` (exit code 2) when it cannot be asked. */
  steer(id: string, verb: Verb, runs: Runs): Promise<{ begun?: string }>;
  /** What a rollback of the run would put back; undefined when that is nothing, or cannot be done from here. */
  rollbackOf(id: string, runs: Runs): Promise<Rollback | undefined>;
}

/** Runs on AWS are asked again after that long whether something is left to roll back. */
const AWS_FRESH_MS = 60_000;
const MOST_REMEMBERED = 50;

export function steering({ index, clock, rollBack }: SteeringOptions): Steering {
  const remembered = new Map<string, { asOf: number; rollback: Rollback | undefined }>();
  const asOf = ({ engine }: Runs) =>
    engine === 'embedded' ? index.revision() : Math.floor(clock.now() / AWS_FRESH_MS);
  return {
    steer: async (id, verb, runs) => {
      if (verb !== 'rollback') {
        await runs.steer(id, verb);
        return {};
      }
      const begin = rollBack[runs.engine];
      if (begin === undefined) throw notFromHere(id);
      return { begun: await begin(id, runs) };
    },

    rollbackOf: async (id, runs) => {
      if (rollBack[runs.engine] === undefined) return undefined;
      const known = remembered.get(id);
      if (known?.asOf === asOf(runs)) return known.rollback;
      const found = { asOf: asOf(runs), rollback: await orNothing(runs.rollbackOf(id)) };
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(id, found);
      return found.rollback;
    },
  };
}

async function orNothing(asked: Promise<Rollback>): Promise<Rollback | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DrydockError) return undefined;
    throw error;
  }
}

function notFromHere(id: string): DrydockError {
  return new DrydockError(`run ${id} cannot be rolled back from here: the console carries nothing out`, {
    exitCode: EXIT.badInput,
    next: `In a terminal: drydock runs rollback ${shellWord(id)}`,
  });
}
