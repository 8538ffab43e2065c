/** What is around every page: its head, its way to the other pages, and whether it is live. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../controls/dialog.tsx';
import { live } from '../data/live.ts';
import { useStore } from '../data/store.ts';
import { usePlace } from '../navigation/place.ts';
import { Time } from '../time/time.tsx';
import { KEYS, listenForKeys } from './keys.ts';

const NAV = [
  { href: '/', word: 'Runs', holds: (path: string) => path === '/' || path.startsWith('/runs') },
  { href: '/exposure', word: 'Exposure', holds: (path: string) => path === '/exposure' },
  { href: '/policy', word: 'Policy', holds: (path: string) => path === '/policy' },
];

/** The frame of a page. */
export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = usePlace();
  const [help, setHelp] = useState(false);
  useEffect(() => listenForKeys(() => setHelp(true)), []);
  useFocusOnHeading(path);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="masthead">
        <div class="masthead-row">
          <a class="brand" href="/" aria-label="Drydock">
            <Mark />
            <span>Drydock</span>
          </a>
          <nav aria-label="Pages">
            <ul>
              {NAV.map(({ href, word, holds }) => (
                <li key={href}>
                  <a href={href} aria-current={holds(path) ? 'page' : undefined}>
                    {word}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div class="masthead-end">
            <LiveSign />
            <button
              type="button"
              class="quiet round help-button"
              aria-label="Keyboard help"
              onClick={() => setHelp(true)}
            >
              ?
            </button>
          </div>
        </div>
      </header>
      <LostNotice />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      {help ? <Help onClose={() => setHelp(false)} /> : null}
    </>
  );
}

/** After a step to another page its heading has the focus, so that a screen reader begins there. */
function useFocusOnHeading(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) document.querySelector('h1')?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
}

/** A ship between the walls of a dock. */
function Mark() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      aria-hidden="true"
    >
      <path d="M2 5v13a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V5" stroke-linecap="round" stroke-linejoin="round" />
      <path d="M6 11h12l-2.2 5H8.2zM12 11V5l4 3.4" fill="currentColor" stroke-linejoin="round" stroke-width="1.4" />
    </svg>
  );
}

const LIVE_WORDS = { connecting: 'Connecting', live: 'Live', lost: 'Not live' };

function LiveSign() {
  const { is } = useStore(live);
  return (
    <span class="live" data-live={is}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {is === 'lost' ? (
          <path d="M2 2l6 6m0-6l-6 6" stroke="currentColor" stroke-width="2" />
        ) : (
          <circle cx="5" cy="5" r="4" fill="currentColor" />
        )}
      </svg>
      <span>{LIVE_WORDS[is]}</span>
    </span>
  );
}

function LostNotice() {
  const state = useStore(live);
  return (
    <div role="status">
      {state.is === 'lost' ? (
        <div class="lost">
          <p>
            Not live since <Time at={state.since} as="clock" />, trying again. What is shown is as of then.
          </p>
        </div>
      ) : null}
    </div>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="help-keys">
        {KEYS.map(({ keys, does }) => (
          <>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </>
        ))}
      </dl>
      <div class="dialog-foot">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
