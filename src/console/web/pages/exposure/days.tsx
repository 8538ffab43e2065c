/** How many days patches took from release to patched, month by month: a plot for each severity, and the same as a table. */
import type { Exposure } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Nothing } from '../../states/states.tsx';
import { counted } from '../../status/tally.ts';
import { days } from './matrix.tsx';
import { type Dot, type Line, monthsOf, pieces, type Trend, trendsOf } from './trend.ts';

type Latency = Exposure['latency'];

export interface DaysProps extends Pick<Exposure, 'latency' | 'history'> {
  /** In the order in which patches come to them. */
  environments: string[];
}

/** `history` says how much of it the numbers are from. */
export function Days({ latency, history, environments: ordered }: DaysProps) {
  const severities = bySeverity(latency);
  const trends = trendsOf(latency, severities);
  const known = new Set(latency.map(({ environment }) => environment));
  const environments = [...new Set([...ordered, ...known])].filter((environment) => known.has(environment));
  return (
    <section class="panel" aria-labelledby="days-to-patched">
      <div class="panel-head">
        <h2 id="days-to-patched">Days from release to patched</h2>
        {history.read < history.of ? (
          <p class="muted small" role="status">
            from {counted(history.read)} of {counted(history.of)} runs so far
          </p>
        ) : (
          <p class="muted small">
            from {counted(history.of)} {history.of === 1 ? 'run' : 'runs'} of the last 400 days
          </p>
        )}
      </div>
      {trends.length === 0 ? (
        <Nothing title={latency.length === 0 ? 'No patch was installed by a run yet' : 'No release date is known'}>
          <p>How long patches take shows here, month by month, once runs have installed some.</p>
        </Nothing>
      ) : (
        <>
          <Legend environments={environments} />
          <div class="trends">
            {trends.map((trend) => (
              <Plot key={trend.severity} trend={trend} months={monthsOf(latency)} environments={environments} />
            ))}
          </div>
        </>
      )}
      {latency.length === 0 ? null : <AsTable latency={latency} severities={severities} />}
    </section>
  );
}

const ORDER = ['critical', 'important', 'high', 'medium', 'moderate', 'low'];

function bySeverity(latency: Latency): string[] {
  const rank = (severity: string) => {
    const at = ORDER.indexOf(severity.toLowerCase());
    return at === -1 ? ORDER.length : at;
  };
  return [...new Set(latency.map(({ severity }) => severity))].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Told apart by the shape of its dots and the strokes of its line, too. */
const MOST_SERIES = 6;

function seriesOf(environment: string, environments: readonly string[]): number {
  return environments.indexOf(environment) % MOST_SERIES;
}

function Legend({ environments }: { environments: string[] }) {
  return (
    <ul class="trend-legend" aria-label="Environments">
      {environments.map((environment) => (
        <li key={environment} class="series" data-series={seriesOf(environment, environments)}>
          <svg width="2rem" height="0.75rem" viewBox="0 0 32 12" aria-hidden="true">
            <path class="series-line" d="M1 6h30" />
            <Mark series={seriesOf(environment, environments)} x={16} y={6} />
          </svg>
          {environment}
        </li>
      ))}
      <li class="muted">median of each month</li>
    </ul>
  );
}

const MARKS = [
  'M0 -4a4 4 0 1 0 0.01 0z',
  'M-3.5 -3.5h7v7h-7z',
  'M0 -4.6L4.4 3.4h-8.8z',
  'M0 -5L5 0L0 5L-5 0z',
  'M0 4.6L4.4 -3.4h-8.8z',
  'M-4 -1.4h8v2.8h-8z',
];

function Mark({ series, x, y }: { series: number; x: number; y: number }) {
  return <path class="series-mark" d={MARKS[series]} transform={`translate(${x} ${y})`} />;
}

const WIDTH = 300;
const HEIGHT = 150;
const LEFT = 28;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;

function Plot({ trend, months, environments }: { trend: Trend; months: string[]; environments: string[] }) {
  const x = (at: number) =>
    months.length === 1 ? WIDTH / 2 : LEFT + 8 + ((WIDTH - LEFT - RIGHT - 16) * at) / (months.length - 1);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / trend.most);
  return (
    <figure class="trend">
      <figcaption>{trend.severity === '' ? 'No severity' : trend.severity}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={wordsOf(trend)}>
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="tick" x1={LEFT} x2={WIDTH - RIGHT} y1={y(trend.most * part)} y2={y(trend.most * part)} />
            <text class="trend-y" x={LEFT - 6} y={y(trend.most * part)}>
              {trend.most * part}
            </text>
          </g>
        ))}
        {shownMonths(months).map((month) => (
          <text key={month} class="trend-x" x={x(months.indexOf(month))} y={HEIGHT - 8}>
            {monthWord(month)}
          </text>
        ))}
        {trend.lines.map((line) => (
          <Series key={line.environment} line={line} series={seriesOf(line.environment, environments)} x={x} y={y} />
        ))}
      </svg>
    </figure>
  );
}

