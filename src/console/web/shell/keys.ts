/** Keys that work on every page. A page says which of its links `j` and `k` walk by `data-row` on them. */

export const KEYS: { keys: string[]; does: string }[] = [
  { keys: ['/'], does: 'search or filter' },
  { keys: ['j', 'k'], does: 'next and previous row of the list' },
  { keys: ['↓', '↑'], does: 'the same, once a row has the focus' },
  { keys: ['Enter'], does: 'open the row' },
  { keys: ['+', '−'], does: 'in the timeline: closer, farther; 0 shows all of it' },
  { keys: ['←', '→', '↑', '↓'], does: 'in the timeline: step by step, lane by lane; with Shift it moves' },
  { keys: ['?'], does: 'this help' },
  { keys: ['Esc'], does: 'close' },
];

/** Listens for as long as the page lives. `onHelp` shows the help. */
export function listenForKeys(onHelp: () => void): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    if (act(event, onHelp)) event.preventDefault();
  };
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}

function act(event: KeyboardEvent, onHelp: () => void): boolean {
  const onRow = event.target instanceof Element && event.target.matches('[data-row]');
  switch (event.key) {
    case '?':
      onHelp();
      return true;
    case '/':
      return focused(document.querySelector('[data-search]'));
    case 'j':
      return walk(1);
    case 'k':
      return walk(-1);
    case 'ArrowDown':
      return onRow && walk(1);
    case 'ArrowUp':
      return onRow && walk(-1);
    default:
      return false;
  }
}

function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input, select, textarea, dialog, dialog *');
}

function focused(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  if (element instanceof HTMLInputElement) element.select();
  return true;
}

function walk(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll('[data-row]')];
  const at = document.activeElement === null ? -1 : rows.indexOf(document.activeElement);
  return focused(rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]);
}
