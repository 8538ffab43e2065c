/** Deploying a stack: what is to change is asked of CloudFormation first, as a change set, and carried out when somebody wants it. */
import type { CreateChangeSetInput, DescribeChangeSetOutput } from '@aws-sdk/client-cloudformation';
import type { Clock } from '../../interpreter/ports.ts';
import { explainAwsError } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { allPages } from '../fleet/pages.ts';
import { type Deployed, deployedName } from '../step-functions/deployed.ts';
import type { StackCalls } from './calls.ts';
import { type Capability, capabilitiesOf, type ResourceChange, resourceChanges, saysNoChanges } from './change-set.ts';
import { findStack, followStack, newestEvent, type Stack } from './stack.ts';
import { deployFailure } from './stack-errors.ts';
import type { StackEvent } from './stack-events.ts';
import { standingOf } from './stack-status.ts';
import { type StackTemplate, templateInput, templateResources } from './template.ts';

export interface DeployPorts {
  calls: StackCalls;
  clock: Clock;
  /** A fresh GUID at each call. */
  uuid: () => string;
}

/** A change set that can be executed. */
export interface ChangeSet {
  id: string;
  stackId: string;
  stackName: string;
  /** Whether it makes the stack; else it changes one. */
  creates: boolean;
  changes: ResourceChange[];
  capabilities: Capability[];
}

/** Hears of what CloudFormation does, and may look away. */
export interface Following {
  onEvent(event: StackEvent): void;
  signal?: AbortSignal;
}

const LOOK_AGAIN_MS = 2_000;
/** CloudFormation makes one in seconds; what takes longer than this hangs. */
const MOST_MS = 10 * 60_000;

/**
 * Makes a change set from the stack as it stands to the template; undefined when there is nothing to change. `stack` must be one that
 * `refuseUndeployable` let through. Rejects with a `DrydockError` (exit code 2, nothing deployed) when CloudFormation does not take the
 * template, and with `signal.reason` when that is aborted; in neither case does anything of it stay.
 */
export async function makeChangeSet(
  ports: DeployPorts,
  deployed: Deployed,
  stack: Stack | undefined,
  template: StackTemplate,
  signal?: AbortSignal,
): Promise<ChangeSet | undefined> {
  const stackName = deployedName(deployed.policy);
  const capabilities = capabilitiesOf(templateResources(template.text));
  const creates = standingOf(stack?.status) !== 'standing';
  const asked = await created(ports.calls, stackName, {
    StackName: stackName,
    ChangeSetName: `drydock-${ports.uuid()}`,
    // The same call twice, after an answer that was lost, is one change set.
    ClientToken: ports.uuid(),
    ChangeSetType: creates ? 'CREATE' : 'UPDATE',
    Capabilities: capabilities,
    Tags: [{ Key: 'drydock:policy', Value: deployed.policy }],
    ...templateInput(template, deployed),
  });
  const made = { ...asked, stackName, creates, capabilities };
  const { description, changes } = await described(ports, made, signal).catch(async (error: unknown) => {
    await dropChangeSet(ports.calls, made).catch(() => {});
    throw error;
  });
  if (description.Status === 'CREATE_COMPLETE') return { ...made, changes: resourceChanges(changes) };
  await dropChangeSet(ports.calls, made);
  if (saysNoChanges(description.StatusReason)) return undefined;
  throw notTaken(stackName, description.StatusReason ?? description.Status ?? 'it does not say why');
}

async function created(calls: StackCalls, stackName: string, input: CreateChangeSetInput) {
  try {
    const { Id = '', StackId = '' } = await calls.createChangeSet(input);
    return { id: Id, stackId: StackId };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Somebody was quicker: between looking at the stack and now.
    if (/_IN_PROGRESS state/.test(error.message)) throw inTheMeantime(stackName, error);
    const explained = explainAwsError(error);
    if (explained !== undefined) throw explained;
    // Whatever else AWS finds wrong with the call is about the template, or a limit of the account.
    throw '$fault' in error && error.$fault === 'client' ? notTaken(stackName, error.message, error) : error;
  }
}

/** The change set once it is made or given up, with all its changes. */
async function described(
  { calls, clock }: DeployPorts,
  { id, stackId }: Pick<ChangeSet, 'id' | 'stackId'>,
  signal: AbortSignal | undefined,
) {
  const page = (token?: string): Promise<DescribeChangeSetOutput> =>
    calls.describeChangeSet({
      ChangeSetName: id,
      StackName: stackId,
      ...(token === undefined ? {} : { NextToken: token }),
    });
  const until = clock.now() + MOST_MS;
  for (;;) {
    const description = await page();
    const status = description.Status ?? '';
    if (status !== 'CREATE_PENDING' && status !== 'CREATE_IN_PROGRESS') {
      const changes = await allPages(async (token) => {
        const { Changes, NextToken } = token === undefined ? description : await page(token);
        return { items: Changes, next: NextToken };
      });
      return { description, changes };
    }
    if (clock.now() >= until) return { description, changes: [] };
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Takes a change set back, and with it a stack that it would have made: as if nobody had asked. */
export async function dropChangeSet(
  calls: StackCalls,
  { id, stackId, creates }: Pick<ChangeSet, 'id' | 'stackId' | 'creates'>,
): Promise<void> {
  await calls.deleteChangeSet({ ChangeSetName: id, StackName: stackId });
  if (!creates) return;
  // Somebody else may have executed a change set of theirs meanwhile: then it is a stack with something in it.
  const stack = await findStack(calls, stackId);
  if (standingOf(stack?.status) === 'in-review') await calls.deleteStack({ StackName: stackId });
}

/**
 * Executes a change set and follows it to its end. Rejects with a `DrydockError` when it fails: exit code 3 when CloudFormation has put
 * everything back, 6 when it could not; and with `signal.reason` when that is aborted, while CloudFormation goes on.
 */
export async function executeChangeSet(
  { calls, clock, uuid }: DeployPorts,
  changeSet: ChangeSet,
  { onEvent, signal }: Following,
): Promise<void> {
  const { id, stackId, creates } = changeSet;
  const before = await newestEvent(calls, stackId);
  await calls
    .executeChangeSet({
      ChangeSetName: id,
      StackName: stackId,
      ClientRequestToken: uuid(),
      // What is retained is retained once it has been of use: a creation that fails leaves nothing.
      RetainExceptOnCreate: true,
    })
    .catch((error: unknown) => {
      throw error instanceof Error && error.name === 'InvalidChangeSetStatus'
        ? inTheMeantime(changeSet.stackName, error)
        : (explainAwsError(error) ?? error);
    });
  const end = await followStack(stackId, before, {
    calls,
    clock,
    onEvent,
    ...(signal === undefined ? {} : { signal }),
  });
  if (end.status === (creates ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE')) return;
  throw deployFailure(changeSet.stackName, end);
}

function notTaken(stackName: string, why: string, cause?: Error): DrydockError {
  return new DrydockError(`nothing was deployed: CloudFormation does not take the template of ${stackName}: ${why}`, {
    exitCode: EXIT.badInput,
    next: /resource types?/i.test(why)
      ? 'The region may lack a service that a deployment needs: choose another with --region.'
      : 'See the template with `drydock render template`.',
    cause,
  });
}

function inTheMeantime(stackName: string, cause: Error): DrydockError {
  return new DrydockError(
    `nothing was deployed: somebody else began to change stack ${stackName} in the meantime: ${cause.message}`,
    { exitCode: EXIT.groupHeld, next: 'Try again when they are through.', cause },
  );
}
