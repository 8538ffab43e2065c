/** A box to search in: `/` leads to it, and what is typed counts after a short pause. */
import { useEffect, useRef, useState } from 'preact/hooks';

export interface SearchBoxProps {
  label: string;
  /** Stands in the box while it is empty. */
  hint: string;
  /** What is searched for now. */
  value: string;
  onChange: (text: string) => void;
}

const TYPING_PAUSE_MS = 200;

/** What is typed is kept when `value` comes to say the same, and replaced when it comes to say something else. */
export function SearchBox({ label, hint, value, onChange }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const said = useRef(value);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => {
    if (value !== said.current) setText(value);
    said.current = value;
  }, [value]);
  useEffect(() => {
    const asked = text.trim();
    if (asked === said.current) return;
    const timer = setTimeout(() => {
      said.current = asked;
      change.current(asked);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="search">
      <svg
        width="1rem"
        height="1rem"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        aria-hidden="true"
      >
        <circle cx="7" cy="7" r="4.6" />
        <path d="M10.5 10.5L14 14" stroke-linecap="round" />
      </svg>
      <input
        type="search"
        data-search
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={hint}
        maxLength={200}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </div>
  );
}
