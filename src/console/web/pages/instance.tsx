/** An instance in a run: what was done to it, how its checks went, and why it ended as it did. */
import type { ComponentChildren } from 'preact';
import type { InstanceDocument } from '../../api/shapes.ts';
import { useData } from '../data/use-data.ts';
import { pathOf, withQuery } from '../navigation/path.ts';
import { Crumbs } from '../shell/crumbs.tsx';
import { Heading } from '../shell/heading.tsx';
import { Notice, Shown } from '../states/states.tsx';
import { OUTCOME_LOOKS } from '../status/looks.ts';
import { Labelled } from '../status/status.tsx';
import { duration } from '../time/format.ts';
import { Time } from '../time/time.tsx';
import { useRunClock } from '../time/use-clock.ts';
import { ChecksPanel } from './instance/checks-panel.tsx';
import { CommandPanel } from './instance/command-panel.tsx';
import { PatchesPanel } from './instance/patches-panel.tsx';
import { StepsPanel } from './instance/steps-panel.tsx';

/** The instance of that id in the run of that id. */
export function InstancePage({ runId, instanceId }: { runId: string; instanceId: string }) {
  const loaded = useData<InstanceDocument>(`/api${pathOf('runs', runId, 'instances', instanceId)}`, { runId });
  const { data } = loaded;
  return (
    <>
      <div class="run-head">
        <div class="run-title">
          <Crumbs above={aboveInstance(runId)} here={instanceId} />
          <div class="run-name">
            <Heading title={`${instanceId} in run ${runId}`}>{instanceId}</Heading>
            {data === undefined ? null : <Labelled look={OUTCOME_LOOKS[data.instance.outcome]} pill />}
          </div>
          {data === undefined ? null : <About document={data} />}
        </div>
        {data === undefined ? null : <Links links={data.links} />}
      </div>
      <Shown of={loaded} what="the instance">
        {(document) => <Whole document={document} />}
      </Shown>
    </>
  );
}

/** The pages above one in a run. */
export function aboveInstance(runId: string) {
  return [
    { href: '/', word: 'Runs' },
    { href: pathOf('runs', runId), word: runId },
  ];
}

function About({ document: { group, environment, region, instance } }: { document: InstanceDocument }) {
  const { wave, az, operatingSystem, privateIp } = instance;
  return (
    <ul class="run-about">
      <li>
        <a href={withQuery('/', { group })}>{group}</a>{' '}
        <a class="tag" href={withQuery('/', { environment })}>
          {environment}
        </a>
      </li>
      <li>wave {wave}</li>
      <li>{az === '' ? region : az}</li>
      {operatingSystem === null ? null : <li>{operatingSystem}</li>}
      {privateIp === null ? null : <li class="mono">{privateIp}</li>}
    </ul>
  );
}

function Links({ links }: Pick<InstanceDocument, 'links'>) {
  if (links.length === 0) return null;
  return (
    <nav class="actions not-printed" aria-label="In the AWS console">
      <div class="actions-row">
        {links.map(({ label, url }) => (
          <a key={url} class="button" href={url} target="_blank" rel="noopener noreferrer">
            {label}
            <svg
              width="0.75rem"
              height="0.75rem"
              viewBox="0 0 12 12"
              fill="none"
              stroke="currentColor"
              aria-hidden="true"
            >
              <path d="M4 2H2v8h8V8M6.5 1.8h3.7v3.7M10 2L5.5 6.5" stroke-width="1.4" />
            </svg>
            <span class="unseen"> in the AWS console, in a new tab</span>
          </a>
        ))}
      </div>
    </nav>
  );
}

function Whole({ document }: { document: InstanceDocument }) {
  const { instance, steps, checks, command, patches } = document;
  const goesOn = instance.outcome === 'patching' || instance.outcome === 'pending';
  const now = useRunClock(document.now, goesOn);
  return (
    <div class="sections">
      <div>
        <Why instance={instance} />
        <Facts document={document} now={now} />
      </div>
      <StepsPanel steps={steps} now={now} />
      <div class="columns">
        <ChecksPanel checks={checks} />
        <CommandPanel command={command} goesOn={goesOn} />
      </div>
      <PatchesPanel patches={patches} now={now} />
    </div>
  );
}

function Why({ instance: { outcome, reason, changed } }: Pick<InstanceDocument, 'instance'>) {
  if (reason === undefined) return null;
  return (
    <Notice
      tone={OUTCOME_LOOKS[outcome].tone}
      what={reason}
      next={changed === undefined ? undefined : <Changed changed={changed} />}
    />
  );
}

/** `nothing`, `unknown`, or the titles of what was installed by the time that it was rolled back. */
function Changed({ changed }: { changed: string }) {
  const titles = changed.split(', ');
  if (titles.length <= 3) return <>By then the patch had changed: {changed}.</>;
  return (
    <details class="changed">
      <summary>By then the patch had changed {titles.length} packages</summary>
      <ul class="mono small">
        {titles.map((title) => (
          <li key={title}>{title}</li>
        ))}
      </ul>
    </details>
  );
}

function Facts({ document, now }: { document: InstanceDocument; now: number }) {
  const { instance, snapshotId, checks, command } = document;
  const failed = checks.filter(({ healthy }) => !healthy).length;
  return (
    <dl class="facts panel">
      <Fact name={instance.endedAt === null ? 'So far' : 'Took'}>
        <Took instance={instance} now={now} />
      </Fact>
      <Fact name="Health checks">
        <span class="facts-big" data-tone={failed > 0 ? 'bad' : undefined}>
          {checks.length === 0 ? 'none' : `${checks.length - failed} of ${checks.length} healthy`}
        </span>
      </Fact>
      <Fact name="Patch command">
        <span class="facts-big">{command === null ? 'none' : command.status}</span>
      </Fact>
      <Fact name="Snapshot before the patch">
        <span class="mono">{snapshotId ?? 'none'}</span>
        {instance.rootVolumeId === null ? null : (
          <span class="facts-under">
            of <span class="mono">{instance.rootVolumeId}</span>
          </span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Took({ instance: { startedAt, endedAt }, now }: Pick<InstanceDocument, 'instance'> & { now: number }) {
  if (startedAt === null) return <span class="facts-big">not begun</span>;
  const until = endedAt === null ? now : Date.parse(endedAt);
  return (
    <>
      <span class="facts-big">{duration(until - Date.parse(startedAt))}</span>
      <span class="facts-under">
        from <Time at={startedAt} now={now} as="short" />
      </span>
    </>
  );
}
