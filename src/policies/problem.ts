/** A problem of a policy document, where it is and what to do about it. */
export interface PolicyProblem {
  file: string;
  /** Both from 1. */
  line: number;
  column: number;
  /** Where in the document: `patches.rules[0].approveAfter`; empty: the document itself. */
  path: string;
  /** What stands there, shortened, without what may be a secret. */
  found: string;
  /** What may stand there. */
  allowed: string;
  /** What is wrong with it. */
  message: string;
}

/** Problems of one kind that are told; the others show once these are mended. Placing each takes time. */
export const MAX_TOLD = 100;

/** One line for people and editors: `file:line:column: path: what is wrong (found …; allowed: …)`. */
export function formatProblem(problem: PolicyProblem): string {
  const { file, line, column, path, found, allowed, message } = problem;
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message} (found ${found}; allowed: ${allowed})`;
}

/** `['patches', 'rules', 0, 'name']` as `patches.rules[0].name`; keys that are no plain words are quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => {
      if (typeof key === 'number') return `[${key}]`;
      const word = String(key);
      if (!/^[A-Za-z][\w-]*$/.test(word)) return `[${JSON.stringify(word)}]`;
      return at === 0 ? word : `.${word}`;
    })
    .join('');
}