type Scale = (value: number) => number;

function Series({ line, series, x, y }: { line: Line; series: number; x: Scale; y: Scale }) {
  const path = (dots: Dot[]) => dots.map(({ at, median }, n) => `${n === 0 ? 'M' : 'L'}${x(at)} ${y(median)}`).join('');
  return (
    <g class="series" data-series={series}>
      {pieces(line.dots).map((dots) => (
        <path key={dots[0]?.month} class="series-line" d={path(dots)} />
      ))}
      {line.dots.map((dot) => (
        <g key={dot.month}>
          <Mark series={series} x={x(dot.at)} y={y(dot.median)} />
          <circle class="series-reach" cx={x(dot.at)} cy={y(dot.median)} r="12">
            <title>
              {`${line.environment}, ${monthWord(dot.month)} ${dot.month.slice(0, 4)}: ${days(dot.median)} in the median, ${days(dot.longest)} at most, ${counted(dot.patches)} installed`}
            </title>
          </circle>
        </g>
      ))}
    </g>
  );
}

/** As many as have room. */
function shownMonths(months: string[]): string[] {
  const step = Math.ceil(months.length / 7);
  return months.filter((_, at) => (months.length - 1 - at) % step === 0);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function monthWord(month: string): string {
  return MONTHS[Number(month.slice(5)) - 1] ?? month;
}

function wordsOf({ severity, lines }: Trend): string {
  const last = lines.flatMap(({ environment, dots }) => {
    const dot = dots.toSorted((a, b) => a.at - b.at).at(-1);
    return dot === undefined ? [] : [`${environment} ${days(dot.median)} in ${monthWord(dot.month)}`];
  });
  return `${severity}: days from release to patched, the median of each month. Latest: ${last.join(', ')}. All of it is in the table below.`;
}

function AsTable({ latency, severities }: { latency: Latency; severities: string[] }) {
  const rows = latency.toSorted(
    (a, b) =>
      (a.month < b.month ? 1 : a.month > b.month ? -1 : 0) ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      (a.environment < b.environment ? -1 : 1),
  );
  const value = (of: number | null) => (of === null ? 'not known' : of);
  return (
    <details class="fold">
      <summary>As a table</summary>
      <table class="stacking">
        <Columns
          of={[
            'Month',
            'Severity',
            'Environment',
            { word: 'Median days', right: true },
            { word: 'Longest', right: true },
            { word: 'Installed', right: true },
          ]}
        />
        <tbody>
          {rows.map(({ month, severity, environment, medianDays, longestDays, patches }) => (
            <tr key={`${month}${severity}${environment}`}>
              <th scope="row" class="tight">
                {monthWord(month)} {month.slice(0, 4)}
              </th>
              <td>{severity}</td>
              <td>{environment}</td>
              <td class="number" data-name="Median days">
                {value(medianDays)}
              </td>
              <td class="number" data-name="Longest">
                {value(longestDays)}
              </td>
              <td class="number" data-name="Installed">
                {counted(patches)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
