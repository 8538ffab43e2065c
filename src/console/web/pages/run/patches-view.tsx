/** The patches of a run: their CVEs, the rule that approved each, and how many instances have them now. */
import type { RunDocument } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Nothing } from '../../states/states.tsx';
import { CveList, PatchName, Severity } from '../../status/patch.tsx';
import { Time } from '../../time/time.tsx';
import { patchesOf, type RunPatch } from './patches.ts';

/** Those of the most instances first. */
export function PatchesView({ run }: { run: RunDocument }) {
  const patches = patchesOf(run);
  if (patches.length === 0) {
    return (
      <Nothing title="No patch in this run">
        <p>
          {run.rollbackOf === undefined
            ? 'Its plan had nothing to install.'
            : 'It puts back what another run installed.'}
        </p>
      </Nothing>
    );
  }
  return (
    <table class="stacking">
      <Columns of={['Patch', 'Severity', 'CVEs', 'Approved by rule', 'Approved since', 'Installed on']} />
      <tbody>
        {patches.map((patch) => (
          <PatchCells key={patch.id} patch={patch} now={Date.parse(run.now)} />
        ))}
      </tbody>
    </table>
  );
}

function PatchCells({ patch, now }: { patch: RunPatch; now: number }) {
  return (
    <tr>
      <th scope="row">
        <PatchName id={patch.id} title={patch.title} />
      </th>
      <td>
        <Severity severity={patch.severity} classification={patch.classification} />
      </td>
      <td>
        <CveList cves={patch.cves} />
      </td>
      <td data-name="Rule">{patch.rule}</td>
      <td class="tight" data-name="Since">
        {patch.approvedSince === undefined ? '' : <Time at={patch.approvedSince} now={now} as="short" />}
      </td>
      <td class="tight" data-name="Installed on">
        {patch.installed} of {patch.planned}
        <span class="unseen"> instances</span>
        <span class="share" aria-hidden="true">
          <i style={{ width: `${(100 * patch.installed) / patch.planned}%` }} />
        </span>
      </td>
    </tr>
  );
}
