import { compileExpression, type Expression, ExpressionSyntaxError } from '../jsonata/expression.ts';
import { compileTemplate, expressionText, type Template } from '../jsonata/template.ts';
import type { Json } from '../ports.ts';
import { parseTimestamp } from '../timestamp.ts';
import { loadBranch, loadProgram, type Reader, rememberChild } from './load.ts';
import { memberPath } from './problems.ts';
import { processorSchema, type Raw, type RawState } from './schema.ts';
import type { Assign, Catcher, ItemReader, MapState, Produce, Resource, Retrier, Scalar, State } from './types.ts';

/** What a program takes over from the one around it. */
export interface Inherited {
  readonly language: 'JSONata' | 'JSONPath';
  readonly outerVariables: ReadonlySet<string>;
}

/** A program's scope: what it inherits and the variables that its own states assign. */
export interface Scope extends Inherited {
  readonly ownVariables: ReadonlySet<string>;
}

/** Members of `$states` that an expression may name: AWS refuses the others when a state machine is created. */
const PLAIN = ['input', 'context'];
const WITH_RESULT = [...PLAIN, 'result'];
const WITH_ERROR = [...PLAIN, 'errorOutput'];

/** Turns a state as written into one that runs; problems go to `reader`. */
export function compileState(reader: Reader, name: string, raw: RawState, path: string, scope: Scope): State {
  return new StateCompiler(reader, name, path, scope).compile(raw);
}

class StateCompiler {
  readonly #reader: Reader;
  readonly #name: string;
  readonly #path: string;
  readonly #scope: Scope;

  constructor(reader: Reader, name: string, path: string, scope: Scope) {
    this.#reader = reader;
    this.#name = name;
    this.#path = path;
    this.#scope = scope;
  }

  compile(raw: RawState): State {
    const name = this.#name;
    switch (raw.Type) {
      case 'Pass':
        return { type: 'Pass', name, next: this.#next(raw), ...this.#produce(raw, '', PLAIN) };
      case 'Task':
        return this.#task(raw);
      case 'Wait':
        return this.#wait(raw);
      case 'Choice':
        return this.#choice(raw);
      case 'Succeed':
        return { type: 'Succeed', name, output: this.#template(raw.Output, 'Output', PLAIN) };
      case 'Fail':
        return { type: 'Fail', name, error: this.#scalar(raw.Error, 'Error'), cause: this.#scalar(raw.Cause, 'Cause') };
      case 'Parallel':
        return this.#parallel(raw);
      case 'Map':
        return this.#map(raw);
    }
  }

  #task(raw: Raw<'Task'>): State {
    const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = raw;
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
      this.#problem('HeartbeatSeconds', 'must be smaller than TimeoutSeconds');
    }
    return {
      type: 'Task',
      name: this.#name,
      next: this.#next(raw),
      resource: this.#resource(raw.Resource),
      arguments: this.#template(raw.Arguments, 'Arguments', PLAIN),
      timeoutSeconds: this.#scalar(timeout, 'TimeoutSeconds'),
      heartbeatSeconds: this.#scalar(heartbeat, 'HeartbeatSeconds'),
      ...this.#failing(raw),
      ...this.#produce(raw, '', WITH_RESULT),
    };
  }

  #resource(arn: string): Resource {
    const integration = /^arn:[^:]+:states:[^:]*:[^:]*:((?:aws-sdk:)?[^:]+):(.+)$/.exec(arn);
    const [, type = '', name = ''] = integration ?? [];
    if (integration !== null && type !== 'activity') {
      const waitsForToken = name.endsWith('.waitForTaskToken');
      return {
        arn,
        kind: 'integration',
        type,
        name,
        waitsForToken,
        goesOn: waitsForToken || /\.sync(:2)?$/.test(name),
      };
    }
    const isFunction = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+$/.test(arn);
    if (!isFunction) {
      this.#problem('Resource', `'${arn}' is neither a service integration (arn:aws:states:::…) nor a Lambda function`);
    }
    return { arn, kind: 'function', type: 'lambda', name: arn, waitsForToken: false, goesOn: false };
  }

