/** The key facts of a run, side by side. */
import type { ComponentChildren } from 'preact';
import type { RunDocument } from '../../../api/shapes.ts';
import { OutcomeBar, OutcomeCounts, StatusShape } from '../../status/status.tsx';
import { counted, tallyOf } from '../../status/tally.ts';
import { duration } from '../../time/format.ts';
import { shownWaves, type WaveState, waveStates } from './waves.ts';

const MOST_WAVES = 7;

/** `now`: the runs' clock, in ms since 1970. */
export function Facts({ run, now }: { run: RunDocument; now: number }) {
  return (
    <dl class="facts panel">
      <Fact name="Instances" class="facts-wide">
        <OutcomeBar tally={tallyOf(run.instances)} />
        <OutcomeCounts tally={tallyOf(run.instances)} words />
      </Fact>
      <Fact name="Waves" class="facts-wide">
        <Waves run={run} now={now} />
      </Fact>
      <Fact name="In service">
        <InService run={run} />
      </Fact>
      <Fact name="Duration">
        <Took run={run} now={now} />
      </Fact>
    </dl>
  );
}

function Fact(props: { name: string; class?: string; children: ComponentChildren }) {
  return (
    <div class={props.class}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Waves({ run, now }: { run: RunDocument; now: number }) {
  const { before, shown, after } = shownWaves(waveStates(run.waves, run.instances), MOST_WAVES);
  return (
    <>
      <ol class="waves">
        {before > 0 ? <li class="muted">{before} before</li> : null}
        {shown.map((wave) => (
          <Wave key={wave.number} wave={wave} />
        ))}
        {after > 0 ? <li class="muted">{after} more</li> : null}
      </ol>
      {run.bakeUntil === null || run.endedAt !== null ? null : (
        <p class="facts-under">baking, {duration(Date.parse(run.bakeUntil) - now)} left</p>
      )}
    </>
  );
}

function Wave({ wave: { name, look, words } }: { wave: WaveState }) {
  return (
    <li class="wave" data-tone={look.tone}>
      <StatusShape look={look} /> {name}
      <span class="muted">{words}</span>
    </li>
  );
}

function InService({ run: { capacity } }: { run: RunDocument }) {
  const { desired, floor, inService } = capacity;
  if (inService === null) return <Big big={`${counted(desired)} desired`} under={`never below ${counted(floor)}`} />;
  const undercut = inService < floor;
  return (
    <Big
      big={`${counted(inService)} of ${counted(desired)}`}
      under={undercut ? `below the floor of ${floor}` : `never below ${counted(floor)}`}
      {...(undercut ? { tone: 'bad' } : {})}
    />
  );
}

function Took({ run, now }: { run: RunDocument; now: number }) {
  const began = Date.parse(run.startedAt);
  const took = (run.endedAt === null ? now : Date.parse(run.endedAt)) - began;
  const estimate = run.estimateSeconds === null ? undefined : run.estimateSeconds * 1000;
  if (estimate === undefined) return <Big big={duration(took)} under={run.endedAt === null ? 'so far' : ''} />;
  if (run.endedAt !== null) return <Big big={duration(took)} under={`estimated ${duration(estimate)}`} />;
  const left = estimate - took;
  const under = left > 0 ? `about ${duration(left)} left` : `${duration(-left)} longer than estimated`;
  return <Big big={duration(took)} under={under} />;
}

function Big({ big, under, tone }: { big: string; under: string; tone?: string }) {
  return (
    <>
      <span class="facts-big" data-tone={tone}>
        {big}
      </span>
      <span class="facts-under">{under}</span>
    </>
  );
}
