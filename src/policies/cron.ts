/** The schedule expressions that an SSM maintenance window takes: `cron(…)` with six fields, `rate(…)`, `at(…)`. */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  name: string;
  low: number;
  high: number;
  names?: string[];
}

const FIELDS: Field[] = [
  { name: 'minutes', low: 0, high: 59 },
  { name: 'hours', low: 0, high: 23 },
  { name: 'day of month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  { name: 'day of week', low: 1, high: 7, names: DAYS },
  { name: 'year', low: 1970, high: 2199 },
];

/** Why AWS would refuse a schedule expression, or undefined when it would not. */
export function scheduleProblem(expression: string): string | undefined {
  const [, kind, inner] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron') return cronProblem((inner ?? '').trim().split(/\s+/));
  if (kind === 'rate') return rateProblem(inner ?? '');
  if (kind === 'at') return atProblem(inner ?? '');
  return /^\S+(\s+\S+){4}$/.test(expression)
    ? 'this is the five-field cron of Unix; AWS has six fields, inside cron(…)'
    : 'it is neither cron(…) nor rate(…) nor at(…)';
}

function cronProblem(parts: string[]): string | undefined {
  if (parts.length !== FIELDS.length) return `cron(…) has ${FIELDS.length} fields at AWS, not ${parts.length}`;
  for (const [at, field] of FIELDS.entries()) {
    const part = parts[at] ?? '';
    if (!part.split(',').every((item) => fits(item, field))) return `"${part}" is no ${field.name}`;
  }
  const open = [parts[2], parts[4]].filter((part) => part === '?').length;
  return open === 1 ? undefined : 'exactly one of day of month and day of week must be "?"';
}

function fits(item: string, field: Field): boolean {
  const isDay = field.name === 'day of month';
  const isWeekday = field.name === 'day of week';
  if (item === '*') return true;
  if (item === '?' || item === 'L') return isDay || isWeekday;
  if (isDay && item === 'LW') return true;
  const special = isDay ? /^(\w+)W$/.exec(item) : isWeekday ? /^(\w+)(?:L|#[1-5])$/.exec(item) : null;
  if (special?.[1] !== undefined && inRange(special[1], field)) return true;
  const [range = '', step, ...rest] = item.split('/');
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === '*') return true;
  const ends = range.split('-');
  return ends.length <= 2 && ends.every((end) => inRange(end, field));
}

function inRange(value: string, field: Field): boolean {
  if (field.names?.includes(value.toUpperCase())) return true;
  return /^\d{1,4}$/.test(value) && Number(value) >= field.low && Number(value) <= field.high;
}

function rateProblem(inner: string): string | undefined {
  const [, count, unit] = /^([1-9]\d{0,4}) (minute|hour|day)s?$/.exec(inner) ?? [];
  if (count === undefined || unit === undefined) return 'rate(…) is a number and minutes, hours or days: rate(7 days)';
  const plural = inner.endsWith('s');
  return (count === '1') === plural ? 'rate(…) has the singular for 1 and the plural for more' : undefined;
}

function atProblem(inner: string): string | undefined {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(inner);
  const date = shape ? new Date(`${inner}Z`) : undefined;
  const real = date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(inner);
  return real ? undefined : 'at(…) is a date and a time: at(2026-11-24T02:00:00)';
}

/** Whether a name is one of the time zone database (`Asia/Tokyo`, `UTC`). */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
