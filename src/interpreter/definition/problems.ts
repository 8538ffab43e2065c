/** Something wrong with a definition, and where: a JSON path such as `$.States.Wait.Seconds`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** A definition that cannot be run: every problem found in it, not only the first. */
export class DefinitionError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(
      `the state machine definition has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n` +
        problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n'),
    );
    this.name = 'DefinitionError';
    this.problems = problems;
  }
}

/** The path of a member: `$.States['Detach it'].Retry[0]`. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}['${key}']`;
}

const JSONPATH_FIELDS = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'ResultSelector',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'MaxItemsPath',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatchPath',
  'ErrorPath',
  'CausePath',
  'Variable',
  'And',
  'Or',
  'Not',
]);

const UNSUPPORTED_FIELDS = new Map([
  ['Credentials', 'tasks run under the role of the caller; assuming another role is not supported'],
  ['ItemsPointer', 'an array inside the object is not looked for; the object has to be the array of items'],
  ['VersionId', 'an ItemReader reads the latest version; write what must not change under a key of its own'],
  ['ResultWriter', 'writing results to S3 is not supported; let each child keep what it found and return little'],
  ['Iterator', 'is the old name of ItemProcessor: use that'],
  ['MaxInputBytesPerBatch', 'batches by size are not supported; use MaxItemsPerBatch'],
]);

/** Why a field that a state does not have is refused rather than ignored. */
export function whyRefused(field: string): string {
  if (JSONPATH_FIELDS.has(field) || field.endsWith('.$')) {
    return `'${field}' is a field of JSONPath; only JSONata is supported (Arguments, Output, Assign, Items, Condition)`;
  }
  const reason = UNSUPPORTED_FIELDS.get(field);
  return reason === undefined ? `'${field}' is not a field that is known here` : `'${field}': ${reason}`;
}
