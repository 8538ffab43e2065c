/**
 * What AWS's calls look like, from the schemas that the SDK's clients carry for their own (de)serialization: arrays that begin with
 * the kind of shape. Only what Step Functions calls through `aws-sdk:` and we have a client of can be looked up.
 */
import { ANYTHING, type Operation, type Shape } from './shape.ts';

/** The clients by the service names of Step Functions' resources. */
const CLIENTS: Record<string, () => Promise<object>> = {
  autoscaling: () => import('@aws-sdk/client-auto-scaling'),
  cloudwatch: () => import('@aws-sdk/client-cloudwatch'),
  dynamodb: () => import('@aws-sdk/client-dynamodb'),
  ec2: () => import('@aws-sdk/client-ec2'),
  elasticloadbalancingv2: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  s3: () => import('@aws-sdk/client-s3'),
  sfn: () => import('@aws-sdk/client-sfn'),
  ssm: () => import('@aws-sdk/client-ssm'),
};

export const SERVICES: readonly string[] = Object.keys(CLIENTS);

export interface Service {
  /** By Step Functions' names of the actions: `describeTargetHealth`. */
  operations: ReadonlyMap<string, Operation>;
  /** The errors that the service's model declares, by their names there: `ResourceContentionFault`. */
  errors: readonly string[];
}

/** Loads a service's schemas; undefined when there is no client of it here. */
export async function loadService(name: string): Promise<Service | undefined> {
  const client = Object.hasOwn(CLIENTS, name) ? await CLIENTS[name]?.() : undefined;
  if (client === undefined) return undefined;
  const schemas = Object.values(client).filter((value) => Array.isArray(value));
  const operations = schemas.filter(([kind]) => kind === KIND.operation).map(operationOf);
  const errors = schemas.filter(([kind]) => kind === KIND.error).map(([, , error]) => String(error));
  return { operations: new Map(operations), errors };
}

/** The first element of a schema, and the numbers that stand for simple ones. */
const KIND = { simple: 0, list: 1, map: 2, struct: 3, union: 4, operation: 9, error: -3 } as const;
const STRING = 0;
const NUMBER = 1;
const BOOLEAN = 2;
/** Added to a simple schema: a list or a map of it. */
const LIST_OF = 64;
const MAP_OF = 128;

function operationOf([, , name, , input, output]: unknown[]): [string, Operation] {
  const operation = String(name);
  return [operation.charAt(0).toLowerCase() + operation.slice(1), { input: shape(input), output: shape(output) }];
}

/** Kinds that are not known read as anything: the SDK may get new ones. */
function shape(schema: unknown): Shape {
  if (typeof schema === 'function') return shape(schema());
  if (typeof schema === 'number') return simple(schema);
  if (!Array.isArray(schema)) return ANYTHING;
  const [kind, , name, , ...rest]: unknown[] = schema;
  switch (kind) {
    case KIND.simple:
      return simple(rest[0]);
    case KIND.list:
      return { kind: 'list', item: () => shape(withoutTraits(rest[0])) };
    case KIND.map:
      return { kind: 'map', value: () => shape(withoutTraits(rest[1])) };
    case KIND.struct:
    case KIND.union:
      return struct(String(name), rest);
    default:
      return ANYTHING;
  }
}

/**
 * A structure names its required members first and tells how many they are. Step Functions writes all of them in PascalCase, those too that a
 * service has in camelCase (its documentation of the AWS SDK integrations).
 */
function struct(name: string, [names, schemas, required]: unknown[]): Shape {
  if (!Array.isArray(names) || !Array.isArray(schemas)) return ANYTHING;
  const members = names.map((member, at) => [inPascalCase(member), () => shape(withoutTraits(schemas[at]))] as const);
  const count = typeof required === 'number' ? required : 0;
  return { kind: 'struct', name, members: new Map(members), required: names.slice(0, count).map(inPascalCase) };
}

function inPascalCase(member: unknown): string {
  const name = String(member);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A member that is written on the wire in its own way is a pair of its schema and that. */
function withoutTraits(schema: unknown): unknown {
  return Array.isArray(schema) && schema.length === 2 ? schema[0] : schema;
}

function simple(schema: unknown): Shape {
  if (typeof schema !== 'number') return ANYTHING;
  if (schema >= MAP_OF) return { kind: 'map', value: () => simple(schema - MAP_OF) };
  if (schema >= LIST_OF) return { kind: 'list', item: () => simple(schema - LIST_OF) };
  if (schema === STRING) return { kind: 'string' };
  if (schema === NUMBER) return { kind: 'number' };
  // Times, blobs and documents are written in more than one way.
  return schema === BOOLEAN ? { kind: 'boolean' } : ANYTHING;
}
