/** The budgets, and whether a run met them. They are the design's; a figure that misses one is shown as it is. */
import type { Figure } from './figure.ts';

/** A promise about one figure. */
export interface Budget {
  /** In words, as the table of budgets has it. */
  readonly what: string;
  readonly figure: string;
  /** Of the direct client's median, or of how many times better it is than the library's. */
  readonly of: 'median' | 'ratio';
  /** `most`: no more than the limit; `least`: no less. */
  readonly bound: 'most' | 'least';
  readonly limit: number;
  readonly unit: string;
}

export interface Verdict extends Budget {
  /** `undefined`: not measured in this run. */
  readonly measured: number | undefined;
  readonly met: boolean | undefined;
}

const MILLION = 1_000_000;

const most = (what: string, figure: string, limit: number, unit: string): Budget => ({
  what,
  figure,
  of: 'median',
  bound: 'most',
  limit,
  unit,
});

const times = (what: string, figure: string, limit: number): Budget => ({
  what,
  figure,
  of: 'ratio',
  bound: 'least',
  limit,
  unit: '×',
});

export const budgets: readonly Budget[] = [
  most('tick, 1M counters', `tick/counter poisson/${MILLION}`, 50, 'ms'),
  most('tick, 1M histograms with one observation', `tick/histogram lognormal/${MILLION}`, 130, 'ms'),
  most('text page, 1M samples, integers', `page/counter, text/${MILLION}`, 120, 'ms'),
  most('text page, 1M samples, doubles', `page/gauge, text/${MILLION}`, 300, 'ms'),
  most('OTLP, 1M points to request bytes', `requests/counter/${MILLION}`, 60, 'ms'),
  most('memory, 1M counters, both protocols, direct', `memory/counter, resident/${MILLION}`, 500, 'MB'),
  most('memory, 1M gauges, both protocols, direct', `memory/gauge, resident/${MILLION}`, 500, 'MB'),
  most('start, 1M series, to the first page', `start/counter, first page/${MILLION}`, 3, 's'),
  most(
    'longest block of the event loop while ticking, scraping and exporting 1M series',
    `loop/counter, longest block/${MILLION}`,
    50,
    'ms',
  ),
  most('tick, 10M counters, both protocols', `ten-million/counter, longest tick/${10 * MILLION}`, 1000, 'ms'),
  most('memory, 10M counters, both protocols', `ten-million/counter, resident/${10 * MILLION}`, 5000, 'MB'),
  most(
    'late ticks after the first minute, 10M counters, both protocols',
    `ten-million/counter, late ticks/${10 * MILLION}`,
    0,
    'ticks',
  ),
  times('page against the library client, 1M counters', `page/counter, text, library client/${MILLION}`, 25),
  times('page against prom-client by itself, 1M counters', `page/counter, text/${MILLION}`, 25),
  times(
    'tick and OTLP bytes against the library client, 1M counters',
    `requests/counter, with tick, library client/${MILLION}`,
    25,
  ),
  times(
    'tick and OTLP bytes against both libraries by themselves, 1M counters',
    `requests/counter, with tick/${MILLION}`,
    25,
  ),
  times(
    'memory of both protocols against the library client, 1M counters',
    `memory/counter, library client, resident/${MILLION}`,
    6,
  ),
  times(
    'peak of memory of both protocols against the library client, 1M counters',
    `memory/counter, library client, peak/${MILLION}`,
    6,
  ),
  times(
    'memory of both protocols against both libraries by themselves, 1M counters',
    `memory/counter, resident/${MILLION}`,
    6,
  ),
  times('quiet tick against one under 20 effects on blocks of 1M series', `effects/blocks/${MILLION}`, 0.667),
  times('quiet tick against one under 20 effects all over 1M series', `effects/dense/${MILLION}`, 0.667),
  most('reading a page, 1M counter lines', `parse/counter, text/${MILLION}`, 3000, 'ms'),
  most('reading a page, 1M gauge lines', `parse/gauge, text/${MILLION}`, 3000, 'ms'),
  most('tick, learned fleet of 1M series', `fleet/tick/${MILLION}`, 100, 'ms'),
  most('text page, learned fleet of 1M series', `fleet/page/${MILLION}`, 600, 'ms'),
  most('OTLP request bytes, learned fleet of 1M series', `fleet/requests/${MILLION}`, 120, 'ms'),
  most('memory, learned fleet of 1M series, both protocols', `fleet/run, resident/${MILLION}`, 1000, 'MB'),
  most('start, learned fleet of 1M series, to the first page', `fleet/run, first page/${MILLION}`, 6, 's'),
  most('high-cardinality.yaml: tick', 'high-cardinality/tick/450000', 60, 'ms'),
  most('high-cardinality.yaml: first page since start', 'high-cardinality/first page/450000', 4, 's'),
  most('high-cardinality.yaml: page', 'high-cardinality/page/450000', 0.8, 's'),
  most('high-cardinality.yaml: memory', 'high-cardinality/resident/450000', 700, 'MB'),
  most(
    'high-cardinality.yaml: slowest /status meanwhile',
    'high-cardinality/slowest status/450000',
    100,
    'ms',
  ),
  {
    what: 'OTLP end to end over gRPC, into a second process',
    figure: `export/counter, gRPC/${MILLION}`,
    of: 'median',
    bound: 'least',
    limit: 3_000_000,
    unit: 'points/s',
  },
];

export function judge(list: readonly Budget[], figures: readonly Figure[]): Verdict[] {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  return list.map((budget) => {
    const figure = byId.get(budget.figure);
    const measured = budget.of === 'ratio' ? figure?.ratio : figure?.direct.median;
    const met =
      measured === undefined
        ? undefined
        : budget.bound === 'most'
          ? measured <= budget.limit
          : measured >= budget.limit;
    return { ...budget, measured, met };
  });
}
