/** `drydock recover`: makes whole what a run left behind that was killed, aborted or timed out. */
import type { Command } from 'commander';
import { explained } from '../../orchestrator/aws/explain.ts';
import { DrydockError, EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { readFleet } from '../../orchestrator/fleet/read.ts';
import { printable } from '../../orchestrator/printable.ts';
import { type Recovered, recoverAll, recoverRun, type Surroundings } from '../../orchestrator/runs/recovery.ts';
import { type TaggedRun, taggedOrder } from '../../orchestrator/runs/tagged.ts';
import { matchGroup } from '../../policies/groups.ts';
import { followOrAbort } from '../carry-out.ts';
import type { Context } from '../context.ts';
import { type EngineFlag, engineOption, withEveryRun } from '../every-run.ts';
import { codeUnless, interruptible } from '../interrupt.ts';
import { loadPolicy } from '../policy-file.ts';
import { progressSink } from '../progress/sink.ts';
import { type Reached, withEmbedded } from '../reach.ts';

const EXAMPLES = `
Examples:
  drydock recover                            everything that tags on the groups say is not whole
  drydock recover 20260310-020000-1a2b3      what this run left behind
  drydock recover 20260310-020000-1a2b3 --engine step-functions      on AWS, by the state machine there
`;

interface RecoverFlags extends EngineFlag {
  force?: boolean;
}

/** Adds the action of `drydock recover`. */
export function recover(command: Command, context: Context): void {
  command
    .argument('[id]', 'the run (default: all that left something behind)')
    .option(
      '--force',
      'recover a run that is not known here although its lease holds: where it was begun is gone for certain',
    )
    .addOption(engineOption())
    .addHelpText('after', EXAMPLES)
    .action(
      context.action((id: string | undefined, flags: RecoverFlags) =>
        flags.engine === 'step-functions' ? recoverThere(id, context) : recoverHere(id, flags, context),
      ),
    );
}

async function recoverHere(id: string | undefined, { force }: RecoverFlags, context: Context): Promise<ExitCode> {
  return withEmbedded(context, async (runs, aws) => {
    const where: Surroundings = {
      cloud: aws.cloud,
      now: Date.now(),
      ...(force === undefined ? {} : { force }),
      orderOf: (tagged) => orderByPolicy(tagged, aws, context),
      places: () => loadPolicy(context).notify,
    };
    const sink = progressSink(context);
    const { result, signal } = await interruptible(async (signal) => {
      const follow = (runId: string) => followOrAbort(runs, runId, sink, signal);
      const recovered = id === undefined ? recoverAll(runs, where, follow) : recoverRun(runs, id, follow, where);
      return { result: await recovered, signal };
    }).finally(() => sink.end());
    return codeUnless(signal, answer(result, context));
  });
}

/** The policy at hand may not be the one that the run followed, but its health checks are better than none. */
async function orderByPolicy(tagged: TaggedRun, { cloud, region }: Reached, context: Context) {
  const policy = loadPolicy(context);
  const fleet = await explained(readFleet(cloud, tagged.group, { region, now: new Date().toISOString() }));
  if (matchGroup(policy, fleet.group) !== undefined) return taggedOrder(tagged, policy, fleet.group);
  context.note(
    printable(
      `${tagged.group}: policy ${policy.name} says nothing of it: recovered without HTTP checks, by its target groups alone`,
    ),
  );
  return undefined;
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
  if (!isWhole(result)) return EXIT.notWhole;
  return result.elsewhere.length > 0 ? EXIT.groupHeld : EXIT.done;
}

function isWhole({ resumed, recovered }: Recovered): boolean {
  const left = [...resumed, ...recovered].filter(({ notWhole }) => notWhole !== undefined);
  // What a resumed run could not make whole, the recovery after it may have.
  const mended = new Set(recovered.filter(({ notWhole }) => notWhole === undefined).map(({ runId }) => runId));
  return left.every(({ runId }) => mended.has(runId));
}

function documentOf({ resumed, recovered, elsewhere, alive }: Recovered) {
  return {
    resumed: resumed.map(({ runId, group, status }) => ({ runId, group, status })),
    recovered,
    elsewhere,
    alive,
  };
}

function textOf({ resumed, recovered, elsewhere, alive }: Recovered): string[] {
  const lines = [
    ...resumed.map(({ runId, group, status }) => `${group}: went on with run ${runId}, which ${status}`),
    ...recovered.flatMap(({ runId, group, mended, restored, undelivered, notWhole }) => [
      `${group}: ${notWhole === undefined ? 'made whole' : 'NOT WHOLE'} after run ${runId}${notWhole === undefined ? '' : `: ${notWhole}`}`,
      ...mended.map(
        ({ instanceId, outcome, reason }) => `  ${instanceId} ${outcome}${reason === '' ? '' : `: ${reason}`}`,
      ),
      ...restored.map((what) => `  ${what} put back`),
      ...undelivered.map((what) => `  not told: ${what}`),
    ]),
    ...elsewhere.map(({ runId, group, why }) => `${group}: run ${runId} is not known here and was left alone: ${why}`),
    ...alive.map((runId) => `run ${runId} goes on in another process`),
  ];
  return lines.length === 0 ? ['nothing to recover'] : lines;
}
