/** Reads a policy from YAML (JSON is YAML too) and says everything that is wrong with it, with positions. */
import {
  Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  visit,
} from 'yaml';
import type * as z from 'zod';
import { normalize } from './normalize.ts';
import type { Policy } from './policy.ts';
import { formatPath, MAX_TOLD, type PolicyProblem } from './problem.ts';
import { relationProblems } from './relations.ts';
import { policyDocument, policyJsonSchema } from './schema.ts';
import { nearest } from './suggestion.ts';
import { redactUrl } from './url.ts';

const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 50;
/** Aliases that a policy may have, and nodes that they may add up to, as the `yaml` library counts them. */
const MAX_ALIASES = 100;

/** Characters of the longest value of which the beginning is shown: what may be secret in it is looked for in all of it. */
const MAX_SHOWN = 2000;

type Path = readonly PropertyKey[];
type Found = Omit<PolicyProblem, 'file' | 'line' | 'column'> & { offset: number };

/**
 * The policy that `text` says, or every problem that keeps it from being one, in the order of the text. `file` is only
 * named in problems, never read.
 */
export function parsePolicy(text: string, file: string): { policy: Policy } | { problems: PolicyProblem[] } {
  const lines = new LineCounter();
  const { policy, found } = new TextEncoder().encode(text).length > MAX_BYTES ? tooLarge() : read(text, lines);
  if (policy !== undefined) return { policy };
  const problems = found
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, ...problem }) => {
      const { line, col } = lines.linePos(offset);
      return { file, line: Math.max(1, line), column: Math.max(1, col), ...problem };
    });
  return { problems };
}

type Reading = { policy?: Policy; found: Found[] };

function tooLarge(): Reading {
  const allowed = `up to ${MAX_BYTES / 1024} KiB`;
  return { found: [{ offset: 0, path: '', found: 'more', allowed, message: 'the policy is too large' }] };
}

function read(text: string, lines: LineCounter): Reading {
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The library compares each key with all before it; duplicateKeys takes them one by one.
    uniqueKeys: false,
    // A tag makes of a section something that reads as an empty one.
    resolveKnownTags: false,
    schema: 'core',
    logLevel: 'error',
  });
  const found = syntaxProblems(document);
  const broken = document.errors.length > 0;
  const unsafe = broken ? [] : structureProblems(document);
  found.push(...unsafe);
  if (broken || unsafe.length > 0) return { found };
  found.push(...duplicateKeys(document));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { found: [...found, tooManyAliases(0)] };
  }
  const result = policyDocument.safeParse(value);
  if (!result.success) found.push(...schemaProblems(result.error.issues, document, value));
  for (const { path, isKey, message, allowed } of relationProblems(value).slice(0, MAX_TOLD)) {
    const offending = isKey ? path.at(-1) : valueAt(value, path);
    const place = at(document, path, isKey ? 'key' : 'value');
    found.push({ ...place, path: formatPath(path), found: shown(offending, path), allowed, message });
  }
  return result.success && found.length === 0 ? { policy: normalize(result.data), found } : { found };
}

function yamlProblem(offset: number, message: string, allowed: string): Found {
  return { offset, path: '', found: 'this', allowed, message };
}

function syntaxProblems(document: Document.Parsed): Found[] {
  return [...document.errors, ...document.warnings].slice(0, MAX_TOLD).map(({ code, pos, message }) => {
    if (code === 'RESOURCE_EXHAUSTION') return tooDeep(pos[0]);
    const allowed = code === 'MULTIPLE_DOCS' ? 'one document' : 'YAML 1.2';
    return yamlProblem(pos[0], `not readable as YAML: ${message}`, allowed);
  });
}

function tooManyAliases(offset: number): Found {
  return yamlProblem(offset, 'aliases multiply without measure', `${MAX_ALIASES} aliases`);
}

function tooDeep(offset: number): Found {
  return yamlProblem(offset, 'the document is nested too deeply', `${MAX_DEPTH} levels`);
}

/** What is YAML, but must not get as far as being read: it would hang, overflow or lie. */
function structureProblems(document: Document.Parsed): Found[] {
  const found: Found[] = [];
  // Of another version `yes` is true, and `1:1` is 61.
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2')
    found.push(yamlProblem(0, `YAML ${document.directives.yaml.version} is read otherwise`, 'YAML 1.2'));
  // What an alias means is the last anchor of its name before it. The library looks through the whole document for each.
  const anchored = new Map<string, Node>();
  let aliases = 0;
  visit(document, (_key, node, ancestors) => {
    if (ancestors.length > 2 * MAX_DEPTH) {
      found.push(tooDeep(offsetOf(node)));
      return visit.BREAK;
    }
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
    if (node instanceof Alias) {
      if (++aliases > MAX_ALIASES) {
        found.push(tooManyAliases(offsetOf(node)));
        return visit.BREAK;
      }
      const target = anchored.get(node.source);
      if (target === undefined)
        found.push(
          yamlProblem(
            offsetOf(node),
            `no anchor &${node.source} stands before this alias`,
            'an anchor that stands before it',
          ),
        );
      else if (ancestors.includes(target))
        found.push(yamlProblem(offsetOf(node), 'this alias contains itself', 'an alias of something finished'));
    }
    if (node instanceof Pair && isScalar(node.key) && node.key.value === '__proto__') {
      found.push(yamlProblem(offsetOf(node.key), '__proto__ is no key', 'another name'));
    }
    return undefined;
  });
  return found;
}

