/** The runs, a row each; on a narrow screen a card each. */
import type { RunRow } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { pathOf } from '../../navigation/path.ts';
import { ENGINE_WORDS } from '../../status/looks.ts';
import { OutcomeBar, OutcomeCounts, Status } from '../../status/status.tsx';
import { counted } from '../../status/tally.ts';
import { duration } from '../../time/format.ts';
import { Ago, Time } from '../../time/time.tsx';
import { triggerWords } from './query.ts';

/** `now`: the runs' clock, in ms since 1970. */
export function RunList({ runs, now }: { runs: RunRow[]; now: number }) {
  return (
    <table class="runs" aria-label="Runs, newest first">
      <Columns of={['Status', 'Group', 'Policy', 'Trigger', 'Started', 'Duration', 'Instances']} />
      <tbody>
        {runs.map((run) => (
          <Row key={run.runId} run={run} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ run, now }: { run: RunRow; now: number }) {
  const { who, kind } = triggerWords(run.trigger);
  const began = Date.parse(run.startedAt);
  const took = duration((run.endedAt === null ? now : Date.parse(run.endedAt)) - began);
  return (
    <tr>
      <td class="runs-status">
        <Status status={run.status} awaitsApproval={run.awaitsApproval} />
      </td>
      <td class="runs-group">
        <div class="two-lines">
          <a class="runs-link" href={pathOf('runs', run.runId)} data-row>
            {run.group}
          </a>
          <span class="runs-about">
            <span class="tag">{run.environment}</span>
            <span class="mono muted">{run.runId}</span>
            {run.rollbackOf === null ? null : <span class="muted">rolls back {run.rollbackOf}</span>}
          </span>
          {run.reason === null ? null : (
            <span class="runs-reason" title={run.reason}>
              {run.reason}
            </span>
          )}
        </div>
      </td>
      <td class="runs-policy">
        <div class="two-lines">
          <span>{run.policy.name}</span>
          <span class="mono muted small">{run.policy.fingerprint}</span>
        </div>
      </td>
      <td class="runs-trigger">
        <div class="two-lines">
          <span>{who}</span>
          <span class="muted small">
            {kind === '' ? ENGINE_WORDS[run.engine] : `${kind}, ${ENGINE_WORDS[run.engine]}`}
          </span>
        </div>
      </td>
      <td class="runs-started">
        <div class="two-lines">
          <Time at={run.startedAt} now={now} as="short" />
          <span class="muted small">
            <Ago at={run.startedAt} now={now} />
          </span>
        </div>
      </td>
      <td class="runs-took">
        <div class="two-lines">
          <span>{took}</span>
          {run.endedAt === null ? <span class="muted small">so far</span> : null}
        </div>
      </td>
      <td class="runs-outcomes">
        <OutcomeBar tally={run.tally} />
        <div class="runs-counts">
          <OutcomeCounts tally={run.tally} />
          <span class="muted">{run.total === null ? 'no plan' : `of ${counted(run.total)}`}</span>
        </div>
      </td>
    </tr>
  );
}
