/** `drydock doctor`: whether everything is there that a run needs, and how to mend what is not. Changes nothing. */
import { type Command, Option } from 'commander';
import { sdkAccount } from '../../orchestrator/doctor/account.ts';
import { examine } from '../../orchestrator/doctor/doctor.ts';
import { realClock } from '../../orchestrator/engine/clock.ts';
import { EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { nodeHttpGet } from '../../orchestrator/http/node-http.ts';
import { PERMISSION_SETS, type PermissionSet, permissionsOf, scopeOf } from '../../orchestrator/permissions/sets.ts';
import { list } from '../arguments.ts';
import type { Context } from '../context.ts';
import { doctorText, summaryOf } from '../doctor-text.ts';
import { type SelectionFlags, selectionOf } from '../planning.ts';
import { loadPolicy } from '../policy-file.ts';
import { reachCloud } from '../reach.ts';

const EXAMPLES = `
Examples:
  drydock doctor                                  everything that a run on any group of the policy needs
  drydock doctor --environment staging --for plan
  drydock doctor --print-policy run > run.json    an IAM policy that lets its holder do all of it

Exit codes: 0 nothing is to be mended, 2 something is. What could not be checked is told, and changes neither.
`;

interface DoctorFlags extends SelectionFlags {
  for: PermissionSet;
  printPolicy?: PermissionSet;
}

/** Adds the flags and the action of `drydock doctor`. */
export function doctor(command: Command, context: Context): void {
  command
    .option('--group <group>', 'an Auto Scaling group; may be given more than once', list)
    .option('--environment <environment>', 'all groups of this environment')
    .addOption(
      new Option('--for <what>', 'what the credentials are to be good for').choices(PERMISSION_SETS).default('run'),
    )
    .addOption(
      new Option('--print-policy <what>', 'print the IAM policy that allows this, and check nothing').choices(
        PERMISSION_SETS,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(
      context.action(async (flags: DoctorFlags) =>
        flags.printPolicy === undefined ? diagnose(flags, context) : printPolicy(flags.printPolicy, flags, context),
      ),
    );
}

async function diagnose(flags: DoctorFlags, context: Context): Promise<ExitCode> {
  const policy = loadPolicy(context);
  const { region, profile, endpointUrl } = context.flags;
  const reached = await reachCloud(context);
  const diagnosis = await examine({
    cloud: reached.cloud,
    account: sdkAccount({
      region: region ?? reached.region,
      ...(profile === undefined ? {} : { profile }),
      ...(endpointUrl === undefined ? {} : { endpointUrl }),
    }),
    httpGet: nodeHttpGet(),
    clock: realClock(),
    region: reached.region,
    policy,
    set: flags.for,
    ...(flags.group === undefined && flags.environment === undefined ? {} : { selection: selectionOf(flags) }),
    progress: (line) => context.note(line),
  });
  const summary = summaryOf(diagnosis.findings);
  context.answer({ ...diagnosis, summary }, () => doctorText(diagnosis.findings, context));
  return summary.bad === 0 ? EXIT.done : EXIT.badInput;
}

/** Asks nothing of AWS: what is not told by flags and policy stands for any. */
function printPolicy(set: PermissionSet, { group, environment }: DoctorFlags, context: Context): ExitCode {
  const { region } = context.flags;
  const selected = {
    ...(group === undefined ? {} : { groups: group }),
    ...(environment === undefined ? {} : { environment }),
  };
  const document = permissionsOf(set, scopeOf(loadPolicy(context), region === undefined ? {} : { region }, selected));
  context.answer(document, () => JSON.stringify(document, null, 2));
  return EXIT.done;
}
