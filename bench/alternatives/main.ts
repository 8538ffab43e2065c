/**
 * node bench/alternatives/main.ts [--instances 20] [--seed 3] [--json]: Drydock beside what somebody would take instead, in a simulated
 * fleet.
 */
import { parseArgs } from 'node:util';
import { table } from '../../src/cli/table.ts';
import { AFTERMATH_SECONDS, type Comparison, compareAlternatives } from './compare.ts';
import { FLEET, SCENARIOS } from './scenario.ts';

const LEGEND = `
takes     from the tool's beginning to its end, in simulated time, a rollback included
lowest    the fewest instances that served at once
lost      requests that went to a machine which did not answer 200, or to nobody, until ${AFTERMATH_SECONDS / 60} min after the tool's end
broke     instances on which a patch broke the application
serving   instances in service at the end; of these patched: with every patch, and nothing waiting for a reboot
replaced  instances of the beginning that the group has no more
says      what the tool says of its own run

Drydock is run as it is. The others are models, made from their published steps and defaults, each as well set up as its documentation
advises: what is in a model, and what is not, stands at the head of its file in bench/alternatives. An instance refresh needs an image
with the patches, whose making and testing is not counted. The requests are a model too (src/simulator/requests.ts): no time, no
retries, no limit to what one instance can bear.`;

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: String(FLEET.instances) },
    seed: { type: 'string', default: String(FLEET.seed) },
    json: { type: 'boolean', default: false },
  },
});
const fleet = { ...FLEET, instances: Number(values.instances), seed: Number(values.seed) };
const comparisons = await compareAlternatives(fleet);
if (values.json) console.log(JSON.stringify(comparisons, undefined, 2));
else print(comparisons);

function print(comparisons: readonly Comparison[]): void {
  console.log(
    `${fleet.instances} instances, ${fleet.percentAtOnce} % at once, a patch of ${fleet.patchMinutes} min (median), a reboot of 2 min, ` +
      `a minute of draining, ${fleet.requestsPerSecond} requests a second; seed ${fleet.seed}`,
  );
  for (const { name, title } of SCENARIOS) {
    const rows = comparisons.filter(({ scenario }) => scenario === name);
    const faults = rows[0]?.faults ?? [];
    console.log(`\n${title}${faults.length > 0 ? ` (${faults.join(', ')})` : ''}\n`);
    console.log(tableOf(rows));
  }
  console.log(LEGEND);
}

function tableOf(rows: readonly Comparison[]): string {
  const ours = rows[0]?.seconds ?? 1;
  return table(
    ['tool', 'takes', '× Drydock', 'lowest', 'lost', 'broke', 'serving', 'patched', 'replaced', 'says'],
    rows.map((row) => [
      row.tool,
      hours(row.seconds),
      (row.seconds / ours).toFixed(2),
      ...[row.lowestCapacity, row.requestsLost, row.badPatchReach, row.serving, row.patched, row.replaced].map(
        (count) => count.toLocaleString('en'),
      ),
      row.verdict,
    ]),
  );
}

function hours(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
}
