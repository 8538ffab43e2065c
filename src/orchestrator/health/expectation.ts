/** What a check expects of an answer. Pure, but for the watchdog over a pattern that does not come to an end. */
import { runInNewContext } from 'node:vm';
import { bodyPattern } from '../../policies/pattern.ts';
import type { HealthCheck } from '../../policies/policy.ts';
import type { HttpAnswer } from '../http/http.ts';
import { valueAt } from './json-pointer.ts';

/** How long a pattern may take on one body. */
const PATTERN_MS = 100;

/** What is wrong with the answer, the first thing only and without the status line; undefined when nothing is. */
export function whatIsWrong(check: HealthCheck, answer: HttpAnswer): string | undefined {
  return (
    unexpectedStatus(check, answer) ??
    tooSlow(check, answer) ??
    unexpectedBody(check, answer) ??
    unexpectedJson(check, answer)
  );
}

/** Whether the status is one that the check accepts. */
export function acceptsStatus(check: HealthCheck, status: number): boolean {
  return check.status.some(({ from, to }) => from <= status && status <= to);
}

function unexpectedStatus(check: HealthCheck, { status }: HttpAnswer): string | undefined {
  if (acceptsStatus(check, status)) return undefined;
  return `expected ${check.status.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(', ')}`;
}

function tooSlow({ maxLatencyMs }: HealthCheck, { latencyMs }: HttpAnswer): string | undefined {
  return maxLatencyMs !== undefined && latencyMs > maxLatencyMs ? `slower than ${maxLatencyMs} ms` : undefined;
}

function unexpectedBody({ body: expected }: HealthCheck, { body, truncated }: HttpAnswer): string | undefined {
  if (expected === '') return undefined;
  const part = truncated ? ` in its first ${sizeOf(body)}` : '';
  const pattern = bodyPattern(expected);
  if (pattern === undefined)
    return body.includes(expected) ? undefined : `body does not contain ${quoted(expected)}${part}`;
  const matches = matchesInTime(pattern, body);
  if (matches === 'too slow')
    return `the pattern ${expected} was not done with the body in ${PATTERN_MS} ms: simplify it`;
  if (matches === 'too large') return `the pattern ${expected} takes too much memory: simplify it`;
  return matches ? undefined : `body does not match ${expected}${part}`;
}

/**
 * Whether the pattern matches, or why that cannot be said. JavaScript's regular expressions backtrack: on a body made
 * for it even a pattern that looks harmless can take hours, and nothing else would run meanwhile.
 */
function matchesInTime(pattern: RegExp, text: string): boolean | 'too slow' | 'too large' {
  try {
    return runInNewContext('pattern.test(text)', { pattern, text }, { timeout: PATTERN_MS }) === true;
  } catch (error) {
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'too slow';
    // Of a stack that is full, or of a pattern too large to compile, which shows only when it is used.
    if (['RangeError', 'SyntaxError'].includes(Object(error).name)) return 'too large';
    throw error;
  }
}

function unexpectedJson({ json }: HealthCheck, { body, truncated }: HttpAnswer): string | undefined {
  const expectations = Object.entries(json);
  if (expectations.length === 0) return undefined;
  if (truncated) return `body exceeds ${sizeOf(body)}: its JSON is not read`;
  const document = parsed(body);
  if (document === undefined) return `body is not JSON: ${quoted(body)}`;
  for (const [pointer, expected] of expectations) {
    const found = valueAt(document, pointer);
    if (found === expected) continue;
    const name = pointer === '' ? 'the document' : pointer;
    const is = found === undefined ? 'is missing' : `is ${quoted(found)}`;
    return `${name} ${is}, expected ${JSON.stringify(expected)}`;
  }
  return undefined;
}

/** Undefined when it is not JSON, which no document of JSON is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sizeOf(body: string): string {
  return `${Math.round(Buffer.byteLength(body) / 1024)} KiB`;
}

/** As JSON, cut where a reason would get too long for a line. Of lists and sections only that: they may be nested beyond what can be written. */
function quoted(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
