/** What to say to somebody who lacks a permission for deploying. */
import { explainAwsError, isDenied } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { deployStatements } from '../permissions/deploy.ts';
import { ANYWHERE } from '../permissions/statements.ts';

/** What mends a refusal that AWS words like this: `… is not authorized to perform: iam:CreateRole on resource …`. Undefined for any other text. */
export function mendsDenial(text: string): string | undefined {
  if (!/not authorized|AccessDenied|UnauthorizedOperation/i.test(text)) return undefined;
  const [, action] = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(text) ?? [];
  const statement = deployStatements(ANYWHERE).find(({ Action }) => action !== undefined && Action.includes(action));
  if (statement !== undefined) {
    return `Give your credentials the statement ${statement.Sid} of drydock doctor --print-policy deploy: it allows ${action}. Then try again.`;
  }
  const lacking = action === undefined ? '' : ` and ${action}, which is not among it,`;
  return `Give your credentials what drydock doctor --print-policy deploy prints,${lacking} and try again.`;
}

/**
 * Hands on what deploying gives. What AWS refused for lack of a permission rejects with a `DrydockError` (exit code 2) that names the
 * statement that allows it; other troubles with the way to AWS with what `explainAwsError` says of them.
 */
export async function explainedDeploying<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const explained = error instanceof DrydockError ? error : explainAwsError(error);
    if (explained === undefined) throw error;
    const next = isDenied(explained.cause) ? mendsDenial(explained.message) : undefined;
    if (next === undefined) throw explained;
    throw new DrydockError(explained.message, { exitCode: EXIT.badInput, next, cause: explained.cause });
  }
}
