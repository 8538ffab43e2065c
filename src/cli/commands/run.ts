/** `drydock run`: shows the plan, asks, carries it out. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { DrydockError, EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import type { Selection } from '../../orchestrator/fleet/select.ts';
import { fits } from '../../orchestrator/plan/fits.ts';
import { type MadePlan, parsePlanFile } from '../../orchestrator/plan/made-plan.ts';
import type { FinishedRun, Plan } from '../../orchestrator/plan/types.ts';
import { printable } from '../../orchestrator/printable.ts';
import { resumeDeadRuns } from '../../orchestrator/runs/recovery.ts';
import type { Runs } from '../../orchestrator/runs/runs.ts';
import { nothingToDoJson, type RunView, toContractJson } from '../../orchestrator/runs/view.ts';
import type { Policy } from '../../policies/policy.ts';
import { list } from '../arguments.ts';
import { carryOut, followOrAbort, trigger } from '../carry-out.ts';
import { confirm, requireAnswerer } from '../confirm.ts';
import type { Context } from '../context.ts';
import { rememberDeployment } from '../deployments.ts';
import { runDetached, tellParent } from '../detach.ts';
import { ENGINES, type EngineName, openPolicyDeployment, withEveryRun } from '../every-run.ts';
import { interruptible } from '../interrupt.ts';
import { hasWork, makePlans, type PlansAsked, planText, type SelectionFlags, selectionOf } from '../planning.ts';
import { loadPolicy } from '../policy-file.ts';
import { progressSink } from '../progress/sink.ts';
import { type Reached, reachCloud, withEmbedded } from '../reach.ts';
import { runText } from '../run-text.ts';

const EXAMPLES = `
Examples:
  drydock run --environment staging                    show the plan, ask, run it
  drydock run --group web --yes --json                 for scripts; the exit code says how it ended
  drydock run --plan plan.json                         only if the fleet is still as it was planned
  drydock run --environment staging --yes --detach     begin it and come back; then: drydock runs watch ID
  drydock run --group web --engine step-functions      on AWS, where drydock deploy has put the policy

Ctrl-C ends a run in good order: what is in the dock is finished or rolled back. A run on AWS goes on.
`;

interface RunFlags extends SelectionFlags {
  plan?: string;
  yes?: boolean;
  engine: EngineName;
  watch?: boolean;
  detach?: boolean;
}

/** Adds the flags and the action of `drydock run`. */
export function run(command: Command, context: Context): void {
  command
    .option('--group <group>', 'an Auto Scaling group; may be given more than once', list)
    .option('--environment <environment>', 'all groups of this environment, one after the other')
    .addOption(new Option('--plan <file>', 'what `drydock plan --out` wrote').conflicts(['group', 'environment']))
    .option('--yes', 'do not ask')
    .addOption(new Option('--engine <engine>', 'what runs it').choices(ENGINES).default('embedded'))
    .addOption(new Option('--watch', 'follow it to its end (the default)').conflicts('detach'))
    .option('--detach', 'begin it and come back')
    .addHelpText('after', EXAMPLES)
    .action(
      context.action((flags: RunFlags) => {
        const asked = askedOf(flags, context);
        return flags.engine === 'embedded'
          ? withEmbedded(context, (runs, aws) => runPlans(asked, context, { runs, aws, onStart: tellParent }))
          : runThere(asked, context);
      }),
    );
}

/** What was asked for, checked as far as it can be before anything is reached or touched. */
interface Asked {
  flags: RunFlags;
  policy: Policy;
  selection: Selection;
  /** The plans of `--plan`. */
  made: MadePlan[];
}

function askedOf(flags: RunFlags, context: Context): Asked {
  requireAnswerer(flags.yes, context);
  const policy = loadPolicy(context);
  if (flags.plan === undefined) return { flags, policy, selection: selectionOf(flags), made: [] };
  const made = parsePlanFile(readPlan(flags.plan), flags.plan);
  return { flags, policy, selection: { groups: made.map(({ group }) => group.name) }, made };
}

