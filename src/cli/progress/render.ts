/** A run as a picture in a terminal: pure, so the same function serves the live view, `runs show` and the tests. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { printable } from '../../orchestrator/printable.ts';
import type { InstanceView, Outcome, RunView } from '../../orchestrator/runs/view.ts';
import { countOutcomes } from '../../orchestrator/runs/words.ts';
import { columns, cut, pad } from './columns.ts';
import { duration } from './duration.ts';
import { outcomeSymbol, paintOutcome, statusLabel } from './symbols.ts';

export interface Frame {
  /** Columns that no line exceeds; Infinity where lines need not be cut. */
  width: number;
  /** Lines that the picture does not exceed: instances that matter less are then counted instead of shown. */
  height?: number;
  color: boolean;
  /** Milliseconds since 1970, on the clock that the run lives by. */
  now: number;
}

const BAR_COLUMNS = 30;
/** Lines that are never instances: two of header, capacity, waves, and a blank one. */
const HEADER_LINES = 5;

/** The picture of `view`, line by line, without line ends. */
export function renderProgress(view: RunView, frame: Frame): string[] {
  const colors = pc.createColors(frame.color);
  return [
    headline(view, frame, colors),
    colors.dim(cut(timing(view, frame.now), frame.width)),
    capacityLine(view, frame, colors),
    wavesLine(view, frame, colors),
    '',
    ...instanceLines(view, frame, colors),
    ...closingLines(view, frame, colors),
  ];
}

function headline(view: RunView, { width }: Frame, colors: Colors): string {
  const status = statusLabel(view.status, colors);
  const room = Math.min(width, 100) - columns(status) - 2;
  const group = cut(printable(view.group), room);
  const rest = ` · ${view.environment} · policy ${view.policy.name} (${view.policy.fingerprint})`;
  const about = cut(printable(rest), room - columns(group));
  return `${pad(colors.bold(group) + about, room)}  ${status}`;
}

function timing(view: RunView, now: number): string {
  const started = Date.parse(view.startedAt);
  const until = view.endedAt === undefined ? now : Date.parse(view.endedAt);
  const parts = [`run ${printable(view.runId)}`, view.engine, `${duration(until - started)} elapsed`];
  if (view.rollbackOf !== undefined) parts.push(`rolls back run ${printable(view.rollbackOf)}`);
  if (view.endedAt === undefined && view.estimateSeconds !== undefined) {
    const left = started + view.estimateSeconds * 1000 - now;
    parts.push(left > 0 ? `about ${duration(left)} left` : `${duration(-left)} longer than estimated`);
  }
  return parts.join(' · ');
}

/** `█` is what must stay in service, `▓` what may leave it, `░` what is out. */
function capacityLine(view: RunView, { width }: Frame, colors: Colors): string {
  const { desired, floor, inService } = view.capacity;
  if (inService === undefined) return cut(`capacity    desired ${desired}, at least ${floor} in service`, width);
  const undercut = inService < floor;
  const words = `${inService} of ${desired} in service, never below ${floor}${undercut ? ' · BELOW THE FLOOR' : ''}`;
  const cells = Math.max(0, Math.min(BAR_COLUMNS, desired, width - columns(words) - 14));
  const cell = (count: number) => (desired === 0 ? 0 : Math.round((Math.min(count, desired) / desired) * cells));
  const kept = cell(Math.min(inService, floor));
  const spare = Math.max(0, cell(inService) - kept);
  const bar = '█'.repeat(kept) + '▓'.repeat(spare) + '░'.repeat(cells - kept - spare);
  const paint = undercut ? colors.red : colors.green;
  const said = cut(words, width - 12 - (cells > 0 ? cells + 2 : 0));
  return `capacity    ${paint(bar)}${cells > 0 ? '  ' : ''}${undercut ? colors.red(said) : said}`;
}

function wavesLine(view: RunView, { width, now }: Frame, colors: Colors): string {
  const waves = view.waves.map((wave) => {
    const members = view.instances.filter((instance) => instance.wave === wave.number);
    const done = members.filter(({ outcome }) => outcome !== 'pending' && outcome !== 'patching').length;
    const begun = members.some(({ outcome }) => outcome !== 'pending');
    const name = wave.kind === 'canary' ? 'canary' : `wave ${wave.number}`;
    if (members.every(({ outcome }) => outcome === 'skipped')) return { text: `– ${name} skipped`, current: false };
    if (done === members.length) return { text: `✓ ${name}`, current: false };
    if (!begun) return { text: `○ ${name} (${members.length})`, current: false };
    return { text: `▶ ${name} (${done} of ${members.length}, ${wave.concurrency} at a time)`, current: true };
  });
  const bake = view.bakeUntil === undefined ? [] : [`baking, ${duration(Date.parse(view.bakeUntil) - now)} left`];
  const approval = view.awaitsApproval === true ? [`waits for approval: drydock runs approve ${view.runId}`] : [];
  const texts = [...shownWaves(waves), ...bake, ...approval];
  return colors.dim('waves       ') + cut(texts.join(' · '), width - 12);
}

