/** A sentence of the policy or the command line on a page: its times in the reader's zone, and its runs within reach. */
import { Time } from '../../time/time.tsx';
import { partsOf } from '../run/linked.ts';

const TIMES = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;
const NO_INSTANCES = new Set<string>();

/** `now`: what times are short by, in ms since 1970. */
export function Sentence({ text, now }: { text: string; now: number }) {
  return (
    <>
      {partsOf(text, '', NO_INSTANCES).map(({ text: part, href }, at) =>
        href === undefined ? (
          <Timed key={at} text={part} now={now} />
        ) : (
          <a key={href} class="named" href={href}>
            {part}
          </a>
        ),
      )}
    </>
  );
}

function Timed({ text, now }: { text: string; now: number }) {
  return (
    <>
      {text.split(TIMES).map((part) => (TIMES.test(part) ? <Time key={part} at={part} now={now} as="short" /> : part))}
    </>
  );
}
