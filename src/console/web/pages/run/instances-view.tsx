/** The instances of a run, with filters that stand in the address. */
import { useState } from 'preact/hooks';
import type { InstanceRow, RunDocument } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { SearchBox } from '../../controls/search-box.tsx';
import { changedQuery, pathOf, withQuery } from '../../navigation/path.ts';
import { go, usePlace } from '../../navigation/place.ts';
import { Nothing } from '../../states/states.tsx';
import { Icon } from '../../status/icon.tsx';
import { keysOf, OUTCOME_LOOKS } from '../../status/looks.ts';
import { OutcomeLabel } from '../../status/status.tsx';
import { counted, tallyOf } from '../../status/tally.ts';
import { duration } from '../../time/format.ts';
import { Time } from '../../time/time.tsx';

/** More than that at once is slow to draw, and nobody reads it. */
const AT_FIRST = 100;

/** In the order of the plan. */
export function InstancesView({ run }: { run: RunDocument }) {
  const { path, query } = usePlace();
  const [all, showAll] = useState(false);
  const outcome = query.get('outcome') ?? '';
  const text = query.get('q') ?? '';
  const change = (changes: Record<string, string>) =>
    go(withQuery(path, changedQuery(query, { view: 'instances', ...changes })), 'replace');
  const found = run.instances.filter((one) => (outcome === '' || one.outcome === outcome) && says(one, text));
  const shown = all ? found : found.slice(0, AT_FIRST);
  return (
    <>
      <div class="view-tools">
        <SearchBox label="Filter instances" hint="Id, zone or reason" value={text} onChange={(q) => change({ q })} />
        <OutcomeChoices run={run} chosen={outcome} choose={(next) => change({ outcome: next })} />
      </div>
      {found.length === 0 ? (
        <Nothing title="No instance fits" />
      ) : (
        <InstanceTable runId={run.runId} instances={shown} now={Date.parse(run.now)} />
      )}
      {shown.length === found.length ? null : (
        <div class="chunk-more">
          <button type="button" onClick={() => showAll(true)}>
            Show all {counted(found.length)}
          </button>
        </div>
      )}
    </>
  );
}

function says({ instanceId, az, reason, changed, step }: InstanceRow, text: string): boolean {
  const looked = text.toLowerCase();
  return [instanceId, az, reason, changed, step].some((one) => one?.toLowerCase().includes(looked) === true);
}

function OutcomeChoices(props: { run: RunDocument; chosen: string; choose: (outcome: string) => void }) {
  const { run, chosen, choose } = props;
  const tally = tallyOf(run.instances);
  return (
    <div class="choices">
      {keysOf(OUTCOME_LOOKS)
        .filter((outcome) => tally[outcome] !== undefined)
        .map((outcome) => {
          const { shape, tone, word } = OUTCOME_LOOKS[outcome];
          const pressed = chosen === outcome;
          return (
            <button
              key={outcome}
              type="button"
              data-tone={tone}
              aria-pressed={pressed}
              onClick={() => choose(pressed ? '' : outcome)}
            >
              <Icon shape={shape} size={13} />
              {word} {tally[outcome]}
            </button>
          );
        })}
    </div>
  );
}

function InstanceTable({ runId, instances, now }: { runId: string; instances: InstanceRow[]; now: number }) {
  return (
    <table class="stacking">
      <Columns of={['Instance', 'Outcome', 'Wave', 'Zone', 'Began', 'Took', 'Patches', 'Reason']} />
      <tbody>
        {instances.map((instance) => (
          <InstanceCells key={instance.instanceId} runId={runId} instance={instance} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function InstanceCells({ runId, instance, now }: { runId: string; instance: InstanceRow; now: number }) {
  const { instanceId, startedAt, endedAt, reason, changed, step, patches } = instance;
  const end = endedAt === null ? now : Date.parse(endedAt);
  return (
    <tr>
      <th scope="row" class="tight">
        <a class="mono" href={pathOf('runs', runId, 'instances', instanceId)} data-row>
          {instanceId}
        </a>
      </th>
      <td>
        <OutcomeLabel outcome={instance.outcome} />
      </td>
      <td data-name="Wave">{instance.wave}</td>
      <td class="tight" data-name="Zone">
        {instance.az}
      </td>
      <td class="tight" data-name="Began">
        {startedAt === null ? '' : <Time at={startedAt} now={now} as="short" />}
      </td>
      <td class="tight" data-name="Took">
        {startedAt === null ? '' : duration(end - Date.parse(startedAt))}
      </td>
      <td data-name="Patches">{patches.length}</td>
      <td class="reason">
        {step === undefined ? null : <span class="muted">{step}</span>}
        {reason}
        {changed === undefined ? null : <span class="muted small"> The patch had installed: {changed}.</span>}
      </td>
    </tr>
  );
}