/** A rollout of many waves shows the ones around the current one. */
function shownWaves(waves: { text: string; current: boolean }[]): string[] {
  if (waves.length <= 6) return waves.map(({ text }) => text);
  const current = Math.max(
    0,
    waves.findIndex(({ text }) => !text.startsWith('✓')),
  );
  const from = Math.max(0, Math.min(current - 1, waves.length - 4));
  const shown = waves.slice(from, from + 4).map(({ text }) => text);
  const before = from > 0 ? [`✓ ${from} before`] : [];
  const after = waves.length - from - 4;
  return [...before, ...shown, ...(after > 0 ? [`○ ${after} more`] : [])];
}

/** What a person looks for first comes first when there is not room for all. */
const WORTH: Record<Outcome, number> = {
  patching: 0,
  quarantined: 1,
  failed: 1,
  'rolled-back': 2,
  replaced: 2,
  gone: 3,
  skipped: 4,
  patched: 5,
  pending: 6,
};

function instanceLines(view: RunView, frame: Frame, colors: Colors): string[] {
  const room = (frame.height ?? Number.POSITIVE_INFINITY) - HEADER_LINES - closingLines(view, frame, colors).length;
  const shown =
    room >= view.instances.length ? new Set(view.instances) : worthiest(view.instances, Math.max(0, room - 1));
  const hidden = view.instances.filter((instance) => !shown.has(instance));
  const idColumns = Math.max(10, ...[...shown].map(({ instanceId }) => columns(printable(instanceId))));
  const lines = view.instances
    .filter((instance) => shown.has(instance))
    .map((instance) => instanceLine(instance, idColumns, frame, colors));
  return hidden.length === 0 ? lines : [...lines, colors.dim(cut(`  … ${countOutcomes(hidden)}`, frame.width))];
}

function worthiest(instances: InstanceView[], count: number): Set<InstanceView> {
  return new Set(instances.toSorted((a, b) => WORTH[a.outcome] - WORTH[b.outcome]).slice(0, count));
}

function instanceLine(instance: InstanceView, idColumns: number, { width, now }: Frame, colors: Colors): string {
  const symbol = outcomeSymbol(instance.outcome, now);
  const lead = `  ${symbol} ${pad(printable(instance.instanceId), idColumns)}  `;
  const word = pad(instance.step ?? instance.outcome, 18);
  const time = pad(timeOf(instance, now), 7);
  const tail = cut(
    `${printable(instance.az)}  ${about(instance)}`,
    Math.max(0, width - columns(lead + word + time) - 4),
  );
  if (columns(lead + word + time) + 4 > width) return cut(lead + word + time, width);
  return `${paintOutcome(instance.outcome, lead + word, colors)}  ${time}  ${colors.dim(tail)}`.trimEnd();
}

/** How long it has been at its step, or took altogether. */
function timeOf({ outcome, stepSince, startedAt, endedAt }: InstanceView, now: number): string {
  if (startedAt !== undefined && endedAt !== undefined) return duration(Date.parse(endedAt) - Date.parse(startedAt));
  if (outcome === 'patching' && stepSince !== undefined) return duration(now - Date.parse(stepSince));
  return '';
}

function about({ patches, reason }: InstanceView): string {
  if (reason !== undefined && reason !== '') return printable(reason);
  return patches.length === 1 ? '1 patch' : `${patches.length} patches`;
}

function closingLines(view: RunView, { width }: Frame, colors: Colors): string[] {
  const lines: string[] = [];
  if (view.halted !== undefined) {
    lines.push(
      '',
      colors.red(cut(`${view.status} in wave ${view.halted.wave}: ${printable(view.halted.reason)}`, width)),
    );
  }
  if (view.notWhole !== undefined) {
    lines.push(colors.red(cut(`not whole, a person is needed: ${printable(view.notWhole)}`, width)));
  }
  for (const undelivered of view.undelivered ?? []) {
    lines.push(colors.yellow(cut(`not notified: ${printable(undelivered)}`, width)));
  }
  return lines;
}
