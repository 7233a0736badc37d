/** Figures made by hand. */
import type { Figure, Side } from '../../src/bench/figure.ts';

export function createSide(median: number, more: Partial<Side> = {}): Side {
  return { what: 'something', rounds: 3, median, min: median, max: median, q1: median, q3: median, ...more };
}

/** A figure in milliseconds at a million series; by default twice as good as the library. */
export function createFigure(more: Partial<Figure> = {}): Figure {
  return {
    id: 'page/counter, text/1000000',
    case: 'page',
    name: 'counter, text',
    series: 1_000_000,
    unit: 'ms',
    better: 'less',
    items: undefined,
    direct: createSide(100),
    library: createSide(200),
    ratio: 2,
    ...more,
  };
}
