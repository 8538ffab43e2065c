/** Asking IAM what it would decide, statement by statement. */
import type { ContextEntry, EvaluationResult } from '@aws-sdk/client-iam';
import type { Statement } from '../permissions/statements.ts';
import type { Account, Identity } from './account.ts';
import type { Finding } from './finding.ts';

/** Whose policies are simulated; or why they cannot be. */
export type Principal = { arn: string } | { root: true } | { trouble: string };

/** The user or the role behind a caller. A role's session does not tell the path of its role: IAM is asked, where it may be. */
export async function principalOf({ arn }: Identity, account: Account): Promise<Principal> {
  const [, partition, id, kind, name = ''] = /^arn:([^:]+):(?:iam|sts)::(\d*):([^/]+)\/?([^/]*)/.exec(arn) ?? [];
  if (kind === 'root') return { root: true };
  if (kind === 'user') return { arn };
  if (kind !== 'assumed-role') return { trouble: `${arn} is neither a user nor a role, and IAM simulates no other` };
  const guessed = `arn:${partition}:iam::${id}:role/${name}`;
  return {
    arn: await account.roleArn(name).then(
      (found) => found || guessed,
      () => guessed,
    ),
  };
}

/** What is denied of a statement: the findings, or that all is allowed. Rejects when IAM does not simulate. */
export async function simulate(
  statement: Statement,
  principal: string,
  groupArns: readonly string[],
  account: Account,
): Promise<Finding[]> {
  const resources = statement.Resource.flatMap((resource) => examplesOf(resource, groupArns));
  const results = await account.simulate({
    PolicySourceArn: principal,
    ActionNames: statement.Action,
    ...(resources.includes('*') ? {} : { ResourceArns: [...new Set(resources)] }),
    ContextEntries: contextOf(statement),
  });
  const denials = results.flatMap(denialOf);
  if (denials.length === 0) {
    return [{ check: 'permissions', standing: 'ok', message: `${statement.Sid}: ${statement.Action.join(', ')}` }];
  }
  return [...Map.groupBy(denials, ({ why }) => why)].map(([why, of]) => {
    const actions = of.map(({ action }) => action);
    return {
      check: 'permissions',
      standing: 'bad',
      message: `${statement.Sid}: ${actions.join(', ')} ${actions.length === 1 ? 'is' : 'are'} denied: ${why}`,
      remedy:
        why === NOT_ALLOWED
          ? 'Add this statement to a policy of yours.'
          : 'Ask whoever keeps that policy; allowing it elsewhere does not help.',
      ...(why === NOT_ALLOWED ? { statements: [{ ...statement, Action: actions }] } : {}),
    };
  });
}

const NOT_ALLOWED = 'no policy allows it';

function denialOf(result: EvaluationResult): { action: string; why: string }[] {
  const { EvalActionName: action = '', EvalDecision, ResourceSpecificResults = [] } = result;
  const decisions = [EvalDecision, ...ResourceSpecificResults.map(({ EvalResourceDecision }) => EvalResourceDecision)];
  const refused = decisions.find((decision) => decision !== 'allowed');
  return refused === undefined ? [] : [{ action, why: whyOf(result, decisions) }];
}

function whyOf(result: EvaluationResult, decisions: (string | undefined)[]): string {
  if (result.OrganizationsDecisionDetail?.AllowedByOrganizations === false)
    return 'a policy of the organization forbids it';
  if (result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false) {
    return 'the permissions boundary does not let it through';
  }
  return decisions.includes('explicitDeny') ? 'a policy forbids it' : NOT_ALLOWED;
}

/**
 * A resource as a call would name it: what in a policy stands for any is one of them here. AWS's own documents and, of old, snapshots
 * have no account in their ARNs.
 */
function examplesOf(resource: string, groupArns: readonly string[]): string[] {
  if (resource === '*') return ['*'];
  const [, group] = /:autoScalingGroupName\/(.+)$/.exec(resource) ?? [];
  const known = groupArns.filter((arn) => group === '*' || arn.endsWith(`:autoScalingGroupName/${group}`));
  if (known.length > 0) return known;
  return [
    resource
      .replace(/:\*:(?=document\/AWS-|snapshot\/)/, '::')
      .replace(':autoScalingGroup:*:', ':autoScalingGroup:00000000-0000-0000-0000-000000000000:')
      .replace(/\*$/, 'example'),
  ];
}

/** What the conditions of a statement look at, as it is when Drydock calls. */
function contextOf({ Condition = {} }: Statement): ContextEntry[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]): ContextEntry => {
      const type = operator === 'Bool' ? 'boolean' : operator.startsWith('ForA') ? 'stringList' : 'string';
      // Alternatives in a policy are one value in a call.
      const values = [value]
        .flat()
        .slice(0, type === 'stringList' ? undefined : 1)
        .map((each) => (operator === 'Null' ? 'a-run' : each.replace('*', 'run-id')));
      return { ContextKeyName: key, ContextKeyValues: values, ContextKeyType: type };
    }),
  );
}
