/** `drydock plan`: what a run would do. Reads AWS, changes nothing. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import { list, time } from '../arguments.ts';
import type { Context } from '../context.ts';
import { withEveryRun } from '../every-run.ts';
import { hasWork, makePlans, planDocument, planText, type SelectionFlags, selectionOf } from '../planning.ts';
import { loadPolicy } from '../policy-file.ts';
import { reachCloud } from '../reach.ts';

const EXAMPLES = `
Examples:
  drydock plan --environment staging
  drydock plan --group web --group api --out plan.json     then: drydock run --plan plan.json
  drydock plan --environment production --at 2026-03-17    the plan as of another day
  drydock plan --environment staging --detailed-exitcode   0 nothing to do, 10 work to do
`;

interface PlanFlags extends SelectionFlags {
  out?: string;
  at?: Date;
  detailedExitcode?: boolean;
}

/** Adds the flags and the action of `drydock plan`. */
export function plan(command: Command, context: Context): void {
  command
    .option('--group <group>', 'an Auto Scaling group; may be given more than once', list)
    .option('--environment <environment>', 'all groups of this environment')
    .option('--out <file>', 'also write the plan to this file, for `drydock run --plan`')
    .option('--at <time>', 'the plan as of this day or time (UTC unless it says otherwise)', time)
    .option('--detailed-exitcode', 'exit with 10 when there is work to do')
    .addHelpText('after', EXAMPLES)
    .action(
      context.action(async (flags: PlanFlags) => {
        const selection = selectionOf(flags);
        const policy = loadPolicy(context);
        const finished = await withEveryRun(context, undefined, (runs) => runs.finished(policy.name));
        const { stateDir } = context.flags;
        const plans = await makePlans(await reachCloud(context), {
          policy,
          selection,
          finished,
          stateDir,
          at: flags.at,
        });
        if (flags.out !== undefined) writePlan(flags.out, plans);
        context.answer(planDocument(plans), () => planText(plans, context, process.stdout));
        return flags.detailedExitcode === true && plans.some(hasWork) ? EXIT.workToDo : EXIT.done;
      }),
    );
}

function writePlan(file: string, plans: Plan[]): void {
  try {
    // The headers of health checks are in it.
    writeFileSync(file, `${JSON.stringify(planDocument(plans), null, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new DrydockError(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      exitCode: EXIT.badInput,
      next: 'Name another file with --out.',
      cause,
    });
  }
}
