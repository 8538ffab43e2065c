/** `drydock runs`: run history, and steering a run that goes on. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { DrydockError, EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { printable } from '../../orchestrator/printable.ts';
import { exitCodeOf } from '../../orchestrator/runs/exit-code.ts';
import type { RunFilter, RunSummary } from '../../orchestrator/runs/history.ts';
import type { Wish } from '../../orchestrator/runs/records.ts';
import type { Runs } from '../../orchestrator/runs/runs.ts';
import {
  type InstanceView,
  RUN_STATUSES,
  type RunStatus,
  type RunView,
  toContractJson,
} from '../../orchestrator/runs/view.ts';
import { standsStill } from '../../orchestrator/runs/words.ts';
import { since } from '../arguments.ts';
import type { Context } from '../context.ts';
import { type EngineFlag, engineOption, withEveryRun } from '../every-run.ts';
import { duration } from '../progress/duration.ts';
import { printJsonLines } from '../progress/lines.ts';
import { type ProgressSink, progressSink } from '../progress/sink.ts';
import { runText } from '../run-text.ts';
import { table } from '../table.ts';
import { addRollback } from './rollback.ts';

const EXAMPLES = `
Examples:
  drydock runs list --environment production --since 30d
  drydock runs show 20260310-020000-1a2b3
  drydock runs show 20260310-020000-1a2b3 --instance i-0123456789abcdef0
  drydock runs watch 20260310-020000-1a2b3
  drydock runs abort 20260310-020000-1a2b3     what is in the dock is finished or rolled back, the rest is skipped
  drydock runs rollback 20260310-020000-1a2b3  the root volumes as they were before the run
  drydock runs list --engine step-functions    the runs on AWS of the policy, whoever began them
`;

const WATCH_EVERY_MS = 1000;

/** Adds `runs list`, `show`, `watch`, `pause`, `resume`, `abort`, `approve` and `rollback`. */
export function runs(command: Command, context: Context): void {
  command.addHelpText('after', EXAMPLES);
  addList(command, context);
  addShow(command, context);
  addWatch(command, context);
  addSteering(command, context);
  addRollback(command, context);
}

interface ListFlags extends EngineFlag {
  group?: string;
  environment?: string;
  status?: RunStatus;
  since?: Date;
}

function addList(command: Command, context: Context): void {
  command
    .command('list')
    .description('the runs, newest first')
    .option('--group <group>', 'only runs on this Auto Scaling group')
    .option('--environment <environment>', 'only runs in this environment')
    .addOption(new Option('--status <status>', 'only runs of this status').choices(RUN_STATUSES))
    .option('--since <time>', 'only runs begun since then: a day, a time, or how long ago (7d)', since)
    .addOption(engineOption())
    .action(
      context.action(({ engine, ...flags }: ListFlags) =>
        withEveryRun(context, engine, async (runs) => {
          const { since, ...rest } = flags;
          const filter: RunFilter = { ...rest, ...(since === undefined ? {} : { since: since.getTime() }) };
          const found = await runs.list(filter);
          context.answer(found, () => (found.length === 0 ? 'no runs' : listText(found)));
          return EXIT.done;
        }),
      ),
    );
}

function listText(found: RunSummary[]): string {
  const rows = found.map(({ runId, group, environment, policy, engine, status, startedAt, endedAt, trigger }) => [
    runId,
    group,
    environment,
    policy,
    status,
    startedAt.replace(/\.\d+Z$/, 'Z'),
    endedAt === undefined ? '' : duration(Date.parse(endedAt) - Date.parse(startedAt)),
    trigger,
    engine,
  ]);
  return table(['RUN', 'GROUP', 'ENVIRONMENT', 'POLICY', 'STATUS', 'STARTED', 'TOOK', 'TRIGGER', 'ENGINE'], rows);
}

function addShow(command: Command, context: Context): void {
  command
    .command('show <id>')
    .description('a run with its instances and what became of each')
    .option('--instance <id>', 'only this instance, with its patches')
    .addOption(engineOption())
    .action(
      context.action((id: string, flags: EngineFlag & { instance?: string }) =>
        withEveryRun(context, flags.engine, async (every) => {
          const runs = await every.with(id);
          const { view, plan } = await runs.read(id);
          await noteOrphan(runs, id, context);
          const document = toContractJson(view, plan);
          if (flags.instance === undefined) {
            context.answer(document, () => runText(view, context));
          } else {
            const instance = memberOf(view, flags.instance);
            const entry = document.instances.find(({ instanceId }) => instanceId === flags.instance);
            context.answer(entry, () => instanceText(instance));
          }
          return EXIT.done;
        }),
      ),
    );
}

