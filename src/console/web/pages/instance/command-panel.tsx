/** The command that patched an instance, and the end of what it wrote. */
import type { InstanceDocument } from '../../../api/shapes.ts';
import { Nothing } from '../../states/states.tsx';
import type { Look } from '../../status/looks.ts';
import { Labelled } from '../../status/status.tsx';

type Command = NonNullable<InstanceDocument['command']>;

/** Null: none was sent; while it `goesOn`, not yet. */
export function CommandPanel({ command, goesOn }: { command: Command | null; goesOn: boolean }) {
  return (
    <section class="panel" aria-labelledby="command">
      <div class="panel-head">
        <h2 id="command">Patch command</h2>
        {command === null ? null : <Labelled look={lookOf(command)} />}
      </div>
      {command === null ? (
        <Nothing title={goesOn ? 'No command was sent yet' : 'No command was sent'}>
          <p>{goesOn ? 'It shows here once it is.' : 'The run did not come to patch this instance.'}</p>
        </Nothing>
      ) : (
        <div class="command">
          <p class="small">
            {command.id === null ? null : <span class="mono">{command.id}</span>}
            {command.detail === '' || command.detail === command.status ? null : (
              <span class="muted"> {command.detail}</span>
            )}
          </p>
          <Written name="Output" text={command.tail} />
          <Written name="Errors" text={command.errors} />
          {command.tail === '' && command.errors === '' ? (
            <p class="muted small">It wrote nothing that is kept.</p>
          ) : null}
        </div>
      )}
    </section>
  );
}

function lookOf({ status }: Command): Look {
  if (status === 'Success') return { word: 'succeeded', shape: 'check', tone: 'ok' };
  if (/^(Pending|InProgress|Delayed|Sent)$/.test(status)) {
    return { word: status === 'InProgress' ? 'in progress' : status.toLowerCase(), shape: 'turning', tone: 'busy' };
  }
  if (status === 'Unknown') return { word: 'unknown', shape: 'dash', tone: 'quiet' };
  return { word: status.toLowerCase(), shape: 'cross', tone: 'bad' };
}

function Written({ name, text }: { name: string; text: string }) {
  if (text === '') return null;
  return (
    <div class="written">
      <h3>{name}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keys */}
      <section class="written-text" tabIndex={0} aria-label={name}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
