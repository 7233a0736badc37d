import { describe, expect, it } from 'vitest';

import {
  formatAmount,
  formatComparisons,
  formatCount,
  formatFigures,
  formatNumber,
  formatTable,
  formatVerdicts,
} from '../../src/bench/table.ts';
import { createFigure, createSide } from '../support/bench.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [1.005, '1'],
    [12.34, '12.3'],
    [123.4, '123'],
    [999.7, '1,000'],
    [1234.5, '1,235'],
    [45_678, '45,678'],
    [3_456_789, '3.46 M'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('formatCount', () => {
  it.each([
    [40, '40'],
    [10_000, '10 k'],
    [450_000, '450 k'],
    [10_000_000, '10 M'],
  ])('%d is %s', (value, text) => {
    expect(formatCount(value)).toBe(text);
  });
});

describe('formatAmount', () => {
  it.each([
    [3, 's', '3 s'],
    [25, '×', '25×'],
  ])('%d and %s are %s', (value, unit, text) => {
    expect(formatAmount(value, unit)).toBe(text);
  });
});

describe('formatTable', () => {
  it('aligns the first column left and the others right', () => {
    expect(
      formatTable(
        ['', 'b'],
        [
          ['name', '1'],
          ['n', '100'],
        ],
      ),
    ).toBe(['        b', 'name    1', 'n     100', ''].join('\n'));
  });
});

describe('formatFigures', () => {
  it('shows median and extremes, what one item takes, and the ratio', () => {
    const figure = createFigure({
      direct: createSide(101.5, { min: 99.4, max: 120 }),
      library: createSide(3000, { min: 2900, max: 3200 }),
      ratio: 29.56,
      items: { count: 1_000_000, noun: 'sample' },
    });
    expect(formatFigures([figure]).split('\n')[1]).toBe(
      'counter, text     1 M  102 ms (99.4–120)  102 ns/sample  3,000 ms (2,900–3,200)  29.6×',
    );
  });

  it('shows a dash where no library ran, and one round without a spread', () => {
    const figure = createFigure({
      direct: createSide(2.5, { rounds: 1 }),
      unit: 's',
      library: undefined,
      ratio: undefined,
    });
    expect(formatFigures([figure]).split('\n')[1]).toBe(
      'counter, text     1 M   2.5 s              -      -',
    );
  });
});

describe('formatVerdicts', () => {
  const verdict = {
    what: 'a page',
    figure: 'f',
    of: 'median',
    bound: 'most',
    limit: 120,
    unit: 'ms',
  } as const;

  it('shows those that were measured', () => {
    const rows = formatVerdicts([
      { ...verdict, measured: 100, met: true },
      { ...verdict, measured: 130, met: false },
      { ...verdict, measured: undefined, met: undefined },
    ]).split('\n');
    expect(rows).toEqual([
      'budget     limit  measured',
      'a page  ≤ 120 ms    100 ms      met',
      'a page  ≤ 120 ms    130 ms  NOT MET',
      '',
    ]);
  });

  it('is nothing where none was', () => {
    expect(formatVerdicts([{ ...verdict, measured: undefined, met: undefined }])).toBe('');
  });
});

describe('formatComparisons', () => {
  it('raises its voice for a regression alone', () => {
    const rows = formatComparisons([
      { id: 'a', ratio: 5, before: 10, verdict: 'regressed' },
      { id: 'b', ratio: 2, before: undefined, verdict: 'new' },
    ]).split('\n');
    expect(rows.slice(1, 3)).toEqual([
      'a                            10×   5×  REGRESSED',
      'b                              -   2×        new',
    ]);
  });
});
