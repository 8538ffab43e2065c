import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/console/web/pages/run/linked.ts';

const RUN = '20261128-161321-b5e36';
const instances = new Set(['i-26ef41cab9e2018e9']);

describe('a sentence', () => {
  it('leads to the instances of the run and to other runs that it names', () => {
    const text = 'See i-26ef41cab9e2018e9, and run 20261125-145229-44833.';
    expect(partsOf(text, RUN, instances)).toEqual([
      { text: 'See ' },
      { text: 'i-26ef41cab9e2018e9', href: `/runs/${RUN}/instances/i-26ef41cab9e2018e9` },
      { text: ', and run ' },
      { text: '20261125-145229-44833', href: '/runs/20261125-145229-44833' },
      { text: '.' },
    ]);
  });

  it('is only text where it names what has no page, or the run itself', () => {
    const text = `Look at i-0123456789abcdef0, then drydock recover ${RUN}`;
    expect(partsOf(text, RUN, instances)).toEqual([{ text }]);
    expect(partsOf('', RUN, instances)).toEqual([]);
  });
});
