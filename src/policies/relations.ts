/**
 * What the sections of a policy must have to do with one another: names that refer to environments, rules that can be
 * reached. It reads the document as it stands, whatever else is wrong with it, so that all problems show at once.
 */
import * as z from 'zod';
import { MAX_TOLD } from './problem.ts';
import { MAX_ENVIRONMENTS, STANDARD_ENVIRONMENTS } from './schema.ts';
import { nearest } from './suggestion.ts';

/** A problem between sections; `path` leads to the value that would have to change. */
export interface RelationProblem {
  path: (string | number)[];
  /** Whether it is the key itself that would have to change. */
  isKey?: true;
  message: string;
  allowed: string;
}

const words = z.array(z.unknown()).optional();
const link = z
  .object({ after: z.string().optional().catch(undefined), soak: z.unknown().optional(), lead: z.unknown().optional() })
  .catch({});
const links = z.record(z.string(), link).refine((all) => Object.keys(all).length <= MAX_ENVIRONMENTS);
type Links = z.infer<typeof links>;
const STANDARD_LINKS: Links = STANDARD_ENVIRONMENTS;

/** Only what relations are about; anything malformed reads as absent (the schema has complained of it already). */
const outline = z.object({
  environments: links.nullable().catch(null).default(STANDARD_LINKS),
  groups: z.array(z.object({ environment: z.string().optional() }).catch({})).catch([]),
  schedule: z.record(z.string(), z.unknown()).catch({}),
  patches: z
    .object({
      rules: z.array(
        z
          .object({
            name: z.string(),
            match: z.object({ classification: words, severity: words, id: words }).optional(),
          })
          .nullable()
          .catch(null),
      ),
    })
    .catch({ rules: [] }),
});
type Outline = z.infer<typeof outline>;

/** Every problem between the sections of a policy document. */
export function relationProblems(document: unknown): RelationProblem[] {
  const read = outline.safeParse(document);
  if (!read.success) return [];
  const { environments, groups, schedule, patches } = read.data;
  return [
    ...(environments === null ? [] : [...unknownNames(environments, groups, schedule), ...gates(environments)]),
    ...ruleProblems(patches.rules),
  ];
}

function unknownNames(
  environments: Links,
  groups: Outline['groups'],
  schedule: Outline['schedule'],
): RelationProblem[] {
  const names = Object.keys(environments);
  const references: { path: (string | number)[]; isKey?: true; name: string | undefined }[] = [
    ...Object.entries(environments).map(([from, { after }]) => ({
      path: ['environments', from, 'after'],
      name: after,
    })),
    ...groups.map(({ environment }, at) => ({ path: ['groups', at, 'environment'], name: environment })),
    ...Object.keys(schedule).map((name) => ({ path: ['schedule', name], isKey: true as const, name })),
  ];
  const unknown = references.flatMap(({ name, ...place }) =>
    name === undefined || names.includes(name) ? [] : [{ name, place }],
  );
  // The nearest name is looked for only where it is told: thousands of names take seconds.
  return unknown.slice(0, MAX_TOLD).map(({ name, place }) => {
    const meant = nearest(name, names);
    const message = `no environment has this name${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    return { ...place, message, allowed: `one of ${names.join(', ')}` };
  });
}

function gates(environments: Links): RelationProblem[] {
  return Object.entries(environments).flatMap(([name, { after, soak }]): RelationProblem[] => {
    if (after === undefined) {
      if (soak === undefined) return [];
      const message = 'soak says how long after a run in another environment, and none is named';
      return [{ path: ['environments', name, 'soak'], message, allowed: 'soak together with after' }];
    }
    const cycle = cycleFrom(name, environments);
    if (cycle === undefined) return [];
    const message = `environments that wait for one another never begin: ${cycle.join(' after ')}`;
    return [
      { path: ['environments', name, 'after'], message, allowed: 'an environment that does not wait for this one' },
    ];
  });
}

/** The way from an environment back to itself, when there is one. */
function cycleFrom(start: string, environments: Links): string[] | undefined {
  const way = [start];
  for (;;) {
    const last = way.at(-1) ?? start;
    const next = Object.hasOwn(environments, last) ? environments[last]?.after : undefined;
    if (next === undefined) return undefined;
    if (next === start) return [...way, start];
    if (way.includes(next)) return undefined;
    way.push(next);
  }
}

function ruleProblems(rules: Outline['patches']['rules']): RelationProblem[] {
  const problems: RelationProblem[] = [];
  const seen = new Set<string>();
  let catchAll: string | undefined;
  for (const [at, rule] of rules.entries()) {
    if (rule === null) continue;
    if (seen.has(rule.name)) {
      problems.push({
        path: ['patches', 'rules', at, 'name'],
        message: 'another rule has this name, and reports could not tell the two apart',
        allowed: 'a name of its own for each rule',
      });
    }
    seen.add(rule.name);
    if (catchAll !== undefined) {
      problems.push({
        path: ['patches', 'rules', at],
        message: `it is never reached: ${catchAll} before it matches every patch`,
        allowed: 'a rule without match at the end only',
      });
    }
    const { classification = [], severity = [], id = [] } = rule.match ?? {};
    if (classification.length + severity.length + id.length === 0) catchAll ??= rule.name;
  }
  return problems;
}
