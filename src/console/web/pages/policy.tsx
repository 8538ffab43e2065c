/** The policy as a calendar: which patch is approved where when, and what it waits for. */
import type { Calendar } from '../../api/shapes.ts';
import { useAgainUntil } from '../data/use-again.ts';
import { useData } from '../data/use-data.ts';
import { Heading } from '../shell/heading.tsx';
import { AsOf, StaleGroups } from '../states/as-of.tsx';
import { Shown } from '../states/states.tsx';
import { CalendarPicture } from './policy/calendar.tsx';
import { Environments, Rules } from './policy/rules.tsx';

/** The policy that the console was started with. */
export function PolicyPage() {
  const loaded = useData<Calendar>('/api/policy', 'every run');
  useAgainUntil(loaded, ({ looking }) => !looking);
  const { data } = loaded;
  return (
    <>
      <div class="page-head">
        <div>
          <Heading title={data === undefined ? 'Policy' : `Policy ${data.policy.name}`} />
          {data === undefined ? null : (
            <p class="muted small">
              {data.policy.file === null ? 'the built-in policy' : <span class="mono">{data.policy.file}</span>} ·{' '}
              <span class="mono">{data.policy.fingerprint}</span>
            </p>
          )}
        </div>
        {data === undefined ? null : <AsOf {...data} />}
      </div>
      <Shown of={loaded} what="the policy">
        {(calendar) => <Whole calendar={calendar} />}
      </Shown>
    </>
  );
}

function Whole({ calendar }: { calendar: Calendar }) {
  const now = Date.parse(calendar.now);
  return (
    <div class="sections">
      <div>
        <StaleGroups stale={calendar.stale} />
        <Environments environments={calendar.environments} now={now} />
      </div>
      <Rules rules={calendar.rules} environments={calendar.environments} />
      <CalendarPicture calendar={calendar} now={now} />
    </div>
  );
}
