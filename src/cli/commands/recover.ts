/** `drydock recover`: makes whole what a run left behind that was killed, aborted or timed out. */
import type { Command } from 'commander';
import { DrydockError, EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { printable } from '../../orchestrator/printable.ts';
import { type Recovered, recoverAll, recoverRun } from '../../orchestrator/runs/recovery.ts';
import { followOrAbort } from '../carry-out.ts';
import type { Context } from '../context.ts';
import { type EngineFlag, engineOption, withEveryRun } from '../every-run.ts';
import { interruptible } from '../interrupt.ts';
import { progressSink } from '../progress/sink.ts';
import { withEmbedded } from '../reach.ts';

const EXAMPLES = `
Examples:
  drydock recover                            everything that tags on the groups say is not whole
  drydock recover 20260310-020000-1a2b3      what this run left behind
  drydock recover 20260310-020000-1a2b3 --engine step-functions      on AWS, by the state machine there
`;

/** Adds the action of `drydock recover`. */
export function recover(command: Command, context: Context): void {
  command
    .argument('[id]', 'the run (default: all that left something behind)')
    .addOption(engineOption())
    .addHelpText('after', EXAMPLES)
    .action(
      context.action((id: string | undefined, { engine }: EngineFlag) =>
        engine === 'step-functions' ? recoverThere(id, context) : recoverHere(id, context),
      ),
    );
}

async function recoverHere(id: string | undefined, context: Context): Promise<ExitCode> {
  return withEmbedded(context, async (runs, { cloud }) => {
    const sink = progressSink(context);
    const result = await interruptible((signal) => {
      const follow = (runId: string) => followOrAbort(runs, runId, sink, signal);
      return id === undefined ? recoverAll(runs, cloud, follow) : recoverRun(runs, id, follow);
    }).finally(() => sink.end());
    return answer(result, context);
  });
}

/** On AWS a rule recovers every rollout that ended badly; this asks for it once more. */
async function recoverThere(id: string | undefined, context: Context): Promise<ExitCode> {
  if (id === undefined) {
    throw new DrydockError('on Step Functions one run at a time is recovered, and none is named', {
      exitCode: EXIT.badInput,
      next: 'Name it: drydock recover ID --engine step-functions. See drydock runs list --engine step-functions.',
    });
  }
  return withEveryRun(context, 'step-functions', async (every) => {
    const runs = await every.with(id);
    return answer(await recoverRun(runs, id, (runId) => runs.follow(runId)), context);
  });
}

function answer(result: Recovered, context: Context): ExitCode {
  context.answer(documentOf(result), () => textOf(result).map(printable).join('\n'));
  return isWhole(result) ? EXIT.done : EXIT.notWhole;
}

function isWhole({ resumed, recovered, unknown }: Recovered): boolean {
  const left = [...resumed, ...recovered].filter(({ notWhole }) => notWhole !== undefined);
  // What a resumed run could not make whole, the recovery after it may have.
  const mended = new Set(recovered.filter(({ notWhole }) => notWhole === undefined).map(({ runId }) => runId));
  return unknown.length === 0 && left.every(({ runId }) => mended.has(runId));
}

function documentOf({ resumed, recovered, unknown, alive }: Recovered) {
  return { resumed: resumed.map(({ runId, group, status }) => ({ runId, group, status })), recovered, unknown, alive };
}

function textOf({ resumed, recovered, unknown, alive }: Recovered): string[] {
  const lines = [
    ...resumed.map(({ runId, group, status }) => `${group}: went on with run ${runId}, which ${status}`),
    ...recovered.flatMap(({ runId, group, mended, notWhole }) => [
      `${group}: ${notWhole === undefined ? 'made whole' : 'NOT WHOLE'} after run ${runId}${notWhole === undefined ? '' : `: ${notWhole}`}`,
      ...mended.map(
        ({ instanceId, outcome, reason }) => `  ${instanceId} ${outcome}${reason === '' ? '' : `: ${reason}`}`,
      ),
    ]),
    ...unknown.map(
      ({ runId, group }) => `${group}: carries the tag of run ${runId}, which is not known in this state directory`,
    ),
    ...alive.map((runId) => `run ${runId} goes on in another process`),
  ];
  return lines.length === 0 ? ['nothing to recover'] : lines;
}
