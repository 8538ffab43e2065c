/** Runs that were, as the views over the fleets ask for them: whatever carried them out. */
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import type { RunRecords } from '../../orchestrator/runs/records.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import { keptRun, keptView } from '../../orchestrator/step-functions/kept.ts';
import type { RunItems } from '../../orchestrator/table/run-items.ts';
import type { ItemTable } from '../../orchestrator/table/table.ts';
import type { RunPage, RunQuery } from '../api/shapes.ts';

export interface PastRuns {
  /** A page of the list, newest first. */
  runs(query: RunQuery): Promise<RunPage>;
  /** Of the view only the run's own facts and what became of each instance are asked. Rejects with a `DrydockError` for one without a plan. */
  read(runId: string): Promise<PastRun>;
}

export interface PastRun {
  view: RunView;
  plan: Plan;
}

/** A table that runs are kept in: that of this computer, or one of a deployment. */
export interface KeptRunsIn {
  tableName: string;
  table: Pick<ItemTable, 'getItem'>;
  items: Pick<RunItems, 'instances'>;
  records: Pick<RunRecords, 'plan'>;
}

/** Reads past runs from what the tables keep of them: no history of an execution is needed for what became of an instance. */
export function pastRunsIn(tables: readonly KeptRunsIn[]): PastRuns['read'] {
  return async (runId) => {
    for (const { tableName, table, items, records } of tables) {
      const { Item } = await table.getItem({ TableName: tableName, Key: { pk: { S: `run#${runId}` } } });
      const kept = keptRun(Item);
      const plan = kept === undefined ? undefined : await records.plan(runId);
      if (kept !== undefined && plan !== undefined) return { plan, view: await keptView(plan, kept, items) };
    }
    throw new DrydockError(`run ${runId} is not kept: it never got hold of its group`, {
      exitCode: EXIT.badInput,
      next: 'See the list of runs.',
    });
  };
}

const PAGE = 200;

/** Every run that the query lets through, newest first, a page at a time. */
export async function* pagesOf(past: PastRuns, query: Omit<RunQuery, 'limit' | 'before'>): AsyncGenerator<RunPage> {
  let page = await past.runs({ ...query, limit: PAGE });
  yield page;
  while (page.next !== null) {
    page = await past.runs({ ...query, limit: PAGE, before: page.next });
    yield page;
  }
}
