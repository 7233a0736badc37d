import { describe, expect, it } from 'vitest';

import type { Trial } from '../../src/bench/case.ts';
import { figuresOf } from '../../src/bench/figure.ts';

const idle = { what: 'columns', prepare: () => ({ run: () => [0] }) };

describe('figuresOf', () => {
  it('makes one figure of a trial with one number, with the ratio of the medians', () => {
    const trial: Trial = {
      name: 'counter',
      measures: [{ name: '', unit: 'ms', items: { count: 1000, noun: 'series' } }],
      direct: idle,
      library: { ...idle, what: 'libraries' },
    };
    const figures = figuresOf({ name: 'tick' }, trial, { series: 1000 }, [
      [[2], [1], [3]],
      [[40], [60], [50]],
    ]);
    expect(figures).toEqual([
      {
        id: 'tick/counter/1000',
        case: 'tick',
        name: 'counter',
        series: 1000,
        unit: 'ms',
        better: 'less',
        items: { count: 1000, noun: 'series' },
        direct: { what: 'columns', rounds: 3, median: 2, min: 1, max: 3, q1: 1.5, q3: 2.5 },
        library: { what: 'libraries', rounds: 3, median: 50, min: 40, max: 60, q1: 45, q3: 55 },
        ratio: 25,
      },
    ]);
  });

  it('makes a figure of each number, each better in its own way', () => {
    const trial: Trial = {
      name: 'counter',
      measures: [
        { name: 'resident', unit: 'MB' },
        { name: 'rate', unit: 'points/s' },
      ],
      direct: idle,
      library: idle,
    };
    const figures = figuresOf({ name: 'run' }, trial, { series: 10 }, [[[100, 30]], [[200, 10]]]);
    expect(figures.map(({ id, ratio }) => [id, ratio])).toEqual([
      ['run/counter, resident/10', 2],
      ['run/counter, rate/10', 3],
    ]);
  });

  it('has no ratio where no library ran', () => {
    const trial: Trial = { name: '', measures: [{ name: 'tick', unit: 'ms' }], direct: idle };
    const [figure] = figuresOf({ name: 'run' }, trial, { series: 10 }, [[[1]]]);
    expect(figure).toMatchObject({ id: 'run/tick/10', library: undefined, ratio: undefined });
  });

  it('refuses a round that has fewer numbers than the trial said', () => {
    const trial: Trial = { name: 'a', measures: [{ name: '', unit: 'ms' }], direct: idle };
    expect(() => figuresOf({ name: 'run' }, trial, { series: 10 }, [[[]]])).toThrow('a round gave NaN');
  });
});
