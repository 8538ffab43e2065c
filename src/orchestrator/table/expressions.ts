/** Condition and update expressions: the part of DynamoDB's language that Drydock's state machines speak. */
import { invalid, unsupported } from './errors.ts';
import { isReserved } from './reserved.ts';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** An attribute of the item, by its name; or a value that came with the request, by its placeholder (`:v`). */
export type Operand = { kind: 'attribute'; name: string } | { kind: 'value'; placeholder: string };

export type Condition =
  | { kind: 'exists' | 'absent'; name: string }
  | { kind: 'compare'; left: Operand; comparator: Comparator; right: Operand }
  | { kind: 'not'; condition: Condition }
  | { kind: 'and' | 'or'; left: Condition; right: Condition };

export type SetValue =
  | Operand
  | { kind: 'ifNotExists'; name: string; otherwise: Operand }
  | { kind: 'sum'; sign: 1 | -1; left: SetValue; right: SetValue };

export interface Update {
  set: { name: string; value: SetValue }[];
  remove: string[];
  add: { name: string; placeholder: string }[];
  delete: { name: string; placeholder: string }[];
}

/** `ExpressionAttributeNames`: what `#name` stands for. Every name that an expression uses is noted in `used`. */
export interface Names {
  names: Record<string, string>;
  used: Set<string>;
}

/** Parses a ConditionExpression; throws a `TaskFailure`. */
export function parseCondition(text: string, names: Names): Condition {
  const parser = new Parser(text, 'ConditionExpression', names);
  const condition = parser.condition();
  parser.end();
  return condition;
}

