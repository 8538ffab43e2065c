/** `drydock demo`: the main job on a simulated fleet: staging, three days, production, and a patch that breaks it. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import { type RunView, toContractJson } from '../../orchestrator/runs/view.ts';
import { FAULTS } from '../../simulator/faults.ts';
import { positiveNumber, wholeNumber } from '../arguments.ts';
import { carryOut } from '../carry-out.ts';
import type { Context } from '../context.ts';
import { type GroupState, isWhole, lookAtGroup, planFor, scan } from '../demo/acts.ts';
import { withDemoConsole } from '../demo/console.ts';
import { DAYS_BETWEEN, PRODUCTION, STAGING } from '../demo/story.ts';
import { type DemoWorld, makeWorld } from '../demo/world.ts';
import { untilInterrupted } from '../interrupt.ts';
import { planText } from '../planning.ts';
import { progressSink } from '../progress/sink.ts';
import { runText } from '../run-text.ts';

const EXAMPLES = `
Examples:
  drydock demo                                 watch it, sixty times as fast as real
  drydock demo --exit --speed 600              the same in seconds
  drydock demo --fault restore-fails           something else goes wrong in production
`;

interface DemoFlags {
  speed: number;
  instances: number;
  seed: number;
  fault?: string;
  console?: boolean;
  exit?: boolean;
}

/** One run of the demo, as it ended. */
interface Act {
  view: RunView;
  plan: Plan;
  group: GroupState;
  interrupted: boolean;
}

/** Adds the flags and the action of `drydock demo`. */
export function demo(command: Command, context: Context): void {
  command
    .option('--speed <factor>', 'how much faster than real time', positiveNumber, 60)
    .option('--instances <count>', 'instances in production; staging has half as many', wholeNumber(2, 50), 6)
    .option('--seed <number>', 'another fleet, other durations', wholeNumber(0), 1)
    .addOption(
      new Option('--fault <name>', 'what goes wrong in production, instead of the bad patch').choices(
        Object.keys(FAULTS),
      ),
    )
    .option('--exit', 'end when the story is over, also on a terminal')
    .option(
      '--console',
      'show it in the console, too: web pages on this computer (default: on a terminal, without --exit)',
    )
    .option('--no-console', 'only here')
    .addHelpText('after', EXAMPLES)
    .action(context.action((flags: DemoFlags) => play(flags, context)));
}

async function play(flags: DemoFlags, context: Context): Promise<ExitCode> {
  const stateDir = join(context.flags.stateDir, 'demo');
  const world = await makeWorld({ ...flags, stateDir });
  try {
    const tell = (url?: string) => world.clock.run(story(world, flags, context, { stateDir, url }));
    const shown = flags.console ?? (context.interactive && flags.exit !== true);
    return await (shown ? withDemoConsole(world, stateDir, context, tell) : tell());
  } finally {
    await world.close();
  }
}

/** Where the demo's runs are to be seen; `url`: of the console, while it is open. */
interface Seen {
  stateDir: string;
  url: string | undefined;
}

async function story(world: DemoWorld, flags: DemoFlags, context: Context, seen: Seen): Promise<ExitCode> {
  context.note(`A simulated cloud on this computer, ${flags.speed} times as fast as real; no AWS account is used.`);
  context.note(seen.url === undefined ? '' : `Watch it in a browser: ${seen.url}\n`);
  const staging = await act(world, context, { groupName: STAGING, environment: 'staging' });
  if (staging.interrupted || staging.view.status !== 'succeeded') return conclude([staging], flags, context, seen);
  context.note(
    `\n${DAYS_BETWEEN} days later: staging has run with the patches, and a new critical one has come out.\n`,
  );
  world.leap(DAYS_BETWEEN * 86_400_000 + 3_600_000);
  const production = await act(world, context, { groupName: PRODUCTION, environment: 'production' });
  const code = conclude([staging, production], flags, context, seen);
  if (context.interactive && flags.exit !== true) await linger(world, context, seen);
  return code;
}

async function act(
  { cloud, clock, embedded: { runs } }: DemoWorld,
  context: Context,
  where: { groupName: string; environment: string },
): Promise<Act> {
  await scan(cloud, clock, where.groupName);
  const plan = await planFor(cloud, runs, clock, where);
  if (!context.flags.json && !context.flags.quiet) context.note(`${planText([plan], context, process.stderr)}\n`);
  const sink = progressSink(context, () => clock.now());
  const ended = await carryOut([plan], runs, sink, { onStart: () => {}, notify: [] }).finally(() => sink.end());
  const view = ended.runs[0]?.view;
  if (view === undefined) throw new Error(`the run on ${where.groupName} was not begun`);
  const group = await lookAtGroup(cloud, where.groupName);
  return { view, plan, group, interrupted: ended.exitCode === EXIT.interrupted };
}

function conclude(acts: Act[], flags: DemoFlags, context: Context, { stateDir }: Seen): ExitCode {
  const whole = acts.every(({ group }) => isWhole(group));
  const document = {
    runs: acts.map(({ view, plan }) => toContractJson(view, plan)),
    groups: acts.map(({ group }) => group),
    whole,
    stateDir,
  };
  context.answer(document, () =>
    [...acts.map((one) => actText(one, context)), ending(acts, whole, stateDir)].join('\n\n'),
  );
  if (acts.some(({ interrupted }) => interrupted)) return EXIT.interrupted;
  if (!whole || acts.some(({ view }) => view.notWhole !== undefined)) return EXIT.notWhole;
  return flags.fault === undefined && !isTheStory(acts) ? EXIT.unexpected : EXIT.done;
}

/** Without another fault the end is known: staging patched, production halted at the bad patch and rolled back. */
function isTheStory([staging, production]: Act[]): boolean {
  return (
    staging?.view.status === 'succeeded' &&
    production?.view.status === 'halted' &&
    production.view.instances.some(({ outcome }) => outcome === 'rolled-back')
  );
}

function actText({ view, group }: Act, context: Context): string {
  const { inService, desired, min, max, lowest } = group;
  const now = `${group.group} now: ${inService} of ${desired} in service, min ${min}, max ${max}; never fewer than ${lowest} served`;
  return `${runText(view, context)}\n${now}`;
}

function ending(acts: Act[], whole: boolean, stateDir: string): string {
  const last = acts.at(-1)?.view.runId ?? '';
  const state = whole ? 'Every group is whole.' : 'Not everything is whole: see above.';
  return `${state}\nLook at the runs:  drydock runs list --state-dir ${stateDir}\n                   drydock runs show ${last} --state-dir ${stateDir}\n                   drydock console --state-dir ${stateDir}`;
}

/** The instances go on answering until the person who looks on has seen enough. */
async function linger({ cloud, loopback }: DemoWorld, context: Context, { url }: Seen): Promise<void> {
  const machine = [...cloud.world.machines.values()].find(({ groupName }) => groupName === PRODUCTION);
  const address = machine === undefined ? undefined : loopback.address(machine.privateIp, machine.template.appPort);
  if (address !== undefined)
    context.note(`\nThe instances still answer, for example: curl http://${address.host}:${address.port}/healthz`);
  if (url !== undefined) context.note(`The console is open at ${url}`);
  context.note('Ctrl-C ends the demo.');
  await untilInterrupted();
}