/** What carries the runs out, and where what they are planned from is known. */
interface Carrier extends Pick<PlansAsked, 'withFirstSeen'> {
  runs: Runs;
  aws: Reached;
  /** Hears of each run that was begun. */
  onStart(runId: string): void;
}

/** Runs on Step Functions: this process only begins them and looks on. */
async function runThere(asked: Asked, context: Context): Promise<ExitCode> {
  const aws = await reachCloud(context);
  const { runs, deployed, withFirstSeen } = await openPolicyDeployment(asked.policy.name, context);
  const onStart = () => rememberDeployment(context.flags.stateDir, deployed);
  return runPlans(asked, context, { runs, aws, withFirstSeen, onStart });
}

async function runPlans(
  { flags, policy, selection, made }: Asked,
  context: Context,
  carrier: Carrier,
): Promise<ExitCode> {
  const { runs, aws, withFirstSeen } = carrier;
  if (await finishWhatDied(runs, context)) return EXIT.interrupted;
  const finished = await finishedAnywhere(policy, context, runs);
  const { stateDir } = context.flags;
  const seen = withFirstSeen === undefined ? {} : { withFirstSeen };
  const plans = await makePlans(aws, { policy, selection, finished, stateDir, ...seen });
  refuseOutdated(flags.plan ?? '', made, plans);
  refuseErrors(plans);
  const work = plans.filter(hasWork);
  if (work.length === 0) {
    context.answer(one(plans.map((plan) => nothingToDoJson(plan, runs.engine))), () =>
      planText(plans, context, process.stdout),
    );
    return EXIT.done;
  }
  refuseDetached(flags, work);
  showPlans(work, context);
  const groups = work.map(({ group }) => group.name).join(', ');
  if (!(await confirm(`Patch ${countOf(work)} of ${printable(groups)}?`, flags.yes, context))) {
    context.note('nothing was touched');
    return EXIT.interrupted;
  }
  if (flags.detach !== true) return follow(work, policy, context, carrier);
  return runs.engine === 'embedded' ? detach(flags, work, context) : begin(work, context, carrier);
}

/** A soak gate does not ask what carried a run out, nor from where it was begun. */
async function finishedAnywhere({ name }: Policy, context: Context, runs: Runs): Promise<FinishedRun[]> {
  const known = await withEveryRun(context, undefined, (every) => every.finished(name));
  const there = runs.engine === 'embedded' ? [] : await runs.finished(name);
  return [...new Map([...known, ...there].map((run) => [run.runId, run])).values()];
}

/** Brings to its end what a crash cut off, before another run begins; true when it was interrupted at that. */
async function finishWhatDied(runs: Runs, context: Context): Promise<boolean> {
  const sink = progressSink(context);
  return interruptible(async (signal) => {
    const ended = await resumeDeadRuns(runs, (id) => followOrAbort(runs, id, sink, signal));
    const left = ended.find(({ notWhole }) => notWhole !== undefined);
    if (left !== undefined) throw leftBehind(left);
    return signal.aborted;
  }).finally(() => sink.end());
}

/** What a crash cut off was gone on with, and did not come to a whole end: nothing is begun beside it. */
function leftBehind({ runId, group, notWhole }: RunView): DrydockError {
  return new DrydockError(`run ${runId} on ${group}, which a crash had cut off, could not be made whole: ${notWhole}`, {
    exitCode: EXIT.notWhole,
    next: `Make it whole first: drydock recover ${runId}`,
  });
}

