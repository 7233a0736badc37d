// Pages put together series by series.
import { describe, expect, it } from 'vitest';

import { addPage, createHistory, type History } from '../../src/learn/history.ts';
import { parsePage } from '../../src/wire/parse.ts';

function add(
  history: History,
  timeMs: number,
  lines: readonly string[],
  extra?: Record<string, string>,
): void {
  addPage(history, parsePage(`${lines.join('\n')}\n`, 'text'), timeMs, 'page', extra);
}

const valuesOf = ({ families }: History, name: string): unknown =>
  [...(families.get(name)?.series.values() ?? [])].map(({ labels, values }) => [labels, values]);

describe('a later page adds to the series of the first one', () => {
  const first = ['# TYPE g gauge', 'g{a="1",b="2"} 1', 'g{a="2",b="1"} 2', 'g 3'];

  it.each<[string, readonly string[]]>([
    ['with lines as they were', ['g{a="1",b="2"} 4', 'g{a="2",b="1"} 5', 'g 6']],
    ['with lines in another order', ['g 6', 'g{a="2",b="1"} 5', 'g{a="1",b="2"} 4']],
    ['with labels in another order', ['g{b="2",a="1"} 4', 'g{b="1",a="2"} 5', 'g{} 6']],
    ['with an empty label', ['g{a="1",b="2",c=""} 4', 'g{c="",a="2",b="1"} 5', 'g{c=""} 6']],
  ])('%s', (_, lines) => {
    const history = createHistory();
    add(history, 0, first);
    add(history, 1000, ['# TYPE g gauge', ...lines]);
    expect(valuesOf(history, 'g')).toEqual([
      [{ a: '1', b: '2' }, [1, 4]],
      [{ a: '2', b: '1' }, [2, 5]],
      [{}, [3, 6]],
    ]);
  });
});

it('series of two targets with the same labels are told apart by what is put to them', () => {
  const history = createHistory();
  for (const timeMs of [0, 1000]) {
    for (const [i, instance] of ['a', 'b'].entries())
      add(history, timeMs, ['# TYPE g gauge', `g{x="1"} ${timeMs + i}`], { instance });
  }
  expect(valuesOf(history, 'g')).toEqual([
    [{ instance: 'a', x: '1' }, [0, 1000]],
    [{ instance: 'b', x: '1' }, [1, 1001]],
  ]);
});

it.each<[string, readonly string[]]>([
  ['in their order', ['h_bucket{le="1"} 2', 'h_bucket{le="2"} 5', 'h_bucket{le="+Inf"} 6']],
  ['in another order', ['h_bucket{le="+Inf"} 6', 'h_bucket{le="2"} 5', 'h_bucket{le="1"} 2']],
  ['of bounds written otherwise', ['h_bucket{le="1.0"} 2', 'h_bucket{le="2e0"} 5', 'h_bucket{le="+Inf"} 6']],
])('buckets %s are the row of a sample', (_, buckets) => {
  const history = createHistory();
  const rest = ['h_sum 7', 'h_count 6'];
  add(history, 0, [
    '# TYPE h histogram',
    'h_bucket{le="1"} 1',
    'h_bucket{le="2"} 1',
    'h_bucket{le="+Inf"} 1',
    'h_sum 1',
    'h_count 1',
  ]);
  add(history, 1000, ['# TYPE h histogram', ...buckets, ...rest]);
  const [series] = history.families.get('h')?.series.values() ?? [];
  expect(series?.rows).toEqual([
    [1, 1, 1],
    [2, 5, 6],
  ]);
  expect(history.notes).toEqual(new Set());
});
