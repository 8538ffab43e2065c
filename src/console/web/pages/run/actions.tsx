/** What can be asked of a run now: each asks once more, and names what will happen, before it is asked. */
import { useState } from 'preact/hooks';
import type { RunDocument, Verb } from '../../../api/shapes.ts';
import { Dialog } from '../../controls/dialog.tsx';
import { ApiError, type ProblemText, steer } from '../../data/api.ts';
import { pathOf } from '../../navigation/path.ts';
import { ProblemNotice } from '../../states/states.tsx';
import { Time } from '../../time/time.tsx';

interface VerbWords {
  button: string;
  title: string;
  confirm: string;
  asked: string;
  class: string;
}

/** In the order of the buttons. */
const WORDS: Record<Verb, VerbWords> = {
  approve: {
    button: 'Approve',
    title: 'Let this run go on?',
    confirm: 'Approve',
    asked: 'Approved',
    class: 'primary',
  },
  resume: {
    button: 'Resume',
    title: 'Resume this run?',
    confirm: 'Resume the run',
    asked: 'Asked to resume',
    class: 'primary',
  },
  pause: { button: 'Pause', title: 'Pause this run?', confirm: 'Pause the run', asked: 'Asked to pause', class: '' },
  abort: {
    button: 'Abort',
    title: 'Abort this run?',
    confirm: 'Abort the run',
    asked: 'Asked to abort',
    class: 'grave',
  },
  rollback: {
    button: 'Roll back',
    title: 'Roll back this run?',
    confirm: 'Roll back',
    asked: 'The roll back has begun',
    class: 'grave',
  },
};

type Action = RunDocument['actions'][number];

interface Asked {
  verb: Verb;
  at: number;
  begun: string | undefined;
}

/** The buttons of a run; below them what was asked last. */
export function Actions({ run }: { run: RunDocument }) {
  // As it was when it was chosen: that the run ends meanwhile is told in the dialog, which does not vanish under a finger.
  const [chosen, choose] = useState<Action>();
  const [asked, setAsked] = useState<Asked>();
  const order = Object.keys(WORDS);
  const actions = run.actions.toSorted((a, b) => order.indexOf(a.verb) - order.indexOf(b.verb));
  return (
    <div class="actions">
      <div class="actions-row">
        {actions.map((action) => (
          <button key={action.verb} type="button" class={WORDS[action.verb].class} onClick={() => choose(action)}>
            {WORDS[action.verb].button}
          </button>
        ))}
      </div>
      <p class="small muted" role="status">
        {asked === undefined ? null : <AskedLine asked={asked} />}
      </p>
      {chosen === undefined ? null : (
        <Confirm
          runId={run.runId}
          action={chosen}
          onAsked={(begun) => {
            setAsked({ verb: chosen.verb, at: Date.now(), begun });
            choose(undefined);
          }}
          onClose={() => choose(undefined)}
        />
      )}
    </div>
  );
}

function AskedLine({ asked: { verb, at, begun } }: { asked: Asked }) {
  return (
    <>
      {WORDS[verb].asked} at <Time at={at} as="clock" />.{' '}
      {begun === undefined ? null : <a href={pathOf('runs', begun)}>See run {begun}</a>}
    </>
  );
}

interface ConfirmProps {
  runId: string;
  action: Action;
  onAsked: (begun: string | undefined) => void;
  onClose: () => void;
}

function Confirm({ runId, action: { verb, what }, onAsked, onClose }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<ProblemText>();
  const words = WORDS[verb];
  const confirm = async () => {
    setAsking(true);
    setProblem(undefined);
    try {
      onAsked((await steer(runId, verb)).begun);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.problem : { what: String(error), next: 'Load the page again.' });
      setAsking(false);
    }
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p>{what}</p>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <div class="dialog-foot">
        <button type="button" onClick={onClose}>
          Leave it as it is
        </button>
        <button type="button" class={`${words.class || 'primary'} confirm`} disabled={asking} onClick={confirm}>
          {asking ? 'Asking…' : words.confirm}
        </button>
      </div>
    </Dialog>
  );
}
