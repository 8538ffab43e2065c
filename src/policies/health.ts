/** A health check as people write it, and the values of it that need reading: status codes, body, latency. */
import * as z from 'zod';
import { parseDuration } from './duration.ts';
import { duration, named, section, shaped, text, whole, yesOrNo } from './fields.ts';

import { regexProblem } from './pattern.ts';
import type { HealthCheck } from './policy.ts';
import { URL_ALLOWED, urlTemplateProblem } from './url.ts';

/** Inclusive ranges of status codes from `200`, `"200-299"` or `"200,204"`; undefined when it is none of these. */
export function parseStatus(status: string | number): HealthCheck['status'] | undefined {
  const ranges = [];
  for (const part of String(status).split(',')) {
    const [, from, to] = /^\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    ranges.push({ from: Number(from), to: Number(to ?? from) });
  }
  return ranges;
}

/** Why status codes may not be used, or undefined when they may. */
export function statusProblem(status: string | number): string | undefined {
  const ranges = parseStatus(status);
  if (ranges === undefined) return 'these are no status codes';
  if (ranges.some(({ from, to }) => from < 100 || to > 599)) return 'there is no such status code';
  const backwards = ranges.find(({ from, to }) => from > to);
  return backwards === undefined ? undefined : `${backwards.from}-${backwards.to} runs backwards`;
}

/** Why the body of a health check may not be used, or undefined when it may. */
export function bodyProblem(body: string): string | undefined {
  if (body.length > 1000) return 'longer than 1000 characters';
  if (/^\/.+\/[a-z]+$/.test(body)) return 'flags after the slash are not taken; write (?i:…) inside the expression';
  const isPattern = body.length > 2 && body.startsWith('/') && body.endsWith('/');
  return isPattern ? regexProblem(body.slice(1, -1)) : undefined;
}

const HEADER_VALUE = 'a text on one line, in ASCII or Latin-1';

/** One HTTP check of each instance. */
export const healthCheck = section({
  url: text(URL_ALLOWED, urlTemplateProblem, 2048).describe(
    'What to ask of each instance; {privateIp} {publicIp} {instanceId} {privateDnsName} are filled in.',
  ),
  status: z
    .union([z.int(), z.string()], { error: 'a status code (200), a range ("200-299") or several ("200,204")' })
    .superRefine((status, context) => {
      const message = statusProblem(status);
      if (message !== undefined)
        context.addIssue({
          code: 'custom',
          message,
          params: { allowed: 'status codes from 100 to 599: 200, "200-299" or "200,204"' },
        });
    })
    .default('200-299')
    .describe('Status codes of a healthy answer.'),
  body: z
    .string({ error: 'a text, or a regular expression between slashes' })
    .superRefine((body, context) => {
      const message = bodyProblem(body);
      if (message !== undefined)
        context.addIssue({
          code: 'custom',
          message,
          params: {
            allowed:
              'a text of up to 1000 characters, or a regular expression between slashes without nested repetition',
          },
        });
    })
    .default('')
    .describe('Text that a healthy answer contains; between slashes: a regular expression; empty: any.'),
  json: named(
    shaped('a JSON pointer: empty, or beginning with a slash', /^(?:\/(?:[^~/]|~[01])*)*$/),
    z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'a text, a number, true, false or null' }),
    'JSON pointers, each with the value it must have',
  )
    .default({})
    .describe('JSON pointers (RFC 6901) into the answer and the values they must have.'),
  headers: named(
    shaped('the name of an HTTP header', /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/),
    z
      .string({ error: HEADER_VALUE })
      // What Node sends, and refuses to send otherwise: no control characters but tabs, nothing beyond Latin-1.
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: HEADER_VALUE }),
    'HTTP headers, each with a value',
  )
    .default({})
    .describe('HTTP headers of the request.'),
  consecutive: whole(1, 100).default(3).describe('Healthy answers in a row that count as healthy.'),
  interval: duration('1s', '1h').default('5s').describe('Time between two requests.'),
  timeout: duration('1s', '10m').default('2s').describe('How long one answer may take.'),
  within: duration('1s', '1d').default('5m').describe('How long until the instance must be healthy.'),
  maxLatency: shaped('a time as 500ms or 2s', /^\d{1,6}(?:ms|s)$/)
    .optional()
    .describe('The slowest answer that still counts as healthy, as 500ms or 2s.'),
  followRedirects: yesOrNo().default(false).describe('Follow redirects instead of judging them.'),
  insecure: yesOrNo()
    .default(false)
    .describe("Accept a certificate that does not verify: an instance's own name seldom has one."),
}).superRefine((check, context) => {
  // zod asks this even where one of the durations is none: that was said already, and nothing follows from it.
  const [interval, within, timeout] = [check.interval, check.within, check.timeout].map(parseDuration);
  if (interval === undefined || within === undefined || timeout === undefined) return;
  if (interval * check.consecutive > within) {
    context.addIssue({
      code: 'custom',
      path: ['within'],
      message: `${check.consecutive} answers, ${check.interval} apart, never fit into ${check.within}`,
      params: { allowed: 'at least interval × consecutive' },
    });
  }
  if (check.maxLatency !== undefined && latencyMs(check.maxLatency) > timeout * 1000) {
    context.addIssue({
      code: 'custom',
      path: ['maxLatency'],
      message: `an answer is given up after the timeout of ${check.timeout}`,
      params: { allowed: 'at most the timeout' },
    });
  }
});

/** The milliseconds of `500ms` or `2s`. */
export function latencyMs(latency: string): number {
  return Number.parseInt(latency, 10) * (latency.endsWith('ms') ? 1 : 1000);
}
