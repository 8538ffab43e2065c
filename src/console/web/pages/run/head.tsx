/** The head of a run: what it is, how it stands, what a person is to do, and the buttons for that. */
import { useMemo } from 'preact/hooks';
import type { RunDocument } from '../../../api/shapes.ts';
import { pathOf, withQuery } from '../../navigation/path.ts';
import { Crumbs } from '../../shell/crumbs.tsx';
import { Heading } from '../../shell/heading.tsx';
import { Notice } from '../../states/states.tsx';
import { ENGINE_WORDS, type Tone } from '../../status/looks.ts';
import { Status } from '../../status/status.tsx';
import { Ago, Time } from '../../time/time.tsx';
import { begunBy } from '../runs/query.ts';
import { Actions } from './actions.tsx';
import { partsOf } from './linked.ts';

const ADVICE_TONES: Record<NonNullable<RunDocument['advice']>['level'], Tone> = {
  info: 'busy',
  warning: 'wait',
  error: 'bad',
};

export const ABOVE_RUN = [{ href: '/', word: 'Runs' }];

/** `now`: the runs' clock, in ms since 1970. */
export function RunHead({ run, now }: { run: RunDocument; now: number }) {
  return (
    <>
      <div class="run-head">
        <div class="run-title">
          <Crumbs above={ABOVE_RUN} here={run.runId} />
          <div class="run-name">
            <Heading title={`${run.group}, ${run.status}`}>{run.group}</Heading>
            <Status status={run.status} awaitsApproval={run.awaitsApproval} pill />
          </div>
          <ul class="run-about">
            <li>
              <a class="tag" href={withQuery('/', { environment: run.environment })}>
                {run.environment}
              </a>
            </li>
            <li>
              policy {run.policy.name} <span class="mono muted">{run.policy.fingerprint}</span>
            </li>
            <li>{ENGINE_WORDS[run.engine]}</li>
            <li>
              begun by {begunBy(run.trigger)} at <Time at={run.startedAt} now={now} as="short" />
            </li>
            <li class="muted">
              <Ago at={run.startedAt} now={now} />
            </li>
            {run.rollbackOf === undefined ? null : (
              <li>
                rolls back <a href={pathOf('runs', run.rollbackOf)}>run {run.rollbackOf}</a>
              </li>
            )}
          </ul>
        </div>
        <Actions run={run} />
      </div>
      {run.advice === null ? null : (
        <Notice
          tone={ADVICE_TONES[run.advice.level]}
          what={<Linked text={run.advice.what} run={run} />}
          next={<Linked text={run.advice.next} run={run} />}
        />
      )}
      {run.notWhole === undefined || run.advice?.what.includes(run.notWhole) ? null : (
        <Notice tone="bad" what={`Not whole, a person is needed: ${run.notWhole}`} />
      )}
      {(run.undelivered ?? []).map((undelivered) => (
        <Notice key={undelivered} tone="wait" what={`Not notified: ${undelivered}`} />
      ))}
    </>
  );
}

/** A sentence whose instances and runs lead to their pages. */
function Linked({ text, run }: { text: string; run: RunDocument }) {
  const ids = useMemo(() => new Set(run.instances.map(({ instanceId }) => instanceId)), [run.instances]);
  return (
    <>
      {partsOf(text, run.runId, ids).map((part, at) =>
        part.href === undefined ? (
          part.text
        ) : (
          <a key={at} href={part.href}>
            {part.text}
          </a>
        ),
      )}
    </>
  );
}
