/** Sentences in which instances and runs are named, and where those stand. */
import { pathOf } from '../../navigation/path.ts';

export interface TextPart {
  text: string;
  /** Where what it names stands; absent: it is only text. */
  href?: string;
}

const NAMED = /\b(?:i-[0-9a-f]{8,17}|\d{8}-\d{6}-[0-9a-f]+)\b/g;

/** `text` in parts: the instances of run `runId`, and other runs, lead to their pages. */
export function partsOf(text: string, runId: string, instanceIds: ReadonlySet<string>): TextPart[] {
  const parts: TextPart[] = [];
  let behind = 0;
  for (const { 0: name, index } of text.matchAll(NAMED)) {
    const href = hrefOf(name, runId, instanceIds);
    if (href === undefined) continue;
    if (index > behind) parts.push({ text: text.slice(behind, index) });
    parts.push({ text: name, href });
    behind = index + name.length;
  }
  if (behind < text.length) parts.push({ text: text.slice(behind) });
  return parts;
}

function hrefOf(name: string, runId: string, instanceIds: ReadonlySet<string>): string | undefined {
  if (name === runId) return undefined;
  if (!name.startsWith('i-')) return pathOf('runs', name);
  return instanceIds.has(name) ? pathOf('runs', runId, 'instances', name) : undefined;
}
