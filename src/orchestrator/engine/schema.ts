import { RUN_TABLES } from './run-tables.ts';

/** The tables, one migration a version: an existing file is brought up to date by those it has not had. Times in ms since 1970. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE definitions (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, json TEXT NOT NULL);

  CREATE TABLE state_machines (
    arn TEXT PRIMARY KEY, name TEXT NOT NULL, definition INTEGER NOT NULL REFERENCES definitions(id), updated_at INTEGER NOT NULL
  );

  -- An execution keeps the definition it began with: a newer Drydock must not change a run in its middle.
  CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    state_machine_arn TEXT NOT NULL,
    definition INTEGER NOT NULL REFERENCES definitions(id),
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    output TEXT, error TEXT, cause TEXT,
    parent INTEGER REFERENCES executions(id),
    map_run_arn TEXT,
    owner TEXT NOT NULL,
    redrives INTEGER NOT NULL DEFAULT 0,
    redriven_at INTEGER,
    stop_requested TEXT
  );
  CREATE INDEX executions_of_map_run ON executions (map_run_arn, id) WHERE map_run_arn IS NOT NULL;
  CREATE INDEX executions_of_parent ON executions (parent, status) WHERE parent IS NOT NULL;
  CREATE INDEX executions_on_top ON executions (id) WHERE parent IS NULL;
  CREATE INDEX executions_running ON executions (owner) WHERE status = 'RUNNING';

  -- What a redrive does over again is superseded, not deleted: history shows it, replay passes it by. A table with row ids: events come in
  -- the order of time, of many executions by turns, and are written at its end; only the small index has them by execution.
  CREATE TABLE events (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, previous_id INTEGER NOT NULL, strand TEXT NOT NULL,
    at INTEGER NOT NULL, type TEXT NOT NULL, details TEXT, superseded INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (execution, id)
  );

  CREATE TABLE owners (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, host TEXT NOT NULL, since INTEGER NOT NULL);

  CREATE TABLE task_tokens (
    token TEXT PRIMARY KEY, execution TEXT NOT NULL, outcome TEXT, heartbeat_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX task_tokens_of_execution ON task_tokens (execution);

  CREATE TABLE items (table_name TEXT NOT NULL, pk TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (table_name, pk)) WITHOUT ROWID;
  `,
  RUN_TABLES,
];
