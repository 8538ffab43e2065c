/**
 * Text that came from elsewhere (a patch's title, a command's output, a tag) made safe for a terminal: what could
 * move the cursor, recolour, or turn the reading direction is shown as an escape instead of obeyed. One line stays one.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The text, cut to at most so many characters. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** C0 and C1 controls, line and paragraph separators, and the marks that reorder text or have no width. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200b-\u200d\u2060-\u2069\ufeff]/gu;