/** Parses an UpdateExpression; throws a `TaskFailure`. */
export function parseUpdate(text: string, names: Names): Update {
  const parser = new Parser(text, 'UpdateExpression', names);
  const update = parser.update();
  parser.end();
  return update;
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),+\-.[\]]|[:#]?[A-Za-z0-9_]+)/y;
const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='] satisfies Comparator[];
const FUNCTIONS = ['begins_with', 'contains', 'size', 'attribute_type', 'list_append'];

function isComparator(token: string): token is Comparator {
  return COMPARATORS.includes(token);
}

class Parser {
  readonly #text: string;
  readonly #what: string;
  readonly #names: Names;
  readonly #tokens: string[];
  #next = 0;

  constructor(text: string, what: string, names: Names) {
    this.#text = text;
    this.#what = what;
    this.#names = names;
    this.#tokens = this.#tokenize();
  }

  // condition := conjunction { OR conjunction }
  condition(): Condition {
    let left = this.#conjunction();
    while (this.#takeWord('OR')) left = { kind: 'or', left, right: this.#conjunction() };
    return left;
  }

  // update := { SET … | REMOVE … | ADD … | DELETE … }, each at most once
  update(): Update {
    const update: Update = { set: [], remove: [], add: [], delete: [] };
    const seen = new Set<string>();
    while (this.#peek() !== undefined) {
      const clause = this.#take().toUpperCase();
      if (seen.has(clause)) throw this.#refuse(`the "${clause}" section can only be used once`);
      seen.add(clause);
      if (clause === 'SET') update.set = this.#list(() => this.#assignment());
      else if (clause === 'REMOVE') update.remove = this.#list(() => this.#attribute());
      else if (clause === 'ADD') update.add = this.#list(() => this.#nameAndValue());
      else if (clause === 'DELETE') update.delete = this.#list(() => this.#nameAndValue());
      else throw this.#unexpected(clause);
    }
    if (seen.size === 0) throw this.#refuse('the expression can not be empty');
    return update;
  }

  end(): void {
    const left = this.#peek();
    if (left !== undefined) throw this.#unexpected(left);
  }

  #tokenize(): string[] {
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let position = 0; this.#text.slice(position).trim() !== ''; position = TOKEN.lastIndex) {
      const [, token] = TOKEN.exec(this.#text) ?? [];
      if (token === undefined) throw this.#unexpected(this.#text.slice(position).trim());
      tokens.push(token);
    }
    return tokens;
  }

  // conjunction := negation { AND negation }
  #conjunction(): Condition {
    let left = this.#negation();
    while (this.#takeWord('AND')) left = { kind: 'and', left, right: this.#negation() };
    return left;
  }

  // negation := NOT negation | ( condition ) | function ( attribute ) | operand comparator operand
  #negation(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', condition: this.#negation() };
    if (this.#takeIf('(')) {
      const condition = this.condition();
      this.#expect(')');
      return condition;
    }
    const known = { attribute_exists: 'exists', attribute_not_exists: 'absent' } as const;
    for (const [name, kind] of Object.entries(known)) {
      if (this.#takeIf(name)) return { kind, name: this.#parenthesized(() => this.#attribute()) };
    }
    const left = this.#operand();
    const comparator = this.#take();
    if (['BETWEEN', 'IN'].includes(comparator.toUpperCase())) throw unsupported(`${comparator} in a ${this.#what}`);
    if (!isComparator(comparator)) throw this.#unexpected(comparator);
    return { kind: 'compare', left, comparator, right: this.#operand() };
  }

  // assignment := attribute = term [ (+|-) term ]
  #assignment(): Update['set'][number] {
    const name = this.#attribute();
    this.#expect('=');
    const left = this.#term();
    if (this.#takeIf('+')) return { name, value: { kind: 'sum', sign: 1, left, right: this.#term() } };
    if (this.#takeIf('-')) return { name, value: { kind: 'sum', sign: -1, left, right: this.#term() } };
    return { name, value: left };
  }

  // term := operand | if_not_exists ( attribute , operand )
  #term(): SetValue {
    if (!this.#takeIf('if_not_exists')) return this.#operand();
    this.#expect('(');
    const name = this.#attribute();
    this.#expect(',');
    const otherwise = this.#operand();
    this.#expect(')');
    return { kind: 'ifNotExists', name, otherwise };
  }

  #nameAndValue(): { name: string; placeholder: string } {
    const name = this.#attribute();
    const operand = this.#operand();
    if (operand.kind !== 'value') throw this.#unexpected(operand.name);
    return { name, placeholder: operand.placeholder };
  }

  #operand(): Operand {
    const token = this.#peek();
    if (token?.startsWith(':')) return { kind: 'value', placeholder: this.#take() };
    return { kind: 'attribute', name: this.#attribute() };
  }

  #attribute(): string {
    const token = this.#take();
    if (!/^#?\w/.test(token) || /^\d/.test(token)) throw this.#unexpected(token);
    const following = this.#peek();
    if (following === '.' || following === '[') throw unsupported(`a path into an attribute (${token}${following}…)`);
    if (following === '(' && FUNCTIONS.includes(token)) throw unsupported(`${token} in a ${this.#what}`);
    if (!token.startsWith('#')) {
      if (!isReserved(token)) return token;
      throw this.#refuse(`attribute name is a reserved keyword; reserved keyword: ${token}`);
    }
    const name = Object.hasOwn(this.#names.names, token) ? this.#names.names[token] : undefined;
    if (name === undefined) {
      throw this.#refuse(
        `an expression attribute name used in the document path is not defined; attribute name: ${token}`,
      );
    }
    this.#names.used.add(token);
    return name;
  }

  #parenthesized<T>(inner: () => T): T {
    this.#expect('(');
    const parsed = inner();
    this.#expect(')');
    return parsed;
  }

  #list<T>(element: () => T): T[] {
    const elements = [element()];
    while (this.#takeIf(',')) elements.push(element());
    return elements;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(): string {
    const token = this.#peek();
    if (token === undefined) throw this.#refuse('syntax error; the expression ends too early');
    this.#next += 1;
    return token;
  }

  #takeIf(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#next += 1;
    return true;
  }

  /** Keywords are written in any case. */
  #takeWord(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #expect(token: string): void {
    const found = this.#take();
    if (found !== token) throw this.#unexpected(found);
  }

  #unexpected(token: string): Error {
    return this.#refuse(`syntax error; token: "${token}"`);
  }

  #refuse(why: string): Error {
    return invalid(`Invalid ${this.#what}: ${why}, in: ${this.#text}`);
  }
}
