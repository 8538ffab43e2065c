/** The integrations that Step Functions has of its own, beside those through the SDK: as far as our definitions may use them. */
import { type Operation, type Sketch, shapeOf } from './shape.ts';

const ATTRIBUTE: Sketch = {
  S: 'string',
  N: 'string',
  B: 'string',
  BOOL: 'boolean',
  NULL: 'boolean',
  SS: ['string'],
  NS: ['string'],
  BS: ['string'],
  L: ['anything'],
  M: { '*': 'anything' },
};

const CONDITION = {
  ConditionExpression: 'string',
  ExpressionAttributeNames: { '*': 'string' },
  ExpressionAttributeValues: { '*': ATTRIBUTE },
  ReturnValues: 'string',
  ReturnValuesOnConditionCheckFailure: 'string',
  ReturnConsumedCapacity: 'string',
  ReturnItemCollectionMetrics: 'string',
} as const;

const ITEM: Sketch = { '*': ATTRIBUTE };
const WRITTEN: Sketch = { Attributes: ITEM, ConsumedCapacity: 'anything', ItemCollectionMetrics: 'anything' };

const SKETCHES: Record<string, { input: Sketch; output: Sketch }> = {
  'lambda:invoke': {
    input: {
      'FunctionName!': 'string',
      Payload: 'anything',
      ClientContext: 'string',
      InvocationType: 'string',
      LogType: 'string',
      Qualifier: 'string',
    },
    output: {
      ExecutedVersion: 'string',
      FunctionError: 'string',
      LogResult: 'string',
      Payload: 'anything',
      SdkHttpMetadata: 'anything',
      SdkResponseMetadata: 'anything',
      StatusCode: 'number',
    },
  },
  'states:startExecution.sync:2': {
    input: { 'StateMachineArn!': 'string', 'Name!': 'string', Input: 'anything', TraceHeader: 'string' },
    output: {
      ExecutionArn: 'string',
      Input: 'anything',
      InputDetails: 'anything',
      MapRunArn: 'string',
      Name: 'string',
      Output: 'anything',
      OutputDetails: 'anything',
      RedriveCount: 'number',
      RedriveStatus: 'string',
      RedriveStatusReason: 'string',
      StartDate: 'number',
      StateMachineAliasArn: 'string',
      StateMachineArn: 'string',
      Status: 'string',
      StopDate: 'number',
      TraceHeader: 'string',
    },
  },
  'dynamodb:getItem': {
    input: {
      'TableName!': 'string',
      'Key!': ITEM,
      ConsistentRead: 'boolean',
      ProjectionExpression: 'string',
      ExpressionAttributeNames: { '*': 'string' },
      ReturnConsumedCapacity: 'string',
    },
    output: { Item: ITEM, ConsumedCapacity: 'anything' },
  },
  'dynamodb:putItem': { input: { 'TableName!': 'string', 'Item!': ITEM, ...CONDITION }, output: WRITTEN },
  'dynamodb:updateItem': {
    input: { 'TableName!': 'string', 'Key!': ITEM, UpdateExpression: 'string', ...CONDITION },
    output: WRITTEN,
  },
  'dynamodb:deleteItem': { input: { 'TableName!': 'string', 'Key!': ITEM, ...CONDITION }, output: WRITTEN },
};

/** By the end of their resources: `lambda:invoke`. */
export const OPTIMISED: ReadonlyMap<string, Operation> = new Map(
  Object.entries(SKETCHES).map(([name, { input, output }]) => [
    name,
    { input: shapeOf(input, name), output: shapeOf(output, name) },
  ]),
);
