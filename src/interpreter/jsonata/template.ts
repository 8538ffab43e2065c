import type { Json } from '../ports.ts';
import type { Expression } from './expression.ts';

/** JSON in which strings of the form `{% … %}` are expressions: what Output, Arguments, Assign, Items … are made of. */
export type Template =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] };

/** AWS takes a string for an expression only when it begins with `{%` and ends with `%}`, without any space around. */
export function expressionText(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4 ? text.slice(2, -2) : undefined;
}

/**
 * Compiles a template that stands at `location` of its state. Parts without expressions become constants.
 * `onExpression` compiles what stands between the marks; where it gives nothing (it noted a problem) the text stays as it is.
 */
export function compileTemplate(
  json: Json,
  location: string,
  onExpression: (text: string, location: string) => Expression | undefined,
): Template {
  if (typeof json === 'string') {
    const text = expressionText(json);
    const expression = text === undefined ? undefined : onExpression(text, location);
    return expression === undefined ? { kind: 'constant', value: json } : { kind: 'expression', expression };
  }
  if (Array.isArray(json)) {
    const items = json.map((item, i) => compileTemplate(item, `${location}[${i}]`, onExpression));
    return items.every((item) => item.kind === 'constant')
      ? { kind: 'constant', value: json }
      : { kind: 'array', items };
  }
  if (typeof json === 'object' && json !== null) {
    const members = Object.entries(json).map(
      ([key, value]) => [key, compileTemplate(value, `${location}/${key}`, onExpression)] as const,
    );
    return members.every(([, member]) => member.kind === 'constant')
      ? { kind: 'constant', value: json }
      : { kind: 'object', members };
  }
  return { kind: 'constant', value: json };
}

/** Fills a template in, part after part in the order in which they are written. */
export async function fillTemplate(
  template: Template,
  evaluate: (expression: Expression) => Promise<Json>,
): Promise<Json> {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'expression':
      return evaluate(template.expression);
    case 'array': {
      const items: Json[] = [];
      for (const item of template.items) items.push(await fillTemplate(item, evaluate));
      return items;
    }
    case 'object': {
      const entries: [string, Json][] = [];
      for (const [key, member] of template.members) entries.push([key, await fillTemplate(member, evaluate)]);
      return Object.fromEntries(entries);
    }
  }
}
