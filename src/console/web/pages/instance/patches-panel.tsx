/** The patches that a run had for an instance. */
import type { InstanceDocument } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Nothing } from '../../states/states.tsx';
import { CveList, PatchName, Severity } from '../../status/patch.tsx';
import { Time } from '../../time/time.tsx';

/** As the plan has them. `now`: ms since 1970. */
export function PatchesPanel({ patches, now }: { patches: InstanceDocument['patches']; now: number }) {
  return (
    <section class="panel" aria-labelledby="patches">
      <div class="panel-head">
        <h2 id="patches">
          Patches <span class="views-count">{patches.length}</span>
        </h2>
      </div>
      {patches.length === 0 ? (
        <Nothing title="The plan had no patch for it" />
      ) : (
        <table class="stacking">
          <Columns of={['Patch', 'Severity', 'CVEs', 'Released', 'Approved']} />
          <tbody>
            {patches.map((patch) => (
              <tr key={patch.title}>
                <th scope="row">
                  <PatchName id={patch.id} title={patch.title} />
                </th>
                <td>
                  <Severity severity={patch.severity} classification={patch.classification} />
                </td>
                <td>
                  <CveList cves={patch.cves} />
                </td>
                <td class="tight" data-name="Released">
                  {patch.releasedAt === null ? 'not known' : <Time at={patch.releasedAt} now={now} as="short" />}
                </td>
                <td data-name="Approved">
                  <span class="two-lines">
                    {patch.approvedSince === null ? null : (
                      <span>
                        since <Time at={patch.approvedSince} now={now} as="short" />
                      </span>
                    )}
                    <span class="muted small">by {patch.rule}</span>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
