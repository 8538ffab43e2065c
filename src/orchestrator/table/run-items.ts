/** What the table keeps of runs, whatever executions are remembered. */
import type { Database } from '../engine/database.ts';
import { type Item, item } from './attributes.ts';

/** In DynamoDB both read an index, which is a moment behind the table. */
export interface RunItems {
  /** The summaries of runs, newest first; with `since` (ISO 8601, UTC) only of those that began then or later. */
  runs(since?: string): AsyncGenerator<Item>;
  /** What became of each instance of a run. */
  instances(runId: string): AsyncGenerator<Item>;
}

/** The instances of runs in this process's file. */
export function localRunItems(database: Database, tableName: string): Pick<RunItems, 'instances'> {
  const select = database.prepare('SELECT item FROM items WHERE table_name = ? AND pk > ? AND pk < ? ORDER BY pk');
  return {
    instances: async function* (runId) {
      // `$` is the character after `#`.
      for (const row of select.all(tableName, `instance#${runId}#`, `instance#${runId}$`)) {
        yield item.parse(JSON.parse(String(row.item)));
      }
    },
  };
}
