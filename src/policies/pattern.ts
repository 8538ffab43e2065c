/** Patterns that a policy may hold: names with `*` and `?`, and the regular expression of a body check. */

/**
 * Whether `text` fits a pattern in which `*` stands for any characters and `?` for one. Takes time in proportion to
 * both lengths at worst, whatever the pattern: a regular expression made from it would not.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    if (pattern[from] === '*') {
      star = from++;
      mark = at;
    } else if (pattern[from] === '?' || pattern[from] === text[at]) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}

/** The regular expression of a body check, when `body` is written between slashes; undefined: it is plain text. */
export function bodyPattern(body: string): RegExp | undefined {
  return body.length > 2 && body.startsWith('/') && body.endsWith('/') ? new RegExp(body.slice(1, -1)) : undefined;
}

const MAX_LENGTH = 200;
const MAX_UNBOUNDED = 3;

/**
 * Why a regular expression may not be used, or undefined when it may. JavaScript's engine backtracks, and an answer
 * that an instance gives must not be able to hold up a rollout: repetitions inside repetitions, alternatives inside
 * repetitions and back-references are where the time explodes. What remains is polynomial of a low degree, so the
 * reader of the body must still bound its length.
 */
export function regexProblem(source: string): string | undefined {
  if (source.length > MAX_LENGTH) return `the regular expression is longer than ${MAX_LENGTH} characters`;
  try {
    new RegExp(source);
  } catch (error) {
    return `it is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
  return backtracking(source);
}

interface Group {
  repeats: boolean;
  alternatives: boolean;
}

const QUANTIFIER = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/;

/** Walks a valid regular expression once, keeping what each open group holds. */
function backtracking(source: string): string | undefined {
  const open: Group[] = [{ repeats: false, alternatives: false }];
  let unbounded = 0;
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    let closed: Group | undefined;
    if (char === '\\') {
      if (/^\\(?:[1-9]|k<)/.test(source.slice(at))) return 'a back-reference can take time without end';
      at += 2;
    } else if (char === '[') {
      at = afterClass(source, at);
    } else if (char === '(') {
      open.push({ repeats: false, alternatives: false });
      at += (/^\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z-]+:))?/.exec(source.slice(at)) ?? ['('])[0].length;
      continue;
    } else if (char === '|') {
      inner(open).alternatives = true;
      at++;
      continue;
    } else {
      if (char === ')') closed = open.pop();
      at++;
    }
    const [quantifier = '', low, comma, high] = QUANTIFIER.exec(source.slice(at)) ?? [];
    at += quantifier.length;
    const repeats = quantifier !== '' && !quantifier.startsWith('?') && quantifier !== '{0,1}' && quantifier !== '{1}';
    const endless = /^[*+]/.test(quantifier) || (low !== undefined && comma !== undefined && high === '');
    if (repeats && closed?.repeats) return 'a repetition inside a repetition can take time without end';
    if (repeats && closed?.alternatives) return 'alternatives inside a repetition can take time without end';
    if (endless && ++unbounded > MAX_UNBOUNDED) return `more than ${MAX_UNBOUNDED} unbounded repetitions`;
    const outer = inner(open);
    outer.repeats ||= repeats || (closed?.repeats ?? false);
    outer.alternatives ||= closed?.alternatives ?? false;
  }
  return undefined;
}

function inner(open: Group[]): Group {
  return open.at(-1) ?? { repeats: false, alternatives: false };
}

/** The position after a character class that begins at `at`. */
function afterClass(source: string, at: number): number {
  let end = at + 1;
  while (end < source.length && source[end] !== ']') end += source[end] === '\\' ? 2 : 1;
  return end + 1;
}
