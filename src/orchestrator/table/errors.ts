/** How the item table refuses, by the names that Step Functions' DynamoDB integration gives. */
import { TaskFailure } from '../../interpreter/ports.ts';

/** The condition did not hold: nothing was written. */
export function conditionFailed(): TaskFailure {
  return new TaskFailure('DynamoDB.ConditionalCheckFailedException', 'The conditional request failed');
}

/** DynamoDB would answer ValidationException, which this integration wraps in its base class. */
export function invalid(message: string): TaskFailure {
  return new TaskFailure('DynamoDB.AmazonDynamoDBException', `${message} (Error Code: ValidationException)`);
}

/** DynamoDB might well do it; the embedded table does not. */
export function unsupported(what: string): TaskFailure {
  return new TaskFailure('States.Runtime', `The embedded item table does not support ${what}.`);
}
