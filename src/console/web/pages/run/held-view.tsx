/** What the policy held back from a run, until when, and what it waits for. */
import type { RunDocument } from '../../../api/shapes.ts';
import { Nothing } from '../../states/states.tsx';
import { CveList, Severity } from '../../status/severity.tsx';
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
      <thead>
        <tr>
          <th scope="col">Patch</th>
          <th scope="col">Severity</th>
          <th scope="col">CVEs</th>
          <th scope="col">Held until</th>
          <th scope="col">Waits for</th>
          <th scope="col">Instances</th>
        </tr>
      </thead>
      <tbody>
        {held.map((patch) => (
          <tr key={patch.id}>
            <th scope="row">
              <div class="two-lines">
                <span>{patch.id}</span>
                <span class="muted small">{patch.title}</span>
              </div>
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
