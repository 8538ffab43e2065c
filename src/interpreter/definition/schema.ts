import { z } from 'zod';
import { expressionText } from '../jsonata/template.ts';

const json = z.json();
const expression = z
  .string()
  .refine((text) => expressionText(text) !== undefined, 'expected a value or a JSONata expression: "{% … %}"');

// The bounds are those that Step Functions gives for each field.
const LONGEST_SECONDS = 99_999_999;
const seconds = z.int().min(1).max(LONGEST_SECONDS);
/** The most items that an ItemReader can be told to read. */
export const MOST_ITEMS = 100_000_000;
const scalar = <T extends z.ZodType>(type: T) => z.union([type, expression]);

const named = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata', 'only JSONata is supported').optional(),
};
const variables = z.record(z.string(), json).optional();
const produces = { Output: json.optional(), Assign: variables };
const flows = { Next: z.string().optional(), End: z.boolean().optional() };

const errorEquals = z.array(z.string().min(1)).min(1);
const retriers = z
  .array(
    z.strictObject({
      Comment: z.string().optional(),
      ErrorEquals: errorEquals,
      IntervalSeconds: seconds.optional(),
      MaxAttempts: z.int().min(0).max(LONGEST_SECONDS).optional(),
      BackoffRate: z.number().min(1).optional(),
      MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
      JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
    }),
  )
  .optional();
const catchers = z
  .array(z.strictObject({ Comment: z.string().optional(), ErrorEquals: errorEquals, Next: z.string(), ...produces }))
  .optional();

/** States and a start, whose states are looked at one by one afterwards. */
const program = { Comment: z.string().optional(), StartAt: z.string(), States: z.record(z.string(), z.unknown()) };

/** Of all that an ItemReader can read, a JSON array in one object of S3. */
const itemReader = z.strictObject({
  Resource: z.string().regex(/^arn:aws[^:]*:states:::s3:getObject$/, 'only arn:aws:states:::s3:getObject is supported'),
  ReaderConfig: z.strictObject({
    InputType: z.literal('JSON', 'only JSON is supported'),
    MaxItems: scalar(z.int().min(1).max(MOST_ITEMS)).optional(),
  }),
  Arguments: z.strictObject({ Bucket: z.string(), Key: z.string() }),
});

export const machineSchema = z.strictObject({
  ...program,
  QueryLanguage: z.enum(['JSONata', 'JSONPath']).optional(),
  TimeoutSeconds: seconds.optional(),
  Version: z.literal('1.0').optional(),
});

export const branchSchema = z.strictObject(program);

export const processorSchema = z.strictObject({
  ...program,
  ProcessorConfig: z
    .strictObject({
      Mode: z.enum(['INLINE', 'DISTRIBUTED']).optional(),
      ExecutionType: z.literal('STANDARD', 'only STANDARD children keep a history of their own').optional(),
    })
    .optional(),
});

/** The fields of each type of state in JSONata mode. */
export const stateSchemas = {
  Pass: z.strictObject({ Type: z.literal('Pass'), ...named, ...flows, ...produces }),
  Task: z.strictObject({
    Type: z.literal('Task'),
    ...named,
    ...flows,
    ...produces,
    Resource: z.string(),
    Arguments: json.optional(),
    TimeoutSeconds: scalar(seconds).optional(),
    HeartbeatSeconds: scalar(seconds).optional(),
    Retry: retriers,
    Catch: catchers,
  }),
  Wait: z.strictObject({
    Type: z.literal('Wait'),
    ...named,
    ...flows,
    ...produces,
    Seconds: scalar(z.int().min(0).max(LONGEST_SECONDS)).optional(),
    Timestamp: z.string().optional(),
  }),
  Choice: z.strictObject({
    Type: z.literal('Choice'),
    ...named,
    ...produces,
    Choices: z
      .array(
        z.strictObject({
          Comment: z.string().optional(),
          Condition: scalar(z.boolean()),
          Next: z.string(),
          ...produces,
        }),
      )
      .min(1),
    Default: z.string().optional(),
  }),
  Succeed: z.strictObject({ Type: z.literal('Succeed'), ...named, Output: json.optional() }),
  Fail: z.strictObject({
    Type: z.literal('Fail'),
    ...named,
    Error: z.string().optional(),
    Cause: z.string().optional(),
  }),
  Parallel: z.strictObject({
    Type: z.literal('Parallel'),
    ...named,
    ...flows,
    ...produces,
    Arguments: json.optional(),
    Branches: z.array(z.unknown()).min(1),
    Retry: retriers,
    Catch: catchers,
  }),
  Map: z.strictObject({
    Type: z.literal('Map'),
    ...named,
    ...flows,
    ...produces,
    Label: z
      .string()
      .regex(/^[^\s?*<>{}[\]:;,\\|^~$#%&`"]{1,40}$/, 'at most 40 characters, none of them special')
      .optional(),
    Items: z.union([z.array(json), expression]).optional(),
    ItemReader: itemReader.optional(),
    ItemSelector: json.optional(),
    ItemBatcher: z.strictObject({ MaxItemsPerBatch: scalar(z.int().min(1)), BatchInput: json.optional() }).optional(),
    MaxConcurrency: scalar(z.int().min(0)).optional(),
    ToleratedFailureCount: scalar(z.int().min(0)).optional(),
    ToleratedFailurePercentage: scalar(z.number().min(0).max(100)).optional(),
    ItemProcessor: z.record(z.string(), json),
    Retry: retriers,
    Catch: catchers,
  }),
} as const;

export type StateType = keyof typeof stateSchemas;
export type RawState = z.infer<(typeof stateSchemas)[StateType]>;
export type Raw<T extends StateType> = z.infer<(typeof stateSchemas)[T]>;