function memberOf(view: RunView, instanceId: string): InstanceView {
  const found = view.instances.find((instance) => instance.instanceId === instanceId);
  if (found !== undefined) return found;
  throw new DrydockError(`instance ${instanceId} is not part of run ${view.runId}`, {
    exitCode: EXIT.badInput,
    next: `See \`drydock runs show ${view.runId}\` for the instances that are.`,
  });
}

function instanceText({
  instanceId,
  az,
  wave,
  outcome,
  step,
  startedAt,
  endedAt,
  reason,
  changed,
  patches,
}: InstanceView): string {
  const facts = [
    ['instance', instanceId],
    ['zone', az],
    ['wave', String(wave)],
    ['outcome', outcome],
    ['step', step ?? ''],
    ['started', startedAt ?? ''],
    ['ended', endedAt ?? ''],
    ['reason', reason ?? ''],
    ['changed', changed ?? ''],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name = '', value = '']) => `${name.padEnd(9)} ${printable(value)}`);
  const rows = patches.map(({ id, rule, cves }) => [id, rule, cves.join(' ')]);
  return [...lines, '', table(['PATCH', 'RULE', 'CVES'], rows)].join('\n');
}

function addWatch(command: Command, context: Context): void {
  command
    .command('watch <id>')
    .description('follow a run to its end, whoever carries it out; the exit code is that of the run')
    .addOption(engineOption())
    .action(
      context.action((id: string, { engine }: EngineFlag) =>
        withEveryRun(context, engine, async (every) => {
          const runs = await every.with(id);
          const sink = context.flags.json
            ? printJsonLines((line) => process.stdout.write(`${line}\n`), Date.now)
            : progressSink(context);
          const view = await watch(runs, id, sink);
          if (!context.flags.json) context.answer(undefined, () => runText(view, context));
          return exitCodeOf(view);
        }),
      ),
    );
}

async function noteOrphan(runs: Runs, id: string, context: Context): Promise<void> {
  const { what, next } = standsStill(id);
  if (await runs.isOrphan(id)) context.note(`${printable(what)}\n→ ${next}`);
}

/** Another process may carry the run out: so it is read again and again from history. On AWS each look has its price. */
async function watch(runs: Runs, id: string, sink: ProgressSink): Promise<RunView> {
  try {
    if (runs.engine === 'step-functions') return await runs.follow(id, (view) => sink.update(view));
    for (;;) {
      const { view } = await runs.read(id);
      sink.update(view);
      if (view.endedAt !== undefined) return view;
      if (await runs.isOrphan(id)) {
        const { what, next } = standsStill(id);
        throw new DrydockError(what, { exitCode: EXIT.notWhole, next });
      }
      await pause(WATCH_EVERY_MS);
    }
  } finally {
    sink.end();
  }
}

const STEERING: { wish: Wish; does: string; done: string }[] = [
  {
    wish: 'pause',
    does: 'begin no further instance until it is resumed; those in the dock are finished',
    done: 'is asked to pause',
  },
  { wish: 'resume', does: 'let a paused run go on', done: 'is asked to go on' },
  {
    wish: 'abort',
    does: 'end a run: what is in the dock is finished or rolled back, the rest is skipped',
    done: 'is asked to end; what is in the dock is finished or rolled back first',
  },
  {
    wish: 'approve',
    does: 'let a run go on that waits for a person to look at it',
    done: 'is approved and goes on',
  },
];

function addSteering(command: Command, context: Context): void {
  for (const { wish, does, done } of STEERING) {
    command
      .command(`${wish} <id>`)
      .description(does)
      .addOption(engineOption())
      .action(
        context.action(
          (id: string, { engine }: EngineFlag): Promise<ExitCode> =>
            withEveryRun(context, engine, async (every) => {
              const runs = await every.with(id);
              await runs.steer(id, wish);
              await noteOrphan(runs, id, context);
              context.answer({ runId: id, asked: wish }, () => `run ${printable(id)} ${done}`);
              return EXIT.done;
            }),
        ),
      );
  }
}
