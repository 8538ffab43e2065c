/** Removing a stack, and what is to be known before. */
import { explained } from '../aws/explain.ts';
import { allPages } from '../fleet/pages.ts';
import type { StackCalls } from './calls.ts';
import type { DeployPorts, Following } from './deploy.ts';
import { followStack, newestEvent, type Stack } from './stack.ts';
import { destroyFailure } from './stack-errors.ts';
import { templateResources } from './template.ts';

export interface StackResource {
  logicalId: string;
  type: string;
  physicalId: string;
  /** Whether it stays when the stack goes. */
  retained: boolean;
}

/** What is in a stack, by type and logical id. Rejects with a `DrydockError` when AWS cannot be asked. */
export async function stackResources(calls: StackCalls, { id }: Stack): Promise<StackResource[]> {
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
 * Removes a stack and follows it to its end. Rejects with a `DrydockError` (exit code 6) when something could not be removed; and with
 * `signal.reason` when that is aborted, while CloudFormation goes on.
 */
export async function removeStack(
  { calls, clock, uuid }: DeployPorts,
  { id, name }: Stack,
  { onEvent, signal }: Following,
): Promise<void> {
  const before = await explained(newestEvent(calls, id));
  await explained(calls.deleteStack({ StackName: id, ClientRequestToken: uuid() }));
  const end = await followStack(id, before, { calls, clock, onEvent, ...(signal === undefined ? {} : { signal }) });
  if (end.status !== 'DELETE_COMPLETE') throw destroyFailure(name, end);
}
