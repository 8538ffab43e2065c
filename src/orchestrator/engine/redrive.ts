/**
 * Redrive: an execution that failed goes on from the state that failed. Nothing is deleted: events that are to happen again are
 * superseded, and the ordinary replay does the rest.
 */
import type { HistoryEvent } from '../../interpreter/ports.ts';
import type { Store, StoredExecution } from './store.ts';

type StrandEvent = HistoryEvent & { strand: string };

/** Puts `execution`, and the children that failed with it, back to RUNNING before the states that failed. To be called in a transaction. */
export function prepareRedrive(store: Store, execution: StoredExecution, now: number): void {
  const { superseded, mapRunArns } = cutBack(store.events.replayable(execution.id));
  store.events.supersede(execution.id, superseded);
  store.reopen(execution.id, now);
  const [latest] = store.events.read(execution.id, { reverseOrder: true, limit: 1 });
  store.events.write(
    execution.id,
    {
      strand: '',
      previousEventId: latest?.id ?? 0,
      type: 'ExecutionRedriven',
      details: { name: 'executionRedrivenEventDetails', value: { redriveCount: execution.redrives + 1 } },
    },
    now,
    { replayed: false },
  );
  for (const child of store.childrenOf(execution.id)) {
    const isOfOpenMap = child.mapRunArn !== undefined && mapRunArns.has(child.mapRunArn);
    if (isOfOpenMap && child.status !== 'SUCCEEDED') prepareRedrive(store, child, now);
  }
}

/** Which events are to happen again, and which Map Runs go on. Pure. */
export function cutBack(events: StrandEvent[]): { superseded: number[]; mapRunArns: Set<string> } {
  const strands = Map.groupBy(events, (event) => event.strand);
  const names = [...strands.keys()];
  const superseded: number[] = [];
  const mapRunArns = new Set<string>();

  const cut = (strand: string): void => {
    const recorded = strands.get(strand) ?? [];
    if (endedWell(recorded)) return;
    const kept = recorded.slice(0, lengthToKeep(recorded));
    const dropped = recorded.slice(kept.length).map((event) => event.id);
    superseded.push(...dropped);
    const last = kept.at(-1);
    const mapRunArn = last?.details?.value.mapRunArn;
    if (last?.type === 'MapRunStarted' && typeof mapRunArn === 'string') mapRunArns.add(mapRunArn);
    for (const branch of names.filter((name) => parentOf(name, names) === strand)) {
      const began = strands.get(branch)?.[0]?.id ?? 0;
      // Branches that began earlier belong to states before the one that failed; later ones to its retries, which do not count any more.
      if (began > (dropped[0] ?? Number.POSITIVE_INFINITY)) drop(branch);
      else if (began > (last?.id ?? 0)) cut(branch);
    }
  };
  const drop = (strand: string): void => {
    for (const event of events) {
      if (event.strand === strand || event.strand.startsWith(`${strand}/`)) superseded.push(event.id);
    }
  };
  cut('');
  return { superseded, mapRunArns };
}

function endedWell(strand: StrandEvent[]): boolean {
  return /(StateExited|Succeeded)$/.test(strand.at(-1)?.type ?? '');
}

/** Up to the entering of the last state; a Parallel or Map goes on with the branches it has, so its start stays too. */
function lengthToKeep(strand: StrandEvent[]): number {
  const entered = strand.findLastIndex((event) => event.type.endsWith('StateEntered'));
  const isStart = ({ type }: StrandEvent) =>
    /^(Execution|ParallelState|MapState|MapIteration|MapRun)Started$/.test(type);
  const after = strand.slice(entered + 1).findIndex((event) => !isStart(event));
  return after < 0 ? strand.length : entered + 1 + after;
}

/** The strand that a strand branched off: the longest that its path begins with. */
function parentOf(strand: string, names: string[]): string | undefined {
  if (strand === '') return undefined;
  const parents = names.filter((name) => name !== strand && (name === '' || strand.startsWith(`${name}/`)));
  return parents.sort((a, b) => b.length - a.length)[0];
}
