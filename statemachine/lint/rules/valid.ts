/** What Step Functions would refuse outright. */
import validate from 'asl-validator';
import { z } from 'zod';
import type { Rule } from '../rule.ts';

/** A definition may have 1 MB. */
const MAX_BYTES = 1_000_000;

/** The validator's two kinds of errors. */
const refusal = z.union([
  z.object({ Message: z.string() }).transform(({ Message }) => Message),
  z
    .object({ instancePath: z.string(), message: z.string() })
    .transform(({ instancePath, message }) => `${instancePath} ${message}`.trim()),
]);

/** For definitions as they are deployed: a Map put together from two files must have no state's name twice. */
export const valid: Rule = ({ definition }) => {
  const { errors } = validate(structuredClone(definition));
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  const messages = [
    ...z.array(refusal).parse(errors),
    ...(bytes > MAX_BYTES ? [`it has ${bytes} bytes, and Step Functions takes ${MAX_BYTES}`] : []),
  ];
  return [...new Set(messages)].map((message) => ({ state: '', field: '', message }));
};
