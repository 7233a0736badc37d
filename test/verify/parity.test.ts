import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Frame } from '../../src/series/frame.ts';
import { createParity, MAX_STORED_SERIES, type Parity } from '../../src/verify/parity.ts';
import { decodeMetrics, type DecodedMetric, type SummaryPoint } from '../../src/wire/otlp-decode.ts';
import { renderPage } from '../../src/wire/exposition.ts';
import { prepareOtlp } from '../../src/wire/otlp.ts';
import { createFrame, nextFrame, observe, type FamilyInput } from '../support/frames.ts';
import { sequences } from '../support/sequences.ts';

const PREFIXES = { prometheus: 'prom_', otel: 'otel.' };

const families = (value = 7): FamilyInput[] => [
  {
    name: 'requests',
    type: 'counter',
    prometheus: { name: 'prom_requests_total', unit: '' },
    otel: { name: 'otel.requests', unit: '1' },
    series: [
      { labels: { code: '200', zone: '' }, value },
      { labels: { code: '5"\\\n', zone: 'b' }, value: 0.1 },
    ],
  },
  {
    name: 'level',
    type: 'gauge',
    prometheus: { name: 'prom_level_ratio', unit: '' },
    otel: { name: 'otel.level', unit: '1' },
    series: [{ value: NaN }],
  },
  {
    name: 'latency',
    type: 'histogram',
    prometheus: { name: 'prom_latency_seconds', unit: 'seconds' },
    otel: { name: 'otel.latency', unit: 's' },
    bounds: [0.1, 1e6],
    series: [{ labels: { zone: 'a' }, ...observe([0.1, 1e6], [0.05, 3, 1e7]) }],
  },
  {
    name: 'size',
    type: 'summary',
    prometheus: { name: 'prom_size_bytes', unit: 'bytes' },
    otel: { name: 'otel.size', unit: 'By' },
    quantiles: [0.5, 0.99],
    series: [{ quantiles: [1, NaN], count: 3, sum: 4.5 }],
  },
];

/** What a receiver gets of a frame, one metric a request. */
function received(frame: Frame): DecodedMetric[] {
  const steps = prepareOtlp(
    frame.families.map(({ family }) => family),
    { resource: { 'service.name': 'x' }, maxBytes: 1_000_000, maxPoints: 1_000_000 },
  );
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const encoder = step.value;
  const next = encoder.requests(frame, []);
  const metrics: DecodedMetric[] = [];
  for (;;) {
    const request = next(encoder.createBuffer());
    if (request === undefined) return metrics;
    metrics.push(...decodeMetrics(request.bytes));
  }
}

const pageOf = (frame: Frame): string => renderPage(frame, { format: 'text' }).toString();

/** `spoilt` says in words what faults spoilt, by tick. */
function create(spoilt: Readonly<Record<number, string>> = {}): Parity {
  return createParity({ prefixes: PREFIXES, storedSeries: 20, spoiltAt: (tick) => spoilt[tick] });
}

const scrape = (parity: Parity, frame: Frame): void => {
  parity.scraped(frame.tick, frame.wallMs, pageOf(frame));
};

