import type { Produce, Scalar, State } from '../definition/types.ts';
import { type Expression, evaluateExpression, evaluatorMessage } from '../jsonata/expression.ts';
import { fillTemplate, type Template } from '../jsonata/template.ts';
import type { HistoryEvent, Json } from '../ports.ts';
import { StateFailure } from './failure.ts';
import { type Payload, parseJson, recordedPayload, resultOf } from './payload.ts';
import type { Strand } from './strand.ts';

/** What else than input and context an expression sees of `$states`. */
export type Extra = { result: Json } | { errorOutput: Json } | undefined;

/** Where an execution goes from a state: on to `next`, or, without it, out of the branch. */
export interface Transition {
  readonly output: Payload;
  readonly next: string | undefined;
}

/** What a state leaves behind. */
export interface Produced {
  readonly output: Payload;
  readonly assigned: Readonly<Record<string, Json>> | undefined;
}

/** One stay of an execution in a state: from its …StateEntered event on. Evaluates the state's fields and leaves it. */
export class Visit {
  readonly strand: Strand;
  readonly state: State;
  readonly entered: HistoryEvent;
  readonly input: Payload;
  readonly #mapContext: Json | undefined;
  retryCount = 0;
  taskToken: string | undefined;

  constructor(
    strand: Strand,
    state: State,
    entered: HistoryEvent,
    input: Payload,
    mapContext: Json | undefined = strand.mapContext,
  ) {
    this.strand = strand;
    this.state = state;
    this.entered = entered;
    this.input = input;
    this.#mapContext = mapContext;
  }

  /** This visit of a Map as its fields see it for one item; `strand` is the iteration's where it has one. */
  at(index: number, value: Json, strand = this.strand): Visit {
    const visit = new Visit(strand, this.state, this.entered, this.input, mapItem(index, value));
    visit.retryCount = this.retryCount;
    return visit;
  }

  /** Fills a template in. What fails is recorded as EvaluationFailed and thrown as States.QueryEvaluationError. */
  evaluate(template: Template, extra?: Extra): Promise<Json> {
    if (template.kind === 'constant') return Promise.resolve(template.value);
    const contextOf = () => this.#context();
    let context: Json | undefined;
    const states = {
      input: this.input.value,
      // Few expressions look at it.
      get context() {
        context ??= contextOf();
        return context;
      },
      ...extra,
    };
    return fillTemplate(template, (expression) => this.#evaluateOne(expression, states));
  }

  /** A scalar field of the wanted type. */
  async scalar(scalar: Scalar<number>, type: 'number'): Promise<number>;
  async scalar(scalar: Scalar<string>, type: 'string'): Promise<string>;
  async scalar(scalar: Scalar<boolean>, type: 'boolean'): Promise<boolean>;
  async scalar(scalar: Scalar<Json>, type: 'number' | 'string' | 'boolean'): Promise<Json> {
    if ('literal' in scalar) return scalar.literal;
    const value = await this.evaluate({ kind: 'expression', expression: scalar.expression });
    if (typeof value !== type) throw this.unexpectedType(scalar.expression, type, value);
    return value;
  }

  /** A whole number within bounds. */
  async wholeNumber(scalar: Scalar<number>, location: string, least: number, most = Infinity): Promise<number> {
    const value = await this.scalar(scalar, 'number');
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const range = most === Infinity ? `at least ${least}` : `between ${least} and ${most}`;
    throw this.evaluationFailed(`The ${location} field must be a whole number, ${range}, but was: ${value}`, location);
  }

  unexpectedType(expression: Expression, expected: string, value: Json): StateFailure {
    const was = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    const what = `returned an unexpected result type. Expected '${expected}', but was '${was}' for value: `;
    return this.#expressionFailed(expression, what + JSON.stringify(value));
  }

  /** Records that a field could not be evaluated, and gives the failure to throw. */
  evaluationFailed(sentence: string, location: string | undefined): StateFailure {
    const { name } = this.state;
    const cause = `An error occurred while executing the state '${name}' (entered at the event id #${this.entered.id}). ${sentence}`;
    const error = 'States.QueryEvaluationError';
    this.strand.append(
      'EvaluationFailed',
      { cause, error, ...(location === undefined ? {} : { location }), state: name },
      { previous: this.#previousOfFailure() },
    );
    return new StateFailure(error, cause);
  }

  /**
   * Leaves the state: evaluates what it produces and records …StateExited. When that is recorded already, what it left behind
   * is taken from there and `produce` is not called.
   */
  async exit(next: string | undefined, produce: () => Promise<Produced>): Promise<Transition> {
    const type = `${this.state.type}StateExited`;
    const recorded = this.strand.peek();
    const { output, assigned } = recorded?.type === type ? producedIn(recorded) : await produce();
    const value: { [key: string]: Json } = { name: this.state.name, output: output.text, outputDetails: NOT_TRUNCATED };
    if (assigned !== undefined) {
      value.assignedVariables = this.#assignedTexts(assigned);
      value.assignedVariablesDetails = NOT_TRUNCATED;
    }
    this.strand.append(type, value);
    if (assigned !== undefined) this.strand.variables = { ...this.strand.variables, ...assigned };
    return { output, next };
  }

  /** Evaluates Assign and Output, both over the variables as they were; without Output, `otherwise` is handed on. */
  async produce(fields: Produce, otherwise: Payload, extra?: Extra): Promise<Produced> {
    let assigned: Record<string, Json> | undefined;
    if (fields.assign.length > 0) {
      const entries: [string, Json][] = [];
      for (const [name, template] of fields.assign) entries.push([name, await this.evaluate(template, extra)]);
      assigned = Object.fromEntries(entries);
    }
    const { output } = fields;
    return {
      output: output === undefined ? otherwise : resultOf(await this.evaluate(output, extra), this.state.name),
      assigned,
    };
  }

  #assignedTexts(assigned: Readonly<Record<string, Json>>): { [key: string]: Json } {
    return Object.fromEntries(
      Object.entries(assigned).map(([name, value]) => {
        const { text } = resultOf(value, this.state.name);
        return [name, text];
      }),
    );
  }

  async #evaluateOne(expression: Expression, states: Readonly<Record<string, Json>>): Promise<Json> {
    let value: Json | undefined;
    try {
      value = await evaluateExpression(expression, states, this.strand.variables, this.strand.moment);
    } catch (error) {
      throw this.#expressionFailed(expression, `threw an error during evaluation. ${evaluatorMessage(error)}`);
    }
    if (value === undefined) throw this.#expressionFailed(expression, 'returned nothing (undefined).');
    return value;
  }

