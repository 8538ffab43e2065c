/**
 * Runs as they are listed: one row for each rollout execution, kept by triggers in the same transaction as what they follow (the execution,
 * the run's record, what became of each instance), so that no list has to walk through executions. Written by these triggers alone.
 */

/** The item table of runs that are carried out here. */
const OF_RUNS = `table_name = 'drydock'`;

/** What begins a run: nobody's Map started it, and its input says whose it is. */
const isRollout = (execution: string) =>
  `${execution}.parent IS NULL AND ${execution}.state_machine_arn LIKE '%:rollout'
   AND typeof(${execution}.input ->> '$.runId') = 'text' AND ${execution}.input ->> '$.policy' IS NOT NULL`;

/** What the execution `e` tells of its run. */
const TOLD = `
  SELECT e.id AS execution,
    e.input ->> '$.runId' AS run_id,
    coalesce(CAST(round(unixepoch(e.input ->> '$.startedAt', 'subsec') * 1000) AS INTEGER), e.started_at) AS started_at,
    e.stopped_at AS ended_at, e.status AS execution_status, e.error, e.cause AS reason,
    coalesce(e.input ->> '$.groupName', e.input ->> '$.group', '') AS group_name,
    coalesce(e.input ->> '$.environment', '') AS environment,
    coalesce(e.input ->> '$.policy.name', e.input ->> '$.policy') AS policy,
    e.input ->> '$.policy.fingerprint' AS fingerprint,
    coalesce(e.input ->> '$.trigger.kind', 'api') || coalesce(': ' || (e.input ->> '$.trigger.by'), '') AS begun_by,
    e.input ->> '$.rollbackOf' AS rollback_of,
    (SELECT sum(wave.value ->> '$.count') FROM json_each(e.input, '$.waves') AS wave) AS total
  FROM executions AS e`;

/** The status of a run, by what its execution says and whether it is paused. */
const statusBy = ({ execution = 'execution_status', error = 'error', paused = 'paused' }) => `CASE
      WHEN ${execution} = 'RUNNING' THEN CASE WHEN ${paused} THEN 'paused' ELSE 'running' END
      WHEN ${execution} = 'SUCCEEDED' THEN 'succeeded'
      WHEN ${error} = 'Drydock.Halted' THEN 'halted'
      WHEN ${error} = 'Drydock.Aborted' OR ${execution} = 'ABORTED' THEN 'aborted'
      ELSE 'failed' END`;

/** All that a list is searched for, in small letters (those of ASCII). */
const searchedBy = (reason: string) => `lower(concat_ws(char(10), run_id, group_name, policy, begun_by, ${reason}))`;

/** Adds the runs of the executions `e` that `which` picks. */
const addRuns = (which: string, revision: string) => `
  INSERT INTO runs (execution, run_id, started_at, ended_at, execution_status, error, reason, group_name, environment, policy,
    fingerprint, begun_by, rollback_of, total, status, search, revision)
  SELECT told.*, ${statusBy({ paused: '0' })}, ${searchedBy('reason')}, ${revision} FROM (${TOLD} WHERE ${which}) AS told;`;

/** Each attribute that the list needs of a run's record; one that is not there is false, or nothing. */
const record = (item: string) => ({
  paused: `(${item} ->> '$.paused.BOOL') IS 1`,
  awaitsApproval: `(${item} ->> '$.awaitsApproval.BOOL') IS 1`,
  fingerprint: `${item} ->> '$.fingerprint.S'`,
});

const OUTCOMES = ['patched', 'skipped', 'gone', 'rolled-back', 'replaced', 'quarantined', 'failed'] as const;
const column = (outcome: string) => outcome.replace('-', '_');
const outcomeOf = (item: string) => `${item} ->> '$.outcome.S'`;
const eachOutcome = (of: (outcome: string) => string) => OUTCOMES.map(of).join(', ');

/** Grows with every change of any run. */
const NEXT_REVISION = `(SELECT coalesce(max(revision), 0) + 1 FROM runs)`;

const then = record('i.item');
const before = record('OLD.item');
const now = record('NEW.item');

const NOTE_RECORD = `
  UPDATE runs SET paused = ${now.paused}, awaits_approval = ${now.awaitsApproval}, status = ${statusBy({ paused: now.paused })},
    fingerprint = coalesce(fingerprint, ${now.fingerprint}), revision = ${NEXT_REVISION}
  WHERE run_id = substr(NEW.pk, 5);`;

