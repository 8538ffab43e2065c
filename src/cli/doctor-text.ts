/** What `drydock doctor` found, as people read it. */
import { CHECKS, type Finding } from '../orchestrator/doctor/finding.ts';
import { printable } from '../orchestrator/printable.ts';
import { type Context, hasColor } from './context.ts';

const LOOKS = {
  ok: { symbol: '✓', color: '\x1b[32m' },
  bad: { symbol: '✗', color: '\x1b[31m' },
  'not-checked': { symbol: '?', color: '\x1b[33m' },
} as const;

/** How many findings there are of each standing. */
export function summaryOf(findings: Finding[]) {
  const count = (standing: Finding['standing']) => findings.filter((each) => each.standing === standing).length;
  return { ok: count('ok'), bad: count('bad'), notChecked: count('not-checked') };
}

/** The findings, check by check, each with how to mend it, and their sum. */
export function doctorText(findings: Finding[], context: Context): string {
  const color = hasColor(context.flags, process.stdout);
  const sections = CHECKS.flatMap((check) => {
    const found = findings.filter((each) => each.check === check);
    return found.length === 0 ? [] : [[check, ...found.flatMap((each) => linesOf(each, color))].join('\n')];
  });
  const { ok, bad, notChecked } = summaryOf(findings);
  return [...sections, `${ok} fine, ${bad} to mend, ${notChecked} not checked`].join('\n\n');
}

function linesOf({ standing, message, remedy, statements = [] }: Finding, color: boolean): string[] {
  const { symbol, color: code } = LOOKS[standing];
  const mark = color ? `${code}${symbol}\x1b[39m` : symbol;
  const policy = statements.flatMap((each) => JSON.stringify(each, null, 2).split('\n'));
  return [
    `  ${mark} ${standing === 'not-checked' ? 'not checked: ' : ''}${printable(message)}`,
    ...(remedy === undefined ? [] : [`    → ${printable(remedy)}`]),
    ...policy.map((line) => `      ${printable(line)}`),
  ];
}
