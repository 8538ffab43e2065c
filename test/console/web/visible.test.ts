import { expect, it } from 'vitest';
import { visible } from '../../../src/console/web/data/visible.ts';

it('a mark that turns the reading direction is shown, not obeyed', () => {
  const told = JSON.stringify({ group: 'web-\u202enoitcudorp', zone: 'a\u200bb', name: 'Ä "quoted" \\ 漢字' });
  expect(JSON.parse(visible(told))).toEqual({
    group: 'web-\\u202enoitcudorp',
    zone: 'a\\u200bb',
    name: 'Ä "quoted" \\ 漢字',
  });
});
