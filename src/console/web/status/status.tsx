/** Statuses and outcomes on the page: shape, word and tone. */
import { Icon } from './icon.tsx';
import {
  APPROVAL_LOOK,
  keysOf,
  type Look,
  OUTCOME_LOOKS,
  type Outcome,
  type RunStatus,
  STATUS_LOOKS,
} from './looks.ts';
import { counted, outcomeShares, type Tally, tallyWords } from './tally.ts';

/** Any look; `pill` gives it a ground of its own. */
export function Labelled({ look, pill = false }: { look: Look; pill?: boolean }) {
  return (
    <span class={pill ? 'status pill' : 'status'} data-tone={look.tone}>
      <Icon shape={look.shape} size={14} />
      {look.word}
    </span>
  );
}

/** The status of a run. */
export function Status(props: { status: RunStatus; awaitsApproval?: boolean; pill?: boolean }) {
  const waits = props.awaitsApproval === true && (props.status === 'running' || props.status === 'paused');
  return <Labelled look={waits ? APPROVAL_LOOK : STATUS_LOOKS[props.status]} pill={props.pill ?? false} />;
}

/** The outcome of an instance. */
export function OutcomeLabel({ outcome }: { outcome: Outcome }) {
  return <Labelled look={OUTCOME_LOOKS[outcome]} />;
}

/** The outcomes of a run as a bar; the same in words for who does not see it. */
export function OutcomeBar({ tally }: { tally: Tally }) {
  return (
    <div class="outcome-bar" role="img" aria-label={tallyWords(tally)} title={tallyWords(tally)}>
      {outcomeShares(tally).map(({ outcome, share }) => (
        <i
          key={outcome}
          data-outcome={outcome}
          data-tone={OUTCOME_LOOKS[outcome].tone}
          style={{ flexGrow: share, flexBasis: 0 }}
        />
      ))}
    </div>
  );
}

/** The counts of the outcomes named, with shape and, where `words`, the word. */
export function OutcomeCounts(props: { tally: Tally; only?: Outcome[]; words?: boolean }) {
  const shown = (props.only ?? keysOf(OUTCOME_LOOKS)).filter((outcome) => (props.tally[outcome] ?? 0) > 0);
  return (
    <ul class="outcome-counts">
      {shown.map((outcome) => {
        const { shape, tone, word } = OUTCOME_LOOKS[outcome];
        return (
          <li key={outcome} data-tone={tone} title={`${counted(props.tally[outcome] ?? 0)} ${word}`}>
            <Icon shape={shape} size={12} />
            {counted(props.tally[outcome] ?? 0)}
            <span class={props.words === true ? '' : 'unseen'}> {word}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** A look as its shape alone; the word is there for who does not see it. */
export function StatusShape({ look }: { look: Look }) {
  return (
    <span class="status" data-tone={look.tone} title={look.word}>
      <Icon shape={look.shape} size={14} />
      <span class="unseen">{look.word}</span>
    </span>
  );
}