function readPlan(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DrydockError(
      `the plan ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        exitCode: EXIT.badInput,
        next: 'Write one with `drydock plan --out FILE`.',
        cause,
      },
    );
  }
}

function refuseOutdated(file: string, made: MadePlan[], fresh: Plan[]): void {
  const changes = made.flatMap((old) => {
    const now = fresh.find(({ group }) => group.name === old.group.name);
    return now === undefined ? [] : fits(old, now).map((change) => `${old.group.name}: ${change}`);
  });
  if (changes.length === 0) return;
  throw new DrydockError(`the plan ${file} no longer holds:\n${changes.map((change) => `  ${change}`).join('\n')}`, {
    exitCode: EXIT.planOutdated,
    next: 'Make a new one with `drydock plan --out FILE`, look at it, and run that.',
  });
}

function refuseErrors(plans: Plan[]): void {
  const errors = plans.flatMap(({ group, problems }) =>
    problems.filter(({ level }) => level === 'error').map((problem) => ({ group: group.name, ...problem })),
  );
  const [first] = errors;
  if (first === undefined) return;
  const said = errors.map(
    ({ group, instanceId, message }) => `  ${group}${instanceId === undefined ? '' : ` ${instanceId}`}: ${message}`,
  );
  throw new DrydockError(`the plan cannot be run:\n${said.join('\n')}`, {
    exitCode: errors.some(({ code }) => code === 'group-held') ? EXIT.groupHeld : EXIT.badInput,
    next: [...new Set(errors.map(({ remedy }) => remedy))].join('\n  '),
  });
}

/** On stdout, as the first part of the answer; with --json that is the run alone, and a person who is asked reads it on stderr. */
function showPlans(plans: Plan[], context: Context): void {
  if (context.flags.quiet === true) return;
  if (!context.flags.json) process.stdout.write(`${planText(plans, context, process.stdout)}\n\n`);
  else if (context.interactive) context.note(`${planText(plans, context, process.stderr)}\n`);
}

function countOf(plans: Plan[]): string {
  const count = plans.flatMap(({ waves }) => waves.flatMap(({ instances }) => instances)).length;
  return count === 1 ? '1 instance' : `${count} instances`;
}

async function follow(
  plans: Plan[],
  { notify }: Policy,
  context: Context,
  { runs, onStart }: Carrier,
): Promise<ExitCode> {
  const sink = progressSink(context);
  const ended = await carryOut(plans, runs, sink, { onStart, notify }).finally(() => sink.end());
  const documents = ended.runs.map(({ view, plan }) => toContractJson(view, plan));
  context.answer(one(documents), () => ended.runs.map(({ view }) => runText(view, context)).join('\n\n'));
  return ended.exitCode;
}

/** Somebody has to see how the first group went before the next one begins. */
function refuseDetached({ detach, engine }: RunFlags, plans: Plan[]): void {
  if (detach !== true || engine === 'embedded' || plans.length === 1) return;
  throw new DrydockError(
    'on Step Functions one group at a time can be begun with --detach: each waits for the one before it',
    {
      exitCode: EXIT.badInput,
      next: 'Name one with --group, leave out --detach, or give the policy a schedule: maintenance windows take one group after another.',
    },
  );
}

/** On AWS a run goes on by itself: to begin it is all. */
async function begin(plans: Plan[], context: Context, { runs, onStart }: Carrier): Promise<ExitCode> {
  for (const plan of plans) {
    const runId = await runs.start(plan, trigger());
    onStart(runId);
    context.answer(
      { runId },
      () => `run ${runId} is under way on AWS\n→ Follow it with \`drydock runs watch ${runId}\`.`,
    );
  }
  return EXIT.done;
}

/** The child makes the plan again and asks no more: what it is to do was agreed to here. */
async function detach(flags: RunFlags, plans: Plan[], context: Context): Promise<ExitCode> {
  const { policy, region, profile, endpointUrl, stateDir } = context.flags;
  const what =
    flags.plan === undefined ? plans.flatMap(({ group }) => ['--group', group.name]) : ['--plan', flags.plan];
  const passed = Object.entries({
    '--policy': policy,
    '--region': region,
    '--profile': profile,
    '--endpoint-url': endpointUrl,
  });
  const settings = passed.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  const runId = await runDetached(['run', ...what, ...settings, '--state-dir', stateDir, '--yes', '--json'], stateDir);
  context.answer({ runId }, () => `run ${runId} is under way\n→ Follow it with \`drydock runs watch ${runId}\`.`);
  return EXIT.done;
}

/** The one document of the one group that most runs are about; several as `{ runs }`. */
function one<Document>(documents: Document[]): Document | { runs: Document[] } {
  const [only] = documents;
  return only !== undefined && documents.length === 1 ? only : { runs: documents };
}
