import { describe, expect, it } from 'vitest';
import { changedQuery, pathOf, pathParts, withQuery } from '../../../src/console/web/navigation/path.ts';

describe('a path', () => {
  it('keeps what stands in its parts, however it is written', () => {
    const parts = ['runs', 'a/b ü?#', 'instances', '..'];
    expect(pathParts(pathOf(...parts))).toEqual(parts);
  });

  it('that cannot be decoded has no parts', () => {
    expect(pathParts('/runs/%E0%A4%A')).toBeUndefined();
  });

  it('is the same with a slash at its end', () => {
    expect(pathParts('/runs/1/')).toEqual(['runs', '1']);
  });
});

describe('a query', () => {
  it('leaves out what says nothing', () => {
    expect(withQuery('/', { status: 'halted', group: '', q: undefined, limit: 0 })).toBe('/?status=halted&limit=0');
    expect(withQuery('/', {})).toBe('/');
  });

  it('keeps what it is not asked to change', () => {
    const query = new URLSearchParams('view=events&q=a%26b');
    expect(withQuery('/runs/1', changedQuery(query, { type: 'TaskFailed' }))).toBe(
      '/runs/1?view=events&q=a%26b&type=TaskFailed',
    );
  });
});
