/** What stands where data is not: still loading, none there, out of reach, or no longer fresh. */
import type { ComponentChildren } from 'preact';
import type { ProblemText } from '../data/api.ts';
import type { Loaded } from '../data/use-data.ts';
import { Icon } from '../status/icon.tsx';
import type { Shape, Tone } from '../status/looks.ts';
import { Time } from '../time/time.tsx';

/** The first moments: nothing for a fifth of a second, then a quiet outline. */
export function Loading({ what, lines = 6 }: { what: string; lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: lines }, (_, at) => (
        <i key={at} />
      ))}
    </div>
  );
}

/** There is nothing, and that is all right: what would stand here, and how it comes about. */
export function Nothing({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="nothing">
      <svg
        width="56"
        height="40"
        viewBox="0 0 56 40"
        fill="none"
        stroke="currentColor"
        stroke-width="2.5"
        aria-hidden="true"
      >
        <path d="M3 8v24a4 4 0 0 0 4 4h42a4 4 0 0 0 4-4V8" stroke-linecap="round" />
        <path d="M12 27h32M18 20h20" stroke-linecap="round" stroke-dasharray="1 6" />
      </svg>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

const NOTICE_SHAPES: Record<Tone, Shape> = {
  ok: 'check',
  busy: 'info',
  wait: 'pause',
  warn: 'alarm',
  bad: 'stop',
  quiet: 'info',
};

/** A sentence that matters now, what to do next, and perhaps a button. */
export function Notice(props: {
  tone: Tone;
  /** Where it is to be read out at once: `alert` cuts in. */
  role?: 'alert' | 'status';
  what: ComponentChildren;
  next?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class="notice" data-tone={props.tone} role={props.role}>
      <Icon shape={NOTICE_SHAPES[props.tone]} size={18} />
      <div>
        <p class="notice-what">{props.what}</p>
        {props.next ? <p class="notice-next">{props.next}</p> : null}
      </div>
      {props.children === undefined ? null : <div class="notice-end">{props.children}</div>}
    </div>
  );
}

/** What went wrong, in the words of the server, and a way to try again. */
export function ProblemNotice({ problem, again }: { problem: ProblemText; again?: () => void }) {
  return (
    <Notice tone="bad" role="alert" what={problem.what} next={problem.next}>
      {again === undefined ? undefined : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** The data once it is there; until then, or when it cannot be had or refreshed, the state that it is in. */
export function Shown<T>(props: { of: Loaded<T>; what: string; children: (data: T) => ComponentChildren }) {
  const { data, problem, at, again, behind } = props.of;
  if (data === undefined || (behind && problem !== null)) {
    return problem === null ? <Loading what={props.what} /> : <ProblemNotice problem={problem} again={again} />;
  }
  return (
    <>
      {problem === null || at === undefined ? null : (
        <Notice
          tone="wait"
          role="status"
          what={
            <>
              As of <Time at={at} as="clock" />: it could not be fetched again.
            </>
          }
          next={problem.what}
        >
          <button type="button" onClick={again}>
            Try again
          </button>
        </Notice>
      )}
      <div class={behind || problem !== null ? 'behind' : ''} aria-busy={behind}>
        {props.children(data)}
      </div>
    </>
  );
}
