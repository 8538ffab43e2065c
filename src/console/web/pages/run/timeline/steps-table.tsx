/** The timeline as a table: the same, for who does not see it, or would rather read it. */
import { type Column, Columns } from '../../../controls/columns.tsx';
import { pathOf } from '../../../navigation/path.ts';
import { OutcomeLabel } from '../../../status/status.tsx';
import { duration } from '../../../time/format.ts';
import { Time } from '../../../time/time.tsx';
import { type Chart, type Lane, type Step, spanOf } from './chart.ts';
import { MARK_WORDS, STEP_WORDS } from './words.ts';

/** `steps`: those that the run has, each a column. */
export function StepsTable({ runId, chart, steps, now }: { runId: string; chart: Chart; steps: Step[]; now: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be within reach of the keys
    <section class="table-frame steps-table" tabIndex={0} aria-label="Timeline as a table">
      <table>
        <Columns
          of={[
            'Instance',
            'Wave',
            'Outcome',
            'From',
            'To',
            ...steps.map((step): Column => ({ word: STEP_WORDS[step], right: true })),
          ]}
        />
        <tbody>
          {chart.marks.map((mark) => (
            <tr key={`${mark.kind} ${mark.from}`}>
              <th scope="row">{mark.label === '' ? MARK_WORDS[mark.kind] : mark.label}</th>
              <td />
              <td class="muted">the run itself</td>
              <td>
                <Time at={mark.from} />
              </td>
              <td>{mark.to === null ? 'goes on' : <Time at={mark.to} />}</td>
              <td colSpan={steps.length} />
            </tr>
          ))}
          {chart.lanes.map((lane) => (
            <LaneCells key={lane.instanceId} runId={runId} lane={lane} steps={steps} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LaneCells({ runId, lane, steps, now }: { runId: string; lane: Lane; steps: Step[]; now: number }) {
  const first = lane.pieces[0];
  const last = lane.pieces.at(-1);
  return (
    <tr>
      <th scope="row">
        <a class="mono" href={pathOf('runs', runId, 'instances', lane.instanceId)}>
          {lane.instanceId}
        </a>
      </th>
      <td>{lane.wave}</td>
      <td>
        <OutcomeLabel outcome={lane.outcome} />
      </td>
      <td>{first === undefined ? '' : <Time at={first.from} />}</td>
      <td>{last === undefined ? '' : last.to === null ? 'goes on' : <Time at={last.to} />}</td>
      {steps.map((step) => (
        <td key={step} class="number">
          {spent(lane, step, now)}
        </td>
      ))}
    </tr>
  );
}

function spent(lane: Lane, step: Step, now: number): string {
  const spans = lane.pieces.filter((piece) => piece.step === step).map((piece) => spanOf(piece, now));
  return spans.length === 0 ? '' : duration(spans.reduce((sum, { from, to }) => sum + to - from, 0));
}
