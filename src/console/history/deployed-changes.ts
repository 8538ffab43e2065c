/** Changes of runs on AWS: their lists are read again now and then, once for all who listen, and only while somebody does. */
import type { Clock } from '../../interpreter/ports.ts';
import type { DeployedLists } from './deployments.ts';

export interface DeployedChanges {
  /** From now on, and first what was noticed since (ms since 1970, by the real clock). */
  listen(since: number): Listener;
}

export interface Listener {
  /** The runs that have changed since the last time. */
  take(): string[];
  end(): void;
}

const ASK_EVERY_MS = 15_000;
/** Who comes back later looks at everything anew. */
const REMEMBERED_MS = 3_600_000;

/** Nobody asks AWS where there is no deployment. */
export function deployedChanges(deployed: DeployedLists, clock: Clock): DeployedChanges {
  const noticedAt = new Map<string, number>();
  const listening = new Set<(runId: string) => void>();
  let stop: AbortController | undefined;

  const ask = async (signal: AbortSignal) => {
    do {
      for (const [runId, at] of noticedAt) if (clock.now() - at > REMEMBERED_MS) noticedAt.delete(runId);
      for (const runId of await deployed.renew()) {
        noticedAt.set(runId, clock.now());
        for (const tell of listening) tell(runId);
      }
    } while (await isPassed(ASK_EVERY_MS, clock, signal));
  };

  return {
    listen: (since) => {
      const noticed = new Set([...noticedAt].filter(([, at]) => at > since).map(([runId]) => runId));
      const tell = (runId: string) => noticed.add(runId);
      listening.add(tell);
      if (stop === undefined && !deployed.isEmpty) {
        stop = new AbortController();
        void ask(stop.signal);
      }
      return {
        take: () => {
          const taken = [...noticed];
          noticed.clear();
          return taken;
        },
        end: () => {
          listening.delete(tell);
          if (listening.size > 0) return;
          stop?.abort();
          stop = undefined;
        },
      };
    },
  };
}

/** Waits; false when it was ended before. */
export async function isPassed(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    (error) => {
      if (signal.aborted) return false;
      throw error;
    },
  );
}
