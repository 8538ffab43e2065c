/** `drydock deploy`: one CloudFormation stack for a policy, shown as a change set before anything is changed. */
import type { Command } from 'commander';
import type { Synthesized } from '../../../infra/synthesize.ts';
import { uploadAssets } from '../../orchestrator/deployment/assets.ts';
import { assetCalls } from '../../orchestrator/deployment/calls.ts';
import { explainedDeploying } from '../../orchestrator/deployment/denied.ts';
import {
  type ChangeSet,
  dropChangeSet,
  executeChangeSet,
  makeChangeSet,
} from '../../orchestrator/deployment/deploy.ts';
import { removeStack } from '../../orchestrator/deployment/destroy.ts';
import { runningExecutions } from '../../orchestrator/deployment/running.ts';
import type { Stack } from '../../orchestrator/deployment/stack.ts';
import { refuseUndeployable } from '../../orchestrator/deployment/stack-errors.ts';
import { standingOf } from '../../orchestrator/deployment/stack-status.ts';
import type { StackTemplate } from '../../orchestrator/deployment/template.ts';
import { DrydockError, EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import { stepFunctionsClient } from '../../orchestrator/step-functions/sdk-client.ts';
import { confirm, requireAnswerer } from '../confirm.ts';
import type { Context } from '../context.ts';
import { rememberDeployment } from '../deployments.ts';
import { interruptible, unlessAborted } from '../interrupt.ts';
import { loadPolicyDocument } from '../policy-file.ts';
import { goesOnText, placeOf, type ReachedStack, reachStack } from '../reach-stack.ts';
import { changesText, onEvent } from '../stack-text.ts';
import { withSynthesized } from '../synthesized.ts';

const EXAMPLES = `
Examples:
  drydock deploy                           show what would change, ask, and change it
  drydock deploy --dry-run                 show it, and change nothing
  drydock deploy --yes --json              for scripts
  drydock deploy --bucket my-artifacts     where cdk bootstrap was never run

Code and definitions are uploaded first: their names follow from what is in them, so nothing that is in use is overwritten.
Ctrl-C while CloudFormation is at work leaves it at work.
`;

interface DeployFlags {
  yes?: boolean;
  dryRun?: boolean;
  bucket?: string;
}

type Outcome = 'deployed' | 'unchanged' | 'shown' | 'declined' | 'interrupted';

/** Adds the flags and the action of `drydock deploy`. */
export function deploy(command: Command, context: Context): void {
  command
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--bucket <bucket>', 'the bucket for code and definitions (default: that of cdk bootstrap)')
    .addHelpText('after', EXAMPLES)
    .action(context.action((flags: DeployFlags) => explainedDeploying(deployPolicy(flags, context))));
}

async function deployPolicy(flags: DeployFlags, context: Context): Promise<ExitCode> {
  const document = loadPolicyDocument(context);
  if (flags.dryRun !== true) requireAnswerer(flags.yes, context);
  const reached = await reachStack(document.policy.name, context);
  refuseUndeployable(reached.stack);
  return interruptible((signal) =>
    withSynthesized(document, flags.bucket, context, async (synthesized) => {
      await upload(reached, synthesized, flags, context);
      const ended = await unlessAborted(signal, () => change(reached, templateOf(synthesized), flags, context, signal));
      return ended ?? tell(reached, context, { outcome: 'declined', text: 'nothing was changed' });
    }),
  );
}

async function upload(
  { deployed, options }: ReachedStack,
  { assets }: Synthesized,
  { bucket }: DeployFlags,
  context: Context,
): Promise<void> {
  const uploaded = await uploadAssets(await assetCalls(options), deployed, assets, { ownBucket: bucket === undefined });
  if (uploaded > 0) context.note(`uploaded ${uploaded === 1 ? '1 file' : `${uploaded} files`}`);
}

function templateOf({ template, assets }: Synthesized): StackTemplate {
  const asset = assets.at(-1);
  if (asset === undefined) throw new Error('the template is not among the assets of its stack');
  return { text: JSON.stringify(template), asset };
}

async function change(
  reached: ReachedStack,
  template: StackTemplate,
  flags: DeployFlags,
  context: Context,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { ports, deployed } = reached;
  const standing = await withoutRemains(reached, flags, context);
  if (standing === 'declined') return tell(reached, context, { outcome: 'declined', text: 'nothing was touched' });
  signal.throwIfAborted();
  context.note(`asking CloudFormation what would change in ${placeOf(reached)}`);
  const changeSet = await makeChangeSet(ports, deployed, standing.stack, template, signal);
  if (changeSet === undefined) {
    rememberDeployment(context.flags.stateDir, deployed);
    return tell(reached, context, {
      outcome: 'unchanged',
      text: `nothing to change: ${placeOf(reached)} is as the policy says`,
    });
  }
  const { changes } = changeSet;
  show(changesText(changes), context);
  if (!changeSet.creates) await noteRunning(reached, context);
  const isWanted = flags.dryRun !== true && (await confirm(question(reached, changeSet), flags.yes, context));
  if (!isWanted || signal.aborted) {
    await dropChangeSet(ports.calls, changeSet);
    const outcome = flags.dryRun === true ? 'shown' : 'declined';
    return tell(reached, context, { outcome, changes, text: 'nothing was changed' });
  }
  const isThrough = await unlessAborted(signal, async () => {
    await executeChangeSet(ports, changeSet, { onEvent: onEvent(context), signal });
    return true;
  });
  rememberDeployment(context.flags.stateDir, deployed);
  return isThrough === undefined
    ? tell(reached, context, { outcome: 'interrupted', changes, text: goesOnText(reached) })
    : tell(reached, context, { outcome: 'deployed', changes, text: `${placeOf(reached)} is deployed\n${NEXT}` });
}

const CODES: Record<Outcome, ExitCode> = {
  deployed: EXIT.done,
  unchanged: EXIT.done,
  shown: EXIT.done,
  declined: EXIT.interrupted,
  interrupted: EXIT.interrupted,
};

function tell(
  { deployed, stackName }: ReachedStack,
  context: Context,
  { outcome, changes = [], text }: { outcome: Outcome; changes?: ChangeSet['changes']; text: string },
): ExitCode {
  context.answer({ ...deployed, stack: stackName, outcome, changes }, () => text);
  return CODES[outcome];
}

/** Functions have no versions: what is under way calls the new ones from the moment that they are there. */
async function noteRunning({ deployed, options }: ReachedStack, context: Context): Promise<void> {
  for (const { machine, name } of await runningExecutions(await stepFunctionsClient(options), deployed)) {
    context.note(
      `${machine} ${name} is under way: it goes on by the definition that it began with, and by the new functions`,
    );
  }
}

const NEXT = [
  '→ When rollouts begin by themselves: drydock schedule list',
  '  To begin one: drydock run --engine step-functions --environment ENVIRONMENT',
].join('\n');

function question({ deployed: { account, region } }: ReachedStack, { creates, stackName }: ChangeSet): string {
  return `${creates ? 'Create' : 'Change'} stack ${stackName} in account ${account}, ${region}?`;
}

/** On stdout, as the first part of the answer; with --json that is the document alone, and a person who is asked reads it on stderr. */
function show(text: string, context: Context): void {
  if (context.flags.quiet === true) return;
  if (!context.flags.json) process.stdout.write(`${text}\n\n`);
  else if (context.interactive) context.note(`${text}\n`);
}

/** CloudFormation makes no change set for a stack whose creation failed: what is left of it, which is only its name, goes first. */
async function withoutRemains(
  { stack, ports }: ReachedStack,
  flags: DeployFlags,
  context: Context,
): Promise<{ stack: Stack | undefined } | 'declined'> {
  if (stack === undefined || standingOf(stack.status) !== 'never-stood') return { stack };
  const what = `stack ${stack.name} is ${stack.status}: its creation failed, and nothing is in it`;
  if (flags.dryRun === true) {
    throw new DrydockError(`it cannot be shown what would change: ${what}`, {
      exitCode: EXIT.badInput,
      next: 'Remove it with drydock destroy, or deploy without --dry-run: it is removed first then.',
    });
  }
  context.note(`${what}. It has to be removed before it can be made anew.`);
  if (!(await confirm(`Remove stack ${stack.name}?`, flags.yes, context))) return 'declined';
  await removeStack(ports, stack, { onEvent: onEvent(context) });
  return { stack: undefined };
}
