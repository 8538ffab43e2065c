/** Marks in a text that turn its reading direction, or have no width: a name could read as another by them. */
const UNSEEN = /[\p{Bidi_Control}\u2028\u2029\u200b-\u200d\u2060-\u2069\ufeff]/gu;

/** JSON with such marks shown as escapes in its texts, as the command line shows them, instead of obeyed. */
export function visible(json: string): string {
  return json.replace(UNSEEN, (mark) => `\\\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