  #wait(raw: Raw<'Wait'>): State {
    const base = { type: 'Wait' as const, name: this.#name, next: this.#next(raw), ...this.#produce(raw, '', PLAIN) };
    if ((raw.Seconds === undefined) === (raw.Timestamp === undefined)) {
      this.#problem('', 'a Wait has either Seconds or Timestamp');
    }
    const timestamp = this.#scalar(raw.Timestamp, 'Timestamp');
    if (timestamp === undefined) {
      return { ...base, until: { seconds: this.#scalar(raw.Seconds, 'Seconds') ?? { literal: 0 } } };
    }
    if ('literal' in timestamp && parseTimestamp(timestamp.literal) === undefined) {
      this.#problem('Timestamp', 'expected a time such as 2026-11-23T21:04:00Z, with its offset');
    }
    return { ...base, until: { timestamp } };
  }

  #choice(raw: Raw<'Choice'>): State {
    const choices = raw.Choices.map((choice, i) => ({
      condition: this.#scalar(choice.Condition, `Choices[${i}]/Condition`) ?? { literal: false },
      next: choice.Next,
      ...this.#produce(choice, `Choices[${i}]/`, PLAIN),
    }));
    return { type: 'Choice', name: this.#name, choices, default: raw.Default, ...this.#produce(raw, '', PLAIN) };
  }

  #parallel(raw: Raw<'Parallel'>): State {
    const inner = this.#inner();
    return {
      type: 'Parallel',
      name: this.#name,
      next: this.#next(raw),
      arguments: this.#template(raw.Arguments, 'Arguments', PLAIN),
      branches: raw.Branches.map((json, i) => loadBranch(this.#reader, json, `${this.#path}.Branches[${i}]`, inner)),
      ...this.#failing(raw),
      ...this.#produce(raw, '', WITH_RESULT),
    };
  }

  #map(raw: Raw<'Map'>): State {
    return {
      type: 'Map',
      name: this.#name,
      next: this.#next(raw),
      items: this.#template(raw.Items, 'Items', PLAIN),
      itemSelector: this.#template(raw.ItemSelector, 'ItemSelector', PLAIN),
      maxConcurrency: this.#scalar(raw.MaxConcurrency, 'MaxConcurrency'),
      toleratedFailureCount: this.#scalar(raw.ToleratedFailureCount, 'ToleratedFailureCount'),
      toleratedFailurePercentage: this.#scalar(raw.ToleratedFailurePercentage, 'ToleratedFailurePercentage'),
      ...this.#processor(raw),
      ...this.#failing(raw),
      ...this.#produce(raw, '', WITH_RESULT),
    };
  }

  #processor(raw: Raw<'Map'>): Pick<MapState, 'processor' | 'distributed'> {
    const path = `${this.#path}.ItemProcessor`;
    const json = raw.ItemProcessor;
    const parsed = this.#reader.parse(processorSchema, json, path);
    if (parsed === undefined) return { processor: { startAt: '', states: new Map() }, distributed: undefined };
    const { ProcessorConfig: config, ...program } = parsed;
    if (config?.Mode !== 'DISTRIBUTED') {
      for (const field of ['ItemBatcher', 'ItemReader', 'Label'] as const) {
        if (raw[field] !== undefined) this.#problem(field, `'${field}' belongs to DISTRIBUTED mode`);
      }
      return { processor: loadProgram(this.#reader, program, path, this.#inner()), distributed: undefined };
    }
    const alone: Inherited = { language: this.#scope.language, outerVariables: new Set() };
    const processor = loadProgram(this.#reader, program, path, alone);
    rememberChild(json, processor);
    const batcher = raw.ItemBatcher && {
      maxItemsPerBatch: this.#scalar(raw.ItemBatcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch') ?? {
        literal: 1,
      },
      batchInput: this.#template(raw.ItemBatcher.BatchInput, 'ItemBatcher/BatchInput', PLAIN),
    };
    const reader = raw.ItemReader && this.#itemReader(raw.ItemReader, raw.Items !== undefined);
    return { processor, distributed: { label: raw.Label ?? this.#label(), json, batcher, reader } };
  }

  #itemReader(raw: NonNullable<Raw<'Map'>['ItemReader']>, hasItems: boolean): ItemReader {
    if (hasItems) this.#problem('ItemReader', "'ItemReader' and 'Items' exclude each other");
    const { Bucket, Key } = raw.Arguments;
    return {
      resource: raw.Resource,
      bucket: this.#scalar(Bucket, 'ItemReader/Arguments/Bucket'),
      key: this.#scalar(Key, 'ItemReader/Arguments/Key'),
      maxItems: this.#scalar(raw.ReaderConfig.MaxItems, 'ItemReader/ReaderConfig/MaxItems'),
    };
  }

  #label(): string {
    return this.#name.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 40) || 'Map';
  }

  #inner(): Inherited {
    const { language, outerVariables, ownVariables } = this.#scope;
    return { language, outerVariables: new Set([...outerVariables, ...ownVariables]) };
  }

  #next(raw: { Next?: string | undefined; End?: boolean | undefined }): string | undefined {
    if ((raw.Next === undefined) === (raw.End !== true)) this.#problem('', 'needs either "Next" or "End": true');
    return raw.Next;
  }

  #produce(
    raw: { Output?: Json | undefined; Assign?: Record<string, Json> | undefined },
    prefix: string,
    allowed: readonly string[],
  ): Produce {
    const assign: Assign = Object.entries(raw.Assign ?? {}).map(([variable, json]) => {
      this.#checkVariable(variable, `${prefix}Assign`);
      return [variable, compileTemplate(json, `${prefix}Assign/${variable}`, this.#compiler(allowed))];
    });
    return { output: this.#template(raw.Output, `${prefix}Output`, allowed), assign };
  }

  #checkVariable(variable: string, location: string): void {
    if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(variable) || variable === 'states') {
      this.#problem(location, `'${variable}' cannot be the name of a variable`);
    }
    if (this.#scope.outerVariables.has(variable)) {
      this.#problem(
        location,
        `'${variable}' is a variable of an outer scope: an inner one reads it but cannot assign it`,
      );
    }
  }

  #failing(raw: Raw<'Task'> | Raw<'Map'> | Raw<'Parallel'>): { retry: Retrier[]; catch: Catcher[] } {
    const retry = (raw.Retry ?? []).map((retrier) => ({
      errorEquals: retrier.ErrorEquals,
      intervalSeconds: retrier.IntervalSeconds ?? 1,
      maxAttempts: retrier.MaxAttempts ?? 3,
      backoffRate: retrier.BackoffRate ?? 2,
      maxDelaySeconds: retrier.MaxDelaySeconds,
      jitter: retrier.JitterStrategy ?? ('NONE' as const),
    }));
    const catchers = (raw.Catch ?? []).map((catcher, i) => ({
      errorEquals: catcher.ErrorEquals,
      next: catcher.Next,
      ...this.#produce(catcher, `Catch[${i}]/`, WITH_ERROR),
    }));
    this.#checkStatesAll('Retry', retry);
    this.#checkStatesAll('Catch', catchers);
    for (const [i, { intervalSeconds, maxDelaySeconds }] of retry.entries()) {
      if (maxDelaySeconds !== undefined && maxDelaySeconds <= intervalSeconds) {
        this.#problem(`Retry[${i}]/MaxDelaySeconds`, 'must be greater than IntervalSeconds');
      }
    }
    return { retry, catch: catchers };
  }

