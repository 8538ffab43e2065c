/** What the policy held back from a run, until when, and what it waits for. */
import type { RunDocument } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Nothing } from '../../states/states.tsx';
import { CveList, PatchName, Severity } from '../../status/patch.tsx';
import { Time } from '../../time/time.tsx';

/** As the plan was made. */
export function HeldView({ held }: { held: RunDocument['held'] }) {
  if (held.length === 0) {
    return (
      <Nothing title="Nothing was held back">
        <p>Every missing patch was approved when the plan was made.</p>
      </Nothing>
    );
  }
  return (
    <table class="stacking">
      <Columns of={['Patch', 'Severity', 'CVEs', 'Held until', 'Waits for', 'Instances']} />
      <tbody>
        {held.map((patch) => (
          <tr key={patch.id}>
            <th scope="row">
              <PatchName id={patch.id} title={patch.title} />
            </th>
            <td>
              <Severity severity={patch.severity} />
            </td>
            <td>
              <CveList cves={patch.cves} />
            </td>
            <td class="tight" data-name="Until">
              {patch.until === null ? 'no date' : <Time at={patch.until} />}
            </td>
            <td class="reason">{patch.waitsFor}</td>
            <td data-name="Instances">{patch.instances}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
