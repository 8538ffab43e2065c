/** Runs that were, as the views over the fleets ask for them: whatever carried them out. */
import type { FinishedRun, Plan } from '../../orchestrator/plan/types.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import type { RunPage, RunQuery } from '../api/shapes.ts';

export interface PastRuns {
  /** A page of the list, newest first. */
  runs(query: RunQuery): Promise<RunPage>;
  /** Of the view only the run's own facts and what became of each instance are asked. Rejects with a `DrydockError` for one without a plan. */
  read(runId: string): Promise<PastRun>;
  /** The runs of a policy that succeeded. */
  finished(policy: string): Promise<FinishedRun[]>;
}

export interface PastRun {
  view: RunView;
  plan: Plan;
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
