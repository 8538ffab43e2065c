import { expect, it } from 'vitest';
import { printable } from '../../src/orchestrator/printable.ts';

it.each([
  ['\x1b[2J', '\\x1b[2J'],
  ['a\nb\r\t', 'a\\x0ab\\x0d\\x09'],
  ['\x9b2J', '\\x9b2J'],
  ['\u202egnp', '\\u202egnp'],
  ['\u061cx\u200ey\u200fz', '\\u061cx\\u200ey\\u200fz'],
  ['\u2066a\u2069', '\\u2066a\\u2069'],
  ['\u200b\ufeff\u2028', '\\u200b\\ufeff\\u2028'],
])('shows what a terminal would obey as an escape: %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('leaves letters of all scripts as they are', () => {
  for (const text of ['größe', '東京', 'مرحبا', '🚢', '→']) expect(printable(text)).toBe(text);
});