  #expressionFailed(expression: Expression, what: string): StateFailure {
    const { source, location } = expression;
    return this.evaluationFailed(
      `The JSONata expression '${source}' specified for the field '${location}' ${what}`,
      location,
    );
  }

  /**
   * Step Functions enters a state and evaluates its fields in one step: a failure there follows what came before the
   * state. Only a Wait is entered for good first.
   */
  #previousOfFailure(): number {
    const justEntered = this.strand.previous === this.entered.id && this.state.type !== 'Wait';
    return justEntered ? this.entered.previousEventId : this.strand.previous;
  }

  #context(): Json {
    const { identity } = this.strand.run;
    const retries = 'retry' in this.state ? { RetryCount: this.retryCount } : undefined;
    return {
      Execution: {
        Id: identity.executionArn,
        Input: identity.input,
        StartTime: identity.startTime,
        Name: identity.name,
        RoleArn: identity.roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: identity.stateMachineArn, Name: identity.stateMachineName },
      State: { Name: this.state.name, EnteredTime: new Date(this.entered.timestamp).toISOString(), ...retries },
      ...(this.#mapContext === undefined ? {} : { Map: this.#mapContext }),
      ...(this.taskToken === undefined ? {} : { Task: { Token: this.taskToken } }),
    };
  }
}

/** `$states.context.Map` for an item. */
export function mapItem(index: number, value: Json): Json {
  return { Item: { Index: index, Value: value } };
}

/** What Step Functions adds beside every payload: ours are never cut. */
export const NOT_TRUNCATED = { truncated: false };

function producedIn(exited: HistoryEvent): Produced {
  const texts = exited.details?.value.assignedVariables;
  const assigned =
    typeof texts === 'object' && texts !== null && !Array.isArray(texts)
      ? Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseJson(String(text))]))
      : undefined;
  return { output: recordedPayload(exited, 'output'), assigned };
}
