/** Removing a stack, and what is to be known before. */
import { explained } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { allPages } from '../fleet/pages.ts';
import type { StackCalls } from './calls.ts';
import type { DeployPorts, Following } from './deploy.ts';
import { followStack, newestEvent, type Stack } from './stack.ts';
import { destroyFailure } from './stack-errors.ts';
import { standingOf } from './stack-status.ts';
import { templateResources } from './template.ts';

export interface StackResource {
  logicalId: string;
  type: string;
  physicalId: string;
  /** Whether it stays when the stack goes. */
  retained: boolean;
}

/** What is in a stack, by type and logical id. Rejects with a `DrydockError` when AWS cannot be asked. */
export async function stackResources(calls: StackCalls, { id, status }: Stack): Promise<StackResource[]> {
  // It has no template before a change set of its is executed.
  if (standingOf(status) === 'in-review') return [];
  const { TemplateBody = '' } = await explained(calls.getTemplate({ StackName: id, TemplateStage: 'Original' }));
  const template = templateResources(TemplateBody);
  const summaries = await explained(
    allPages(async (token) => {
      const page = await calls.listStackResources({
        StackName: id,
        ...(token === undefined ? {} : { NextToken: token }),
      });
      return { items: page.StackResourceSummaries, next: page.NextToken };
    }),
  );
  return summaries
    .filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE')
    .map(({ LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' }) => ({
      logicalId: LogicalResourceId,
      type: ResourceType,
      physicalId: PhysicalResourceId,
      retained: template[LogicalResourceId]?.DeletionPolicy?.startsWith('Retain') === true,
    }))
    .sort((a, b) => (`${a.type} ${a.logicalId}` < `${b.type} ${b.logicalId}` ? -1 : 1));
}

/**
 * Removes a stack and follows it to its end. Rejects with a `DrydockError`: exit code 2 when CloudFormation does not begin, 6 when
 * something could not be removed; and with `signal.reason` when that is aborted, while CloudFormation goes on.
 */
export async function removeStack(
  { calls, clock, uuid }: DeployPorts,
  { id, name }: Stack,
  { onEvent, signal }: Following,
): Promise<void> {
  const before = await explained(newestEvent(calls, id));
  await explained(calls.deleteStack({ StackName: id, ClientRequestToken: uuid() })).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'ValidationError' ? notRemoved(name, error) : error;
  });
  const end = await followStack(id, before, { calls, clock, onEvent, ...(signal === undefined ? {} : { signal }) });
  if (end.status !== 'DELETE_COMPLETE') throw destroyFailure(name, end);
}

function notRemoved(name: string, cause: Error): DrydockError {
  return new DrydockError(`stack ${name} was not removed: ${cause.message}`, {
    exitCode: EXIT.badInput,
    next: /termination ?protection/i.test(cause.message)
      ? `Somebody protected it. To lift that: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name}`
      : 'Nothing was touched. Mend what it says and try again.',
    cause,
  });
}
