import { describe, expect, it } from 'vitest';

import { budgets, judge, type Budget } from '../../src/bench/budgets.ts';
import { cases } from '../../src/bench/cases.ts';
import { figureId } from '../../src/bench/figure.ts';
import { createFigure, createSide } from '../support/bench.ts';

describe('judge', () => {
  const budget: Budget = {
    what: 'a page',
    figure: 'page/counter, text/1000000',
    of: 'median',
    bound: 'most',
    limit: 100,
    unit: 'ms',
  };

  it.each([
    ['a median at its limit is met', {}, 100, 100, true],
    ['one above is not', {}, 100.1, 100.1, false],
    ['of what must be more, one below is not', { bound: 'least' }, 99, 99, false],
    ['and one above is', { bound: 'least' }, 101, 101, true],
    ['a ratio is judged by the ratio', { of: 'ratio', bound: 'least', limit: 3 }, 1, 2, false],
  ] as const)('%s', (_, more, median, measured, met) => {
    const figure = createFigure({ direct: createSide(median) });
    expect(judge([{ ...budget, ...more }], [figure])).toEqual([{ ...budget, ...more, measured, met }]);
  });

  it.each([
    ['another figure', createFigure({ id: 'page/gauge, text/1000000' }), 'median'],
    ['a figure without a library', createFigure({ ratio: undefined, library: undefined }), 'ratio'],
  ] as const)('knows nothing from %s', (_, figure, of) => {
    expect(judge([{ ...budget, of }], [figure])).toMatchObject([{ measured: undefined, met: undefined }]);
  });
});

describe('budgets', () => {
  it.each(budgets.map(({ what, figure, of }) => [what, figure, of] as const))(
    '%s: some trial measures it (%s)',
    (_, figure, of) => {
      const series = Number(figure.split('/').at(-1));
      const measured = cases.flatMap((found) =>
        (found.sizes ?? [series]).includes(series)
          ? found.trials({ series, minutes: 1 }).flatMap(({ name, measures, library }) =>
              measures.map((measure) => ({
                id: figureId(found.name, [name, measure.name].filter(Boolean).join(', '), series),
                compared: library !== undefined,
              })),
            )
          : [],
      );
      const found = measured.find(({ id }) => id === figure);
      expect(found).toBeDefined();
      if (of === 'ratio') expect(found?.compared).toBe(true);
    },
  );
});