export const RUN_TABLES = `
  CREATE TABLE runs (
    execution INTEGER PRIMARY KEY REFERENCES executions(id),
    run_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    execution_status TEXT NOT NULL, error TEXT, reason TEXT,
    group_name TEXT NOT NULL, environment TEXT NOT NULL, policy TEXT NOT NULL, fingerprint TEXT,
    begun_by TEXT NOT NULL,
    rollback_of TEXT,
    total INTEGER,
    paused INTEGER NOT NULL DEFAULT 0, awaits_approval INTEGER NOT NULL DEFAULT 0,
    ${eachOutcome((outcome) => `${column(outcome)} INTEGER NOT NULL DEFAULT 0`)},
    revision INTEGER NOT NULL,
    -- Both follow from the others, and stand here for the index: SQLite reads a row for each column that is generated.
    status TEXT NOT NULL, search TEXT NOT NULL
  );
  -- Whatever a list is filtered by is in here, in its order: the whole of it is read faster than the rows of a part of it.
  CREATE INDEX runs_listed ON runs (started_at, execution, status, group_name, environment, policy, begun_by, search);
  CREATE INDEX runs_by_id ON runs (run_id);
  CREATE INDEX runs_by_revision ON runs (revision);
  CREATE INDEX runs_by_group ON runs (group_name);
  CREATE INDEX runs_by_environment ON runs (environment);
  CREATE INDEX runs_by_policy ON runs (policy);
  CREATE INDEX runs_going_on ON runs (execution) WHERE ended_at IS NULL;
  CREATE INDEX runs_that_roll_back ON runs (rollback_of) WHERE rollback_of IS NOT NULL;

${addRuns(isRollout('e'), 'told.execution')}

  UPDATE runs SET paused = ${then.paused}, awaits_approval = ${then.awaitsApproval},
    status = ${statusBy({ paused: then.paused })}, fingerprint = coalesce(fingerprint, ${then.fingerprint})
  FROM items AS i WHERE i.${OF_RUNS} AND i.pk = 'run#' || runs.run_id;

  UPDATE runs SET ${eachOutcome((outcome) => `${column(outcome)} = counted.${column(outcome)}`)}
  FROM (
    SELECT item ->> '$.runId.S' AS run_id,
      ${eachOutcome((outcome) => `sum(${outcomeOf('item')} IS '${outcome}') AS ${column(outcome)}`)}
    FROM items WHERE ${OF_RUNS} AND pk >= 'instance#' AND pk < 'instance$' GROUP BY 1
  ) AS counted WHERE counted.run_id = runs.run_id;

  CREATE TRIGGER run_begun AFTER INSERT ON executions WHEN ${isRollout('NEW')} BEGIN ${addRuns('e.id = NEW.id', NEXT_REVISION)}
  END;

  CREATE TRIGGER run_ended AFTER UPDATE OF status ON executions WHEN NEW.parent IS NULL BEGIN
    UPDATE runs SET ended_at = NEW.stopped_at, execution_status = NEW.status, error = NEW.error, reason = NEW.cause,
      status = ${statusBy({ execution: 'NEW.status', error: 'NEW.error' })}, search = ${searchedBy('NEW.cause')},
      revision = ${NEXT_REVISION}
    WHERE execution = NEW.id;
  END;

  CREATE TRIGGER run_recorded AFTER INSERT ON items WHEN NEW.${OF_RUNS} AND NEW.pk GLOB 'run#*' BEGIN ${NOTE_RECORD}
  END;

  CREATE TRIGGER run_steered AFTER UPDATE OF item ON items WHEN NEW.${OF_RUNS} AND NEW.pk GLOB 'run#*'
    AND (${before.paused} IS NOT ${now.paused} OR ${before.awaitsApproval} IS NOT ${now.awaitsApproval})
  BEGIN ${NOTE_RECORD}
  END;

  CREATE TRIGGER instance_done AFTER INSERT ON items WHEN NEW.${OF_RUNS} AND NEW.pk GLOB 'instance#*' BEGIN
    UPDATE runs SET ${eachOutcome((outcome) => `${column(outcome)} = ${column(outcome)} + (${outcomeOf('NEW.item')} IS '${outcome}')`)},
      revision = ${NEXT_REVISION}
    WHERE run_id = NEW.item ->> '$.runId.S';
  END;

  -- A rollback, or a recovery, makes something else of an instance than it was left as.
  CREATE TRIGGER instance_done_again AFTER UPDATE OF item ON items WHEN NEW.${OF_RUNS} AND NEW.pk GLOB 'instance#*'
    AND ${outcomeOf('OLD.item')} IS NOT ${outcomeOf('NEW.item')}
  BEGIN
    UPDATE runs SET ${eachOutcome(
      (outcome) =>
        `${column(outcome)} = ${column(outcome)} + (${outcomeOf('NEW.item')} IS '${outcome}') - (${outcomeOf('OLD.item')} IS '${outcome}')`,
    )}, revision = ${NEXT_REVISION}
    WHERE run_id = NEW.item ->> '$.runId.S';
  END;
`;