  #checkStatesAll(field: string, matchers: readonly { errorEquals: readonly string[] }[]): void {
    for (const [i, { errorEquals }] of matchers.entries()) {
      if (!errorEquals.includes('States.ALL')) continue;
      if (errorEquals.length > 1) this.#problem(`${field}[${i}]/ErrorEquals`, 'States.ALL must stand alone');
      if (i < matchers.length - 1) this.#problem(`${field}[${i}]/ErrorEquals`, 'States.ALL must come last');
    }
  }

  // The schema lets strings into number and boolean fields only as expressions.
  #scalar(value: string, location: string): Scalar<string>;
  #scalar(value: string | undefined, location: string): Scalar<string> | undefined;
  #scalar(value: number | string | undefined, location: string): Scalar<number> | undefined;
  #scalar(value: boolean | string | undefined, location: string): Scalar<boolean> | undefined;
  #scalar(value: Json | undefined, location: string): Scalar<Json> | undefined {
    if (value === undefined) return undefined;
    const text = typeof value === 'string' ? expressionText(value) : undefined;
    const expression = text === undefined ? undefined : this.#compiler(PLAIN)(text, location);
    return expression === undefined ? { literal: value } : { expression };
  }

  #template(json: Json | undefined, location: string, allowed: readonly string[]): Template | undefined {
    return json === undefined ? undefined : compileTemplate(json, location, this.#compiler(allowed));
  }

  #compiler(allowed: readonly string[]): (text: string, location: string) => Expression | undefined {
    return (text, location) => {
      try {
        const expression = compileExpression(text, location);
        for (const member of expression.statesMembers) {
          if (!allowed.includes(member)) this.#problem(location, `$states.${member} does not exist here`);
        }
        return expression;
      } catch (error) {
        if (!(error instanceof ExpressionSyntaxError)) throw error;
        this.#problem(location, `'${text.trim()}' is not a valid expression: ${error.message}`);
        return undefined;
      }
    };
  }

  #problem(location: string, message: string): void {
    const steps = location.split('/').filter((step) => step !== '');
    const path = steps.reduce(
      (at, step) => (/^\w+(\[\d+\])+$/.test(step) ? `${at}.${step}` : memberPath(at, step)),
      this.#path,
    );
    this.#reader.problem(path, message);
  }
}