describe('parity', () => {
  it('says why no page could be compared, until one has been', () => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    parity.missed(8, 'the reader was refused');
    expect(parity.report()).toMatchObject({
      state: 'waiting',
      examples: ['the page of tick 8 was not compared: the reader was refused'],
    });
    parity.received(received(frame));
    scrape(parity, frame);
    parity.missed(12, 'it came too late');
    expect(parity.report()).toMatchObject({ state: 'identical', tick: 10, examples: [] });
  });

  it('is waited for until both paths have shown a tick', () => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    expect(parity.report()).toMatchObject({ state: 'waiting', tick: -1 });
    parity.received(received(frame));
    expect(parity.report().state).toBe('waiting');
    scrape(parity, frame);
    expect(parity.report()).toEqual({
      state: 'identical',
      tick: 10,
      // The summary counts as three: its sum, its count and its quantiles.
      series: 5,
      samples: 2 + 1 + 5 + 2 + 2,
      differing: 0,
      examples: [],
    });
  });

  it('holds whichever path is first, and request by request', () => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    scrape(parity, frame);
    const metrics = received(frame);
    for (const [i, metric] of metrics.entries()) {
      expect(parity.report().state, `${i} requests`).toBe('waiting');
      parity.received([metric]);
    }
    expect(parity.report().state).toBe('identical');
  });

  it('names what differs, is missing and is too much', () => {
    const parity = create();
    const page = createFrame(families(8), { tick: 10 });
    const [, ...others] = families();
    const sent = createFrame(
      [
        {
          name: 'requests',
          type: 'counter',
          otel: { name: 'otel.requests', unit: '1' },
          series: ['200', 'new'].map((code) => ({ labels: { code, zone: '' }, value: 7 })),
        },
        ...others,
      ],
      { tick: 10 },
    );
    parity.received(received(sent));
    scrape(parity, page);
    expect(parity.report()).toMatchObject({ state: 'differing', tick: 10, series: 6, differing: 3 });
    expect(parity.report().examples).toEqual([
      'prom_requests_total{code="200"}: 8 on the page, 7 over OTLP',
      'prom_requests_total{code="5\\"\\\\\\n",zone="b"}: on the page, not over OTLP',
      'prom_requests_total{code="new"}: over OTLP, not on the page',
    ]);
  });

  const points =
    (type: DecodedMetric['type'], part: object) =>
    (metric: DecodedMetric): DecodedMetric =>
      metric.type === type
        ? ({ ...metric, points: metric.points.map((point) => ({ ...point, ...part })) } as DecodedMetric)
        : metric;
  it.each<[string, (metric: DecodedMetric) => DecodedMetric]>([
    ['another bucket', points('histogram', { counts: [1, 0, 2] })],
    ['another bound', points('histogram', { bounds: [0.2, 1e6] })],
    ['another sum', points('histogram', { sum: 1 })],
    ['a missing quantile', points('summary', { quantiles: [{ quantile: 0.5, value: 1 }] })],
    ['another count', points('summary', { count: 4 })],
    ['another time', points('gauge', { timeMs: 1 })],
    ['another label', points('gauge', { attributes: new Map([['a', 'b']]) })],
    ['another unit', (metric) => (metric.type === 'histogram' ? { ...metric, unit: 'ms' } : metric)],
    ['no counter any more', (metric) => (metric.type === 'sum' ? { ...metric, monotonic: false } : metric)],
  ])('sees %s', (_, change) => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    parity.received(received(frame).map(change));
    scrape(parity, frame);
    parity.settle();
    expect(parity.report().state).toBe('differing');
  });

  it('does not wait for what is lost once a later tick has come', () => {
    const parity = create();
    const frame = createFrame(families(), { tick: 10 });
    parity.received(received(frame).slice(1));
    scrape(parity, frame);
    expect(parity.report().state).toBe('waiting');
    parity.received(received(createFrame(families(), { tick: 20 })));
    expect(parity.report()).toMatchObject({ state: 'differing', tick: 10, differing: 2 });
  });

  it('compares the tick that the page is of, though later ones have come', () => {
    const parity = create();
    const [first, second] = [10, 20].map((tick) => createFrame(families(tick), { tick }));
    parity.received(received(first as Frame));
    parity.received(received(second as Frame));
    scrape(parity, first as Frame);
    expect(parity.report()).toMatchObject({ state: 'identical', tick: 10 });
  });

  it('does not judge a page whose tick has been forgotten meanwhile', () => {
    const parity = create();
    const frames = [10, 20, 30].map((tick) => createFrame(families(tick), { tick }));
    for (const frame of frames) parity.received(received(frame));
    scrape(parity, frames[0] as Frame);
    expect(parity.report().state).toBe('waiting');
    scrape(parity, frames[2] as Frame);
    expect(parity.report()).toMatchObject({ state: 'identical', tick: 30 });
  });

  it('of a client without summaries leaves the quantiles out and says so', () => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    const metrics = received(frame).flatMap((metric): DecodedMetric[] => {
      if (metric.type !== 'summary') return [metric];
      const part = (name: string, value: (point: SummaryPoint) => number): DecodedMetric => ({
        ...metric,
        name: `otel.size_bytes_${name}`,
        unit: '',
        type: 'sum',
        temporality: 'cumulative',
        monotonic: false,
        points: metric.points.map((point) => ({ ...point, value: value(point) })),
      });
      return [part('sum', ({ sum }) => sum), part('count', ({ count }) => count)];
    });
    parity.received(metrics);
    scrape(parity, frame);
    expect(parity.report()).toMatchObject({
      state: 'identical',
      series: 5,
      examples: ['quantiles of 1 summaries are not compared: this OTLP client sends none'],
    });
  });

  it('of a page that breaks its format is none', () => {
    const frame = createFrame(families(), { tick: 10 });
    const parity = create();
    parity.received(received(frame));
    parity.scraped(10, frame.wallMs, `${pageOf(frame)}nonsense\n`);
    expect(parity.report().state).toBe('differing');
    expect(parity.report().examples[0]).toMatch(/^page, line \d+: /);
  });

  it('of more series than can be held against each other is not looked for, and it is said', () => {
    const parity = createParity({ prefixes: PREFIXES, storedSeries: MAX_STORED_SERIES + 1 });
    const frame = createFrame(families());
    parity.received(received(frame));
    scrape(parity, frame);
    expect(parity.report()).toMatchObject({
      state: 'waiting',
      examples: ['nothing is compared: 100,001 stored series are more than 100,000'],
    });
  });

  it('goes on when there are few enough again, and says so while there are too many', () => {
    const parity = create();
    const frame = createFrame(families(), { tick: 10 });
    parity.received(received(frame));
    scrape(parity, frame);
    parity.follow(MAX_STORED_SERIES);
    expect(parity.report()).toMatchObject({ state: 'identical', tick: 10 });
    parity.follow(MAX_STORED_SERIES + 1);
    expect(parity.tooMany).toBe(true);
    expect(parity.report()).toMatchObject({
      state: 'waiting',
      examples: [expect.stringContaining('100,001')],
    });
    parity.follow(20);
    const later = createFrame(families(), { tick: 20 });
    parity.received(received(later));
    scrape(parity, later);
    expect(parity.report()).toMatchObject({ state: 'identical', tick: 20 });
  });

  it('holds over whatever comes and goes, tick by tick', () => {
    fc.assert(
      fc.property(sequences, (ticks) => {
        const parity = createParity({ prefixes: { prometheus: '', otel: '' }, storedSeries: 20 });
        let frame = createFrame([], { tick: 0 });
        for (const inputs of ticks) {
          frame = nextFrame(frame, inputs);
          parity.received(received(frame));
          scrape(parity, frame);
          parity.settle();
          expect(parity.report()).toMatchObject({ state: 'identical', tick: frame.tick });
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a tick that a fault spoilt', () => {
  const SPOILT = {
    state: 'spoilt',
    tick: 10,
    series: 0,
    differing: 0,
    examples: ['tick 10 is spoilt by fault: drop (bad)'],
  };
  const frame = createFrame(families(), { tick: 10 });
  const other = createFrame(families(8), { tick: 10 });

  it.each<[string, (parity: Parity) => void]>([
    [
      'whose paths show the same',
      (parity) => {
        parity.received(received(frame));
        scrape(parity, frame);
      },
    ],
    [
      'whose paths differ',
      (parity) => {
        parity.received(received(other));
        scrape(parity, frame);
      },
    ],
    ['of which nothing was pushed', (parity) => scrape(parity, frame)],
    ['of which there is no page', (parity) => parity.missed(10, 'the connection broke')],
  ])('is said to be, and not compared: one %s', (_, show) => {
    const parity = create({ 10: 'drop (bad)' });
    show(parity);
    parity.settle();
    expect(parity.report()).toMatchObject(SPOILT);
  });

  it('on one path after the page was had is said to be as well', () => {
    const spoilt: Record<number, string> = {};
    const parity = create(spoilt);
    scrape(parity, frame);
    parity.received(received(other).slice(1));
    expect(parity.report().state).toBe('waiting');
    spoilt[10] = 'drop (bad)';
    parity.received(received(createFrame(families(), { tick: 20 })));
    expect(parity.report()).toMatchObject(SPOILT);
  });

  it('takes nothing from the ticks before and after it', () => {
    const parity = create({ 10: 'drop (bad)' });
    for (const tick of [0, 20]) {
      const whole = createFrame(families(tick), { tick });
      parity.received(received(whole));
      scrape(parity, whole);
      expect(parity.report()).toMatchObject({ state: 'identical', tick });
      scrape(parity, frame);
      expect(parity.report().state).toBe('spoilt');
    }
  });
});