function duplicateKeys(document: Document.Parsed): Found[] {
  const found: Found[] = [];
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push(yamlProblem(offsetOf(key), 'this key stands here twice', 'each key once'));
        seen.add(key.value);
      }
      return found.length < MAX_TOLD ? undefined : visit.BREAK;
    },
  });
  return found.slice(0, MAX_TOLD);
}

function schemaProblems(issues: z.core.$ZodIssue[], document: Document.Parsed, value: unknown): Found[] {
  const reported = new Set<string>();
  let unknown = 0;
  return issues.slice(0, MAX_TOLD).flatMap((issue): Found[] => {
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.slice(0, MAX_TOLD - unknown);
      unknown += keys.length;
      return keys.map((key) => unknownKey([...issue.path, key], document));
    }
    const path = formatPath(issue.path);
    if (reported.has(path)) return [];
    reported.add(path);
    if (issue.code === 'invalid_key') {
      const key = String(issue.path.at(-1));
      const [first] = issue.issues;
      const allowed = first?.message ?? '';
      return [{ ...at(document, issue.path, 'key'), path, found: JSON.stringify(key), allowed, message: 'not a name' }];
    }
    const offending = valueAt(value, issue.path);
    return [{ ...at(document, issue.path), path, found: shown(offending, issue.path), ...explained(issue, offending) }];
  });
}

function unknownKey(path: Path, document: Document.Parsed): Found {
  const key = String(path.at(-1));
  const known = keysAt(path.slice(0, -1));
  const meant = nearest(key, known);
  return {
    ...at(document, path, 'key'),
    path: formatPath(path),
    found: JSON.stringify(key),
    allowed: known.join(', '),
    message: meant === undefined ? 'unknown key' : `unknown key; did you mean ${meant}?`,
  };
}

function explained(issue: z.core.$ZodIssue, value: unknown): { message: string; allowed: string } {
  if (issue.code === 'custom') return { message: issue.message, allowed: String(issue.params?.allowed ?? '') };
  const allowed = issue.message;
  if (value === undefined) return { message: 'it is missing', allowed };
  if (value === null) return { message: 'nothing stands here', allowed };
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    return { message: meant === undefined ? 'not allowed here' : `not allowed here; did you mean ${meant}?`, allowed };
  }
  return { message: 'not allowed here', allowed };
}

let described: z.core.JSONSchema.JSONSchema | undefined;

/** The keys that the section at `path` may have. */
function keysAt(path: Path): string[] {
  described ??= policyJsonSchema();
  let schema: z.core.JSONSchema._JSONSchema | undefined = described;
  for (const key of path) {
    if (typeof schema !== 'object') return [];
    const { items, properties, additionalProperties }: z.core.JSONSchema.BaseSchema = schema;
    schema =
      typeof key === 'number'
        ? Array.isArray(items)
          ? undefined
          : items
        : (properties?.[String(key)] ?? additionalProperties);
  }
  return typeof schema === 'object' ? Object.keys(schema.properties ?? {}) : [];
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** Where the value (or the key) at `path` stands; where there is none, where the section stands that lacks it. */
function at(document: Document.Parsed, path: Path, side: 'value' | 'key' = 'value'): { offset: number } {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const [index, key] of path.entries()) {
    if (node instanceof Alias) node = node.resolve(document);
    if (isSeq(node)) node = node.items[Number(key)];
    else if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        ({ key: each }) => isScalar(each) && String(each.value) === String(key),
      );
      if (pair === undefined) break;
      const last = index === path.length - 1;
      offset = offsetOf(pair.key);
      node = last && side === 'key' ? pair.key : pair.value;
    }
    offset = rangeStart(node) ?? offset;
  }
  return { offset };
}

function rangeStart(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range?.[0] : undefined;
}

function offsetOf(node: unknown): number {
  return rangeStart(node) ?? 0;
}

/** A value as a problem shows it. Headers hold credentials and webhook URLs are secrets themselves: neither is shown. */
function shown(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty section' : 'a section';
  if (path.includes('headers')) return `a ${typeof value}`;
  // A webhook whose scheme was forgotten is as secret as one that has it.
  if (path[0] === 'notify' && typeof value === 'string' && !/^(https?:\/\/|arn:)/i.test(value)) return 'a text';
  if (typeof value === 'string' && value.length > MAX_SHOWN) return `a text of ${value.length} characters`;
  const text = typeof value === 'string' ? JSON.stringify(redactUrl(value, path[0] === 'notify')) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
