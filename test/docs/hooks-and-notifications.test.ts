import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { notice } from '../../src/orchestrator/notify/message.ts';
import { parsePolicy } from '../../src/policies/parse.ts';

const page = readFileSync(new URL('../../docs/hooks-and-notifications.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);

test('the page has an example of each', () => {
  expect(examples.map((yaml) => yaml.split(':')[0])).toEqual(['hooks', 'notify']);
});

test.each(examples)('the example %# is one that a policy may have', (yaml) => {
  expect(parsePolicy(`version: 1\nname: web\n${yaml}`, 'policy.yaml')).toHaveProperty('policy');
});

test('the page names what a webhook is sent', () => {
  const { groupName: _, ...sent } = notice.shape;
  for (const key of Object.keys(sent)) expect(page).toContain(`\`${key}\``);
});
