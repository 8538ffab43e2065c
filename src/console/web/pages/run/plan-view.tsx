/** The plan as it was made: first to read, then all of it as JSON. */
import type { RunDocument } from '../../../api/shapes.ts';
import { RawJson } from '../../controls/raw-json.tsx';
import { Notice } from '../../states/states.tsx';
import { duration } from '../../time/format.ts';
import { Time } from '../../time/time.tsx';
import { textAt } from './loose.ts';
import { planLines, planProblems, untouchedIn } from './plan.ts';

/** What is not in the plan is left out. */
export function PlanView({ run }: { run: RunDocument }) {
  const { plan } = run;
  const madeAt = textAt(plan, 'madeAt');
  return (
    <div class="plan">
      {planProblems(plan).map(({ level, message, remedy }) => (
        <Notice key={message} tone={level === 'error' ? 'bad' : 'warn'} what={message} next={remedy} />
      ))}
      <dl class="plan-lines">
        {madeAt === undefined ? null : (
          <div>
            <dt>Made at</dt>
            <dd>
              <Time at={madeAt} />
            </dd>
          </div>
        )}
        {planLines(plan, round).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Untouched untouched={untouchedIn(plan)} />
      <RawJson title="The plan as JSON" value={plan} file={`${run.runId}-plan.json`} />
    </div>
  );
}

/** `2h`, not `2h 00m`: what a plan says is round. */
const round = (seconds: number) => duration(seconds * 1000).replace(/ 00\w$/, '');

function Untouched({ untouched }: { untouched: ReturnType<typeof untouchedIn> }) {
  if (untouched.length === 0) return null;
  return (
    <section>
      <h3>Not touched</h3>
      <ul class="plan-untouched">
        {untouched.map(({ instanceId, reason }) => (
          <li key={instanceId}>
            <span class="mono">{instanceId}</span> {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
