/** What dead runs left behind, found and made whole: first what this state directory can go on with, then what the groups' tags say. */
import type { Cloud } from '../aws/cloud.ts';
import { explained } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { allPages } from '../fleet/pages.ts';
import { findGroups } from '../fleet/read.ts';
import type { Recovery, Runs, Tagged } from './runs.ts';
import type { TaggedRun, taggedOrder } from './tagged.ts';
import type { RunView } from './view.ts';

export interface Recovered {
  /** Runs that a dead process left: they were gone on with, and this is how they ended. */
  resumed: RunView[];
  /** Runs that were over, or of which nothing but tags is left, and had left something behind. */
  recovered: Recovery[];
  /** Runs that are not known here and may still be alive: nothing was done about them. */
  elsewhere: { runId: string; group: string; why: string }[];
  /** Runs that go on in another process. */
  alive: string[];
}

/** Stays with a run until it has ended: `Runs.follow`, with whatever the caller wants to see or do meanwhile. */
export type Follow = (id: string) => Promise<RunView>;

/** Where a recovery happens. */
export interface Surroundings {
  cloud: Cloud;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether a run that is not known here is dead for certain, whatever its lease says. */
  force?: boolean;
  /** What the policy at hand says of a group, for a run of which nothing but tags is left; undefined when it says nothing. */
  orderOf: (tagged: TaggedRun) => Promise<ReturnType<typeof taggedOrder> | undefined>;
  /** Whom the policy at hand would tell; absent: nobody. */
  places?: () => string[];
}

/** Goes on with what dead processes left until it has ended. */
export async function resumeDeadRuns(runs: Runs, follow: Follow): Promise<RunView[]> {
  const ended: RunView[] = [];
  for (const id of await runs.resume()) ended.push(await follow(id));
  return ended;
}

/** Makes everything whole that tags on the account's groups name. */
export async function recoverAll(runs: Runs, where: Surroundings, follow: Follow): Promise<Recovered> {
  const result: Recovered = { resumed: await resumeDeadRuns(runs, follow), recovered: [], elsewhere: [], alive: [] };
  for (const tagged of await explained(taggedRuns(where.cloud))) {
    const { runId, group } = tagged;
    const isKnown = await runs.knows(runId);
    const why = isKnown ? undefined : livesElsewhere(tagged, where);
    if (why !== undefined) result.elsewhere.push({ runId, group, why });
    else if (isKnown && (await isAlive(runs, runId))) result.alive.push(runId);
    else result.recovered.push(await runs.recover(runId, isKnown ? undefined : await fromTags(tagged, where)));
  }
  return result;
}

/** Makes whole what one run left behind. Throws a `DrydockError` when it is unknown (exit code 2) or goes on elsewhere (4). */
export async function recoverRun(runs: Runs, runId: string, follow: Follow, where?: Surroundings): Promise<Recovered> {
  if (!(await runs.knows(runId))) return recoverUnknown(runs, runId, where);
  const resumed = await resumeDeadRuns(runs, follow);
  if ((await isAlive(runs, runId)) && !(await runs.isOrphan(runId))) {
    throw new DrydockError(`run ${runId} goes on in another process: there is nothing to recover yet`, {
      exitCode: EXIT.groupHeld,
      next: `Follow it with drydock runs watch ${runId}, or end it with drydock runs abort ${runId}.`,
    });
  }
  // A run that was gone on with to a whole end has put everything back itself.
  const isWhole = resumed.some((view) => view.runId === runId && view.notWhole === undefined);
  return { resumed, recovered: isWhole ? [] : [await runs.recover(runId)], elsewhere: [], alive: [] };
}

