/**
 * A plan that was made before and comes back from a file. Only what tells whether it still holds is read of it: what a
 * run then carries out is the plan made afresh, so that nobody can put into a file what the policy does not say.
 */
import { z } from 'zod';
import { DrydockError, EXIT } from '../errors.ts';

const instance = z.object({ instanceId: z.string() });
/** Titles: on Linux an id is a package, whatever its version. */
const patched = instance.extend({ patches: z.array(z.object({ title: z.string() })) });

const madePlan = z.object({
  version: z.literal(1),
  policy: z.object({ name: z.string(), fingerprint: z.string() }),
  environment: z.string(),
  group: z.object({ name: z.string(), min: z.number(), max: z.number(), desired: z.number() }),
  fingerprint: z.string(),
  waves: z.array(z.object({ instances: z.array(patched) })),
  untouched: z.array(instance),
});

export type MadePlan = z.infer<typeof madePlan>;

/** `drydock plan --out` writes one plan, or `{ plans }` for several groups. */
const planFile = z.union([
  madePlan.transform((plan) => [plan]),
  z.object({ plans: z.array(madePlan).min(1) }).transform(({ plans }) => plans),
]);

/** The plans in `text`; throws a `DrydockError` (exit code 2) when it is no plan file. `file` is only named. */
export function parsePlanFile(text: string, file: string): MadePlan[] {
  const refuse = (why: string) =>
    new DrydockError(`${file} is not a plan: ${why}`, {
      exitCode: EXIT.badInput,
      next: 'Write one with `drydock plan --out FILE`, by this version of drydock.',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const parsed = planFile.safeParse(value);
  if (!parsed.success) throw refuse('members are missing or not what they should be');
  return parsed.data;
}
