/** What a page that shows a look at the fleets says of that look: when it was made, and what it does not know. */
import type { Exposure } from '../../api/shapes.ts';
import { Ago, Time } from '../time/time.tsx';
import { Notice } from './states.tsx';

export type Standing = Pick<Exposure, 'now' | 'asOf' | 'looking' | 'stale'>;

/** When the groups were looked at. */
export function AsOf({ now, asOf, looking }: Standing) {
  return (
    <p class="as-of muted small" role="status">
      {asOf === null ? null : (
        <>
          As of <Time at={asOf} />, <Ago at={asOf} now={Date.parse(now)} />
        </>
      )}
      {looking ? (
        <span class="as-of-looking">{asOf === null ? 'Looking at the groups' : ' · looking again'}</span>
      ) : null}
    </p>
  );
}

/** The groups that are shown as of another time, or not at all. */
export function StaleGroups({ stale }: Pick<Standing, 'stale'>) {
  if (stale.length === 0) return null;
  const byWhy = [...Map.groupBy(stale, ({ why }) => why)];
  return (
    <>
      {byWhy.map(([why, groups]) => (
        <Notice
          key={why}
          tone="wait"
          what={groups.map(({ group, asOf }, at) => (
            <span key={group}>
              {at === 0 ? '' : ', '}
              {group}
              {asOf === null ? ' (nothing is known of it)' : null}
              {asOf === null ? null : (
                <>
                  {' '}
                  as of <Time at={asOf} />
                </>
              )}
            </span>
          ))}
          next={`${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`}
        />
      ))}
    </>
  );
}