/** Its machine or its state directory is gone: what it touched carries its tags. */
async function recoverUnknown(runs: Runs, runId: string, where: Surroundings | undefined): Promise<Recovered> {
  const all = where === undefined ? [] : await explained(taggedRuns(where.cloud));
  const tagged = all.find((each) => each.runId === runId);
  if (where === undefined || tagged === undefined) {
    throw new DrydockError(`there is no run ${runId} here, and no group carries its tags`, {
      exitCode: EXIT.badInput,
      next: 'See drydock runs list; another state directory is named with --state-dir.',
    });
  }
  const why = livesElsewhere(tagged, where);
  if (why !== undefined) {
    throw new DrydockError(`run ${runId} on ${tagged.group} is not known here: ${why}`, {
      exitCode: EXIT.groupHeld,
      next: 'Recover it where it was begun. Where that is gone for certain, add --force.',
    });
  }
  return {
    resumed: [],
    recovered: [await runs.recover(runId, await fromTags(tagged, where))],
    elsewhere: [],
    alive: [],
  };
}

async function fromTags(tagged: TaggedRun, { orderOf, places }: Surroundings): Promise<Tagged> {
  const order = await orderOf(tagged);
  return { group: tagged.group, order, ...(order === undefined || places === undefined ? {} : { places: places() }) };
}

async function isAlive(runs: Runs, runId: string): Promise<boolean> {
  return (await runs.read(runId)).view.endedAt === undefined;
}

/** Why a run may still be alive of which nothing is known here; undefined: it is dead. */
function livesElsewhere({ onAws, leaseUntil }: TaggedRun, { now, force }: Surroundings): string | undefined {
  if (force === true) return undefined;
  if (onAws) return 'Step Functions carries it out (drydock recover ID --engine step-functions)';
  if (leaseUntil <= now) return undefined;
  return `its lease holds until ${new Date(leaseUntil).toISOString()}, and another machine may still work on it`;
}

const RUN_ID = 'drydock:run-id';
const LEASE = 'drydock:lease-until';
const EXECUTION = 'drydock:execution';
/** The account in the ARNs of the embedded engine. */
const EMBEDDED = ':000000000000:';

type Tags = Readonly<Record<string, string>>;

/** The runs that groups or instances carry the tags of, each with the latest lease that it has taken anywhere. */
async function taggedRuns(cloud: Cloud): Promise<TaggedRun[]> {
  const groups = (await findGroups(cloud)).filter(({ tags }) => tags[RUN_ID] !== undefined);
  const taken = await taggedInstances(cloud);
  const marked = groups.map(({ name, tags }) => ({ group: name, tags }));
  // Somebody may have removed the tags of a group: its instances are out of service all the same.
  const unmarked = taken.flatMap((tags) => {
    const group = tags['drydock:group'];
    const isMarked = marked.some((each) => each.group === group && each.tags[RUN_ID] === tags[RUN_ID]);
    return group === undefined || isMarked ? [] : [[`${tags[RUN_ID]} ${group}`, { group, tags }] as const];
  });
  return [...marked, ...new Map(unmarked).values()].map(({ group, tags }) => {
    const runId = tags[RUN_ID] ?? '';
    const leases = [tags, ...taken.filter((each) => each[RUN_ID] === runId)].map((each) =>
      Date.parse(each[LEASE] ?? ''),
    );
    return {
      runId,
      group,
      startedAt: tags['drydock:started-at'] ?? '',
      onAws: tags[EXECUTION] !== undefined && !tags[EXECUTION].includes(EMBEDDED),
      leaseUntil: Math.max(0, ...leases.filter((until) => !Number.isNaN(until))),
    };
  });
}

/** The tags of each instance that a run has in hand, or has left behind. */
async function taggedInstances(cloud: Cloud): Promise<Tags[]> {
  const instances = await allPages(async (token) => {
    const page = await cloud.ec2.describeInstances({
      Filters: [{ Name: 'tag-key', Values: [RUN_ID] }],
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: page.Reservations?.flatMap(({ Instances = [] }) => Instances), next: page.NextToken };
  });
  return instances.map(({ Tags = [] }) => Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])));
}
