/** The rules and environments of the policy in words. */
import type { Calendar } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Time } from '../../time/time.tsx';

type Rule = Calendar['rules'][number];

/** The first that matches a patch decides. */
export function Rules({ rules, environments }: Pick<Calendar, 'rules' | 'environments'>) {
  return (
    <section class="panel" aria-labelledby="rules">
      <div class="panel-head">
        <h2 id="rules">Rules</h2>
        <p class="muted small">The first that matches a patch decides.</p>
      </div>
      <table class="stacking">
        <Columns of={['Rule', 'For', ...environments.map(({ name }) => `Approved in ${name}`)]} />
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.name}>
              <th scope="row">{rule.name}</th>
              <td data-name="For">{rule.match}</td>
              {rule.in.map((each) => (
                <td key={each.environment} data-name={`In ${each.environment}`}>
                  <AfterWords
                    each={each}
                    gate={environments.find(({ name }) => name === each.environment)?.after ?? null}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function AfterWords({ each: { after, soaks }, gate }: { each: Rule['in'][number]; gate: string | null }) {
  return (
    <span class="two-lines">
      <span>{after === '0s' ? 'at its release' : `${after} after its release`}</span>
      {soaks && gate !== null ? <span class="muted small">and once it soaked in {gate}</span> : null}
    </span>
  );
}

/** In the order in which patches come to them. */
export function Environments({ environments, now }: { environments: Calendar['environments']; now: number }) {
  return (
    <ol class="environments">
      {environments.map(({ name, after, words, windows, nextWindow }) => (
        <li key={name} class="panel environment">
          <h2>
            {name}
            {after === null ? null : <span class="tag">after {after}</span>}
          </h2>
          <p>{words}</p>
          <dl>
            <dt>Windows</dt>
            <dd>
              {windows.length === 0 ? (
                <span class="muted">none: runs begin when somebody begins them</span>
              ) : (
                windows.map((window) => (
                  <span key={window} class="environment-window">
                    {window}
                  </span>
                ))
              )}
            </dd>
            {windows.length === 0 ? null : (
              <>
                <dt>Next</dt>
                <dd>
                  {nextWindow === null ? (
                    <span class="muted">not known</span>
                  ) : (
                    <NextWindow at={nextWindow} now={now} />
                  )}
                </dd>
              </>
            )}
          </dl>
        </li>
      ))}
    </ol>
  );
}

function NextWindow({ at, now }: { at: string; now: number }) {
  const isOpen = Date.parse(at) <= now;
  return (
    <>
      {isOpen ? 'open since ' : null}
      <Time at={at} now={now} as="short" />
      {isOpen ? null : (
        <span class="muted">
          , <Time at={at} now={now} as="from now" />
        </span>
      )}
    </>
  );
}
