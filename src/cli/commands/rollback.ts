/** `drydock runs rollback`: puts back every instance that a run patched, the newest first, from the snapshots that it kept. */
import type { Command } from 'commander';
import type { Cloud } from '../../orchestrator/aws/cloud.ts';
import { EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { printable } from '../../orchestrator/printable.ts';
import { notServing } from '../../orchestrator/runs/begin-rollback.ts';
import type { Rollback, Runs } from '../../orchestrator/runs/runs.ts';
import { toContractJson } from '../../orchestrator/runs/view.ts';
import { followRun, trigger } from '../carry-out.ts';
import { confirm, requireAnswerer } from '../confirm.ts';
import type { Context } from '../context.ts';
import { type EngineFlag, engineOption, withEveryRun } from '../every-run.ts';
import { progressSink } from '../progress/sink.ts';
import { reachCloud, withEmbedded } from '../reach.ts';
import { runText } from '../run-text.ts';
import { table } from '../table.ts';

interface RollbackFlags extends EngineFlag {
  yes?: boolean;
}

/** Adds `rollback` to `runs`. */
export function addRollback(runs: Command, context: Context): void {
  runs
    .command('rollback <id>')
    .description('put back every instance that a run patched, newest first, one at a time, from its kept snapshots')
    .option('--yes', 'do not ask')
    .addOption(engineOption())
    .action(
      context.action(async (id: string, flags: RollbackFlags) => {
        requireAnswerer(flags.yes, context);
        if (flags.engine !== 'step-functions') {
          return withEmbedded(context, (here, { cloud }) => rollBack(id, here, cloud, flags, context));
        }
        const { cloud } = await reachCloud(context);
        return withEveryRun(context, 'step-functions', async (every) =>
          rollBack(id, await every.with(id), cloud, flags, context),
        );
      }),
    );
}

async function rollBack(id: string, runs: Runs, cloud: Cloud, { yes }: RollbackFlags, context: Context) {
  const rollback = await runs.rollbackOf(id);
  const sick = await notServing(rollback, cloud);
  context.note(`${rollbackText(rollback, sick)}\n`);
  if (!(await confirm('Roll these back?', yes, context))) {
    context.note('Nothing was touched.');
    return EXIT.interrupted;
  }
  // Whoever was asked may have taken an hour to say yes, and another run may have patched meanwhile.
  return follow(await runs.rollBack(await runs.rollbackOf(id), sick, trigger()), runs, context);
}

/** What is shown before somebody is asked. */
export function rollbackText({ order, patched }: Pick<Rollback, 'order' | 'patched'>, sick: string[]): string {
  const rows = patched.map(({ instanceId, patchedAt, snapshotId }) => [
    instanceId,
    patchedAt.replace(/\.\d+Z$/, 'Z'),
    snapshotId ?? 'no snapshot is kept: left as it is',
    sick.includes(instanceId) ? 'does not serve: first' : '',
  ]);
  const what = printable(`run ${order.runId} on ${order.groupName}`);
  return [
    `Rolling back ${what}: one instance at a time leaves service, gets its root volume back as it was`,
    'before the patch (what was written to it since is lost), is checked, and goes back into service.',
    '',
    table(['INSTANCE', 'PATCHED', 'SNAPSHOT', ''], rows),
  ].join('\n');
}

async function follow(id: string, runs: Runs, context: Context): Promise<ExitCode> {
  const sink = progressSink(context);
  const { exitCode, view } = await followRun(runs, id, sink).finally(() => sink.end());
  const { plan } = await runs.read(id);
  context.answer(toContractJson(view, plan), () => runText(view, context));
  return exitCode;
}
