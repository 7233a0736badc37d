import { describe, expect, it } from 'vitest';

import { compare, createBaseline } from '../../src/bench/baseline.ts';
import { createFigure } from '../support/bench.ts';

const figure = (id: string, ratio: number | undefined) => createFigure({ id, ratio });

describe('createBaseline', () => {
  it('keeps three digits of every ratio, and nothing of figures without one', () => {
    expect(createBaseline([figure('a', 31.234), figure('b', undefined)])).toEqual({ a: 31.2 });
  });
});

describe('compare', () => {
  it.each([
    ['the same', 10, 10, 'alike'],
    ['a little worse, as noise is', 8, 10, 'alike'],
    ['a little better, as noise is', 13, 10, 'alike'],
    ['much worse', 6.9, 10, 'regressed'],
    ['much better', 14.4, 10, 'improved'],
  ])('%s', (_, now, before, verdict) => {
    expect(compare([figure('a', now)], { a: before })).toEqual([{ id: 'a', ratio: now, before, verdict }]);
  });

  it('names what only one of them has', () => {
    expect(compare([figure('new', 2), figure('unmeasured', undefined)], { old: 3 })).toEqual([
      { id: 'new', ratio: 2, before: undefined, verdict: 'new' },
      { id: 'old', ratio: undefined, before: 3, verdict: 'missing' },
    ]);
  });
});
