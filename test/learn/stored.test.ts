// What a Prometheus has stored becomes the families that were scraped: a small server of stored series answers.
import { describe, expect, it } from 'vitest';

import { createHistory, type History, type SeenFamily, type SeenSeries } from '../../src/learn/history.ts';
import { boundsOf, cumulate } from '../../src/learn/native-buckets.ts';
import type { QueryApi, StoredHistogram, StoredLabels, StoredSeries } from '../../src/learn/query-api.ts';
import { addStored, type StoredRange, type Taken } from '../../src/learn/stored-range.ts';

const TO_S = 1_767_268_800;

interface Stored {
  readonly metric: StoredLabels;
  /** Seconds before `TO_S`, and the value. */
  readonly values?: readonly (readonly [agoS: number, value: number | string])[];
  readonly histograms?: readonly (readonly [agoS: number, histogram: StoredHistogram])[];
}

type Metadata = Readonly<Record<string, { readonly type: string; readonly help: string }>>;

/** Both ends of a range belong to it, as in Prometheus 2. */
function serverOf(stored: readonly Stored[], metadata: Metadata = {}): QueryApi & { asked: string[] } {
  const asked: string[] = [];
  const between = <T>(list: readonly (readonly [number, T])[], fromS: number, toS: number) =>
    list.flatMap(([agoS, one]) => {
      const at = TO_S - agoS;
      return at >= fromS && at <= toS ? [[at, one] as const] : [];
    });
  const samples = (fromS: number, toS: number): StoredSeries[] =>
    stored.flatMap(({ metric, values = [], histograms = [] }) => {
      const found = between(values, fromS, toS).map(([at, value]) => [at, String(value)] as const);
      const native = between(histograms, fromS, toS);
      if (found.length + native.length === 0) return [];
      return [{ metric, values: found, ...(native.length > 0 && { histograms: native }) }];
    });
  return {
    asked,
    name: 'http://prometheus:9090',
    histograms: async (expression) => {
      asked.push(expression);
      return stored.flatMap(({ histograms = [] }) => histograms.map(([, one]) => one)).slice(-1);
    },
    async samples(selector, atS) {
      asked.push(selector);
      const lengthS = Number(/\[(\d+)s\]$/.exec(selector)?.[1]);
      return samples(atS - lengthS, atS);
    },
    async steps(selector, { fromS, toS, stepS }) {
      asked.push(`${selector} ${fromS - TO_S}..${toS - TO_S}/${stepS}`);
      return stored.map(({ metric }) => ({
        metric,
        values: Array.from(
          { length: Math.floor((toS - fromS) / stepS) + 1 },
          (_, i) => [fromS + i * stepS, `${i}`] as const,
        ),
      }));
    },
    series: async () => stored.map(({ metric }) => metric),
    labelValues: async () => ['node', 'shop', 'api'],
    metadata: async () => new Map(Object.entries(metadata)),
  };
}

async function take(
  api: QueryApi,
  more: Partial<StoredRange> = {},
): Promise<{ readonly history: History; readonly taken: Taken }> {
  const history = createHistory();
  const taken = await addStored(history, api, {
    match: ['{job="shop"}'],
    fromS: TO_S - 3600,
    toS: TO_S,
    maxSamples: 1e6,
    nowMs: () => 0,
    signal: new AbortController().signal,
    ...more,
  });
  return { history, taken };
}

const familyIn = ({ families }: History, name: string): SeenFamily => families.get(name) as SeenFamily;
const seriesIn = (history: History, name: string): SeenSeries[] => [
  ...familyIn(history, name).series.values(),
];
const typesIn = ({ families }: History): Record<string, string> =>
  Object.fromEntries([...families.values()].map(({ name, type }) => [name, type]));
const agoOf = ({ timesMs }: SeenSeries): number[] => timesMs.map((time) => TO_S - time / 1000);

const origin = { instance: 'a:1', job: 'shop' };
const counter: Stored = {
  metric: { __name__: 'jobs_total', ...origin },
  values: [
    [45.5, 1],
    [30.5, 4],
    [15.5, 2],
  ],
};

/** Counters, scraped every 15 seconds from an hour ago on. */
function seriesOf(count: number, samples: number): Stored[] {
  const values = Array.from({ length: samples }, (_, i) => [3600 - i * 15 - 0.5, i] as const);
  return Array.from({ length: count }, (_, i) => ({
    metric: { __name__: 'jobs_total', id: `${i}` },
    values,
  }));
}

/** A classic histogram of two scrapes with the bounds 0.1 and 1. */
function histogramOf(labels: StoredLabels): Stored[] {
  const of = (name: string, first: number, second: number, own: object = {}): Stored => ({
    metric: { __name__: name, ...labels, ...own },
    values: [
      [30, first],
      [15, second],
    ],
  });
  return [
    of('wait_seconds_bucket', 1, 2, { le: '0.1' }),
    of('wait_seconds_bucket', 3, 5, { le: '+Inf' }),
    of('wait_seconds_bucket', 3, 4, { le: '1.0' }),
    of('wait_seconds_count', 3, 5),
    of('wait_seconds_sum', 1.5, 9.5),
  ];
}

describe('stored samples', () => {
  it('are learnt at their own times, whatever the parts they come in', async () => {
    // Of this many series, 240 samples are too many for one answer.
    const few = serverOf(seriesOf(10, 240));
    const many = serverOf(seriesOf(2000, 240));
    expect((await take(few)).taken.parts).toBe(1);
    const { history, taken } = await take(many);
    expect(taken.parts).toBe(3);
    expect(many.asked).toEqual([
      '{job="shop"}[300s]',
      ...Array<string>(2).fill('{job="shop"}[1500s]'),
      '{job="shop"}[600s]',
    ]);
    const [series] = seriesIn(history, 'jobs_total') as [SeenSeries];
    expect(agoOf(series)).toEqual(Array.from({ length: 240 }, (_, i) => 3600 - 15 * i - 0.5));
    expect(series.values).toEqual(Array.from({ length: 240 }, (_, i) => i));
    expect(history.pages).toBe(240);
    expect(history.samples).toBe(480_000);
  });

  it('that ended before are taken to be scraped as often as is usual', async () => {
    const { taken, history } = await take(serverOf([counter]), { fromS: TO_S - 7200, toS: TO_S - 30 });
    expect(taken.parts).toBe(1);
    expect(seriesIn(history, 'jobs_total')[0]?.values).toEqual([1, 4]);
  });

  it('have resets and fractions of seconds as they were stored', async () => {
    const { history } = await take(serverOf([counter]));
    const [series] = seriesIn(history, 'jobs_total') as [SeenSeries];
    expect(agoOf(series)).toEqual([45.5, 30.5, 15.5]);
    expect(series.values).toEqual([1, 4, 2]);
  });

  it('that are no numbers are learnt as that', async () => {
    const values = [
      [30, 'NaN'],
      [20, '+Inf'],
      [10, '-Inf'],
    ] as const;
    const { history } = await take(serverOf([{ metric: { __name__: 'level' }, values }]));
    expect(seriesIn(history, 'level')[0]?.values).toEqual([NaN, Infinity, -Infinity]);
  });

  it('are put together as histograms', async () => {
    const { history } = await take(
      serverOf([...histogramOf({ path: '/a' }), ...histogramOf({ path: '/b' })]),
    );
    expect(familyIn(history, 'wait_seconds')).toMatchObject({ type: 'histogram', points: [0.1, 1] });
    const [a, b] = seriesIn(history, 'wait_seconds') as [SeenSeries, SeenSeries];
    expect(a).toMatchObject({
      labels: { path: '/a' },
      values: [3, 5],
      sums: [1.5, 9.5],
      rows: [
        [1, 3, 3],
        [2, 4, 5],
      ],
    });
    expect(b.labels).toEqual({ path: '/b' });
    expect([...history.notes].join()).not.toContain('other buckets');
    expect(history.samples).toBe(2 * 2 * 5);
  });

  it('are put together as summaries, of which there is a quantile that was not known once', async () => {
    const at = (name: string, values: Stored['values'], own: object = {}): Stored => ({
      metric: { __name__: name, ...own },
      values: values ?? [],
    });
    const { history } = await take(
      serverOf([
        at('size', [[15, 7]], { quantile: '0.5' }),
        at('size_sum', [
          [30, 0],
          [15, 21],
        ]),
        at('size_count', [
          [30, 0],
          [15, 3],
        ]),
      ]),
    );
    expect(typesIn(history)).toEqual({ size: 'summary' });
    expect(seriesIn(history, 'size')[0]).toMatchObject({ values: [0, 3], sums: [0, 21], rows: [[NaN], [7]] });
  });

  it('without a count are no histogram, and that is said', async () => {
    const buckets = histogramOf({}).filter(({ metric }) => metric['le'] !== undefined);
    const { history } = await take(serverOf([counter, ...buckets]));
    expect([...history.notes]).toContain('wait_seconds has no wait_seconds_count, and is not learnt');
  });

  it('with --step are values at equal distances, each once', async () => {
    const api = serverOf([counter]);
    const { history, taken } = await take(api, { stepS: 60 });
    expect(taken.parts).toBe(1);
    expect(agoOf(seriesIn(history, 'jobs_total')[0] as SeenSeries)).toEqual(
      Array.from({ length: 61 }, (_, i) => 3600 - i * 60),
    );
    const inParts = await take(api, { stepS: 0.25, maxSamples: 1e9 });
    expect(inParts.taken.parts).toBe(2);
    expect(agoOf(seriesIn(inParts.history, 'jobs_total')[0] as SeenSeries)).toEqual(
      Array.from({ length: 14_401 }, (_, i) => 3600 - i / 4),
    );
  });

  it('of several selectors are there once where both match', async () => {
    const { history } = await take(serverOf([counter, ...histogramOf({})]), { match: ['a', 'b'] });
    expect(seriesIn(history, 'jobs_total')[0]?.values).toEqual([1, 4, 2]);
    expect(seriesIn(history, 'wait_seconds')[0]?.values).toEqual([3, 5]);
  });

  it('are taken until it is asked to end, with what is there', async () => {
    const stopping = new AbortController();
    const { taken } = await take(serverOf(seriesOf(2000, 240)), {
      signal: stopping.signal,
      tell: ({ done }) => {
        if (done === 2) stopping.abort();
      },
    });
    expect(taken).toMatchObject({ done: 2, parts: 3 });
  });
});

describe('types', () => {
  const METADATA: Metadata = {
    commits: { type: 'counter', help: 'All commits.' },
    jobs: { type: 'counter', help: 'Jobs.' },
    wait_seconds: { type: 'histogram', help: 'Waits.' },
    size: { type: 'summary', help: 'Sizes.' },
    build: { type: 'info', help: 'Version.' },
    load: { type: 'gauge', help: 'Load.' },
    odd: { type: 'unknown', help: '' },
    depth: { type: 'gaugehistogram', help: '' },
  };
  const named = (...names: string[]): Stored[] =>
    names.map((name) => ({ metric: { __name__: name }, values: [[10, 1]] }));

  it('are those of the metadata, which has families of OpenMetrics without what their samples end in', async () => {
    const { history } = await take(
      serverOf(
        [
          ...named('commits', 'jobs_total', 'build_info', 'load', 'odd', 'size_sum', 'size_count'),
          ...histogramOf({}),
        ],
        METADATA,
      ),
    );
    expect(typesIn(history)).toEqual({
      commits: 'counter',
      jobs_total: 'counter',
      build_info: 'gauge',
      load: 'gauge',
      odd: 'gauge',
      size: 'summary',
      wait_seconds: 'histogram',
    });
    expect(familyIn(history, 'jobs_total').help).toBe('Jobs.');
    expect([...history.notes]).toEqual([]);
  });

  it('are told by names where there is no metadata, and that is said', async () => {
    const { history } = await take(
      serverOf([...named('commits', 'jobs_total', 'size_sum', 'size_count', 'load_sum'), ...histogramOf({})]),
    );
    expect(typesIn(history)).toEqual({
      commits: 'gauge',
      jobs_total: 'counter',
      size: 'summary',
      load_sum: 'gauge',
      wait_seconds: 'histogram',
    });
    expect([...history.notes]).toEqual([
      '8 metrics are of a type that http://prometheus:9090 does not tell; taken by their names: commits, jobs_total, load_sum, ...',
    ]);
  });

  it.each([
    ['up', 'up is what the scraper adds, and is left out'],
    ['jobs_created', 'jobs_created tells when series of jobs began, and is left out'],
    ['depth_gcount', 'depth_gcount is of the gaugehistogram depth, which is not learnt, and is left out'],
  ])('%s is none that is learnt, and that is said', async (name, note) => {
    const { history } = await take(serverOf(named('load', name), METADATA));
    expect(typesIn(history)).toEqual({ load: 'gauge' });
    expect([...history.notes]).toContain(note);
  });

  it('what the scraper adds is learnt when it is asked for by name', async () => {
    const { history } = await take(serverOf(named('up')), { match: ['up{job="shop"}'] });
    expect(typesIn(history)).toEqual({ up: 'gauge' });
  });
});

describe('labels of where series are from', () => {
  const at = (name: string, labels: StoredLabels): Stored => ({
    metric: { __name__: name, ...labels },
    values: [[10, 1]],
  });
  const one = [at('load', origin), at('jobs_total', origin)];
  const two = [at('load', origin), at('load', { ...origin, instance: 'b:1' })];

  it.each<[what: string, stored: Stored[], dropLabels: string[] | undefined, labels: string[][]]>([
    ['are left out where all series have the same', one, undefined, [[], []]],
    ['are kept where they tell series apart', two, undefined, [['instance'], ['instance']]],
    [
      'are kept where some have none',
      [...one, at('alerts', {})],
      undefined,
      [['instance', 'job'], ['instance', 'job'], []],
    ],
    ['are those that are asked for', one, ['job'], [['instance'], ['instance']]],
    [
      'are all kept when none is asked for',
      one,
      [],
      [
        ['instance', 'job'],
        ['instance', 'job'],
      ],
    ],
  ])('%s', async (_, stored, dropLabels, labels) => {
    const { history } = await take(serverOf(stored), { dropLabels });
    const found = [...history.families.values()].flatMap(({ series }) => [...series.values()]);
    expect(found.map((series) => Object.keys(series.labels))).toEqual(labels);
  });

  it('are needed where series would be one without them', async () => {
    await expect(take(serverOf(two), { dropLabels: ['job', 'instance'] })).rejects.toMatchObject({
      code: 'labels_needed',
      message: expect.stringContaining('without job, instance two series of load are one, as {') as string,
    });
  });
});

describe('native histograms', () => {
  const of = (count: number, buckets: [string, string, number][]): StoredHistogram => ({
    count: String(count),
    sum: '12.5',
    buckets: buckets.map(([low, high, inside]) => [0, low, high, String(inside)]),
  });
  const first = of(3, [
    ['0.5', '1', 2],
    ['1', '2', 1],
  ]);
  const second = of(7, [
    ['0.5', '1', 3],
    ['1', '2', 2],
    ['4', '8', 2],
  ]);
  const stored: Stored = {
    metric: { __name__: 'wait_seconds' },
    histograms: [
      [30, first],
      [15, second],
    ],
  };

  it.each<[string, Metadata]>([
    ['that the metadata knows', { wait_seconds: { type: 'histogram', help: 'Waits.' } }],
    ['that it does not know', {}],
  ])('%s have the bounds of what was last observed', async (_, metadata) => {
    const api = serverOf([stored], metadata);
    const { history } = await take(api);
    expect(api.asked).toContain('last_over_time({__name__="wait_seconds"}[3600s])');
    expect(familyIn(history, 'wait_seconds')).toMatchObject({ type: 'histogram', points: [0.5, 1, 2, 4, 8] });
    expect(seriesIn(history, 'wait_seconds')[0]).toMatchObject({
      values: [3, 7],
      sums: [12.5, 12.5],
      rows: [
        [0, 2, 3, 3, 3, 3],
        [0, 3, 5, 5, 7, 7],
      ],
    });
  });

  it('beside classic ones are left out, and that is said', async () => {
    const metadata = { wait_seconds: { type: 'histogram', help: '' } };
    const { history } = await take(serverOf([stored, ...histogramOf({})], metadata));
    expect(familyIn(history, 'wait_seconds').points).toEqual([0.1, 1]);
    expect([...history.notes].join()).toContain('wait_seconds_bucket is learnt from');
  });

  it('of many buckets become few', () => {
    const many = of(
      160,
      Array.from({ length: 160 }, (_, i) => [String(2 ** (i / 8)), String(2 ** ((i + 1) / 8)), 1]),
    );
    const bounds = boundsOf([many]);
    expect(bounds).toHaveLength(24);
    expect([bounds[0], bounds.at(-1)]).toEqual([1, 2 ** 20]);
    // A bound that is one of theirs says exactly how many are below it.
    for (const bound of bounds)
      expect(cumulate(many, [bound])).toEqual([Math.round(8 * Math.log2(bound)), 160]);
  });

  it.each<[what: string, bound: number, below: number]>([
    ['at the end of a bucket: all of it', 2, 5],
    ['within one: in proportion', 6, 6],
    ['below all: none', 0.1, 0],
    ['above all: all', 100, 7],
  ])('up to a bound %s', (_, bound, below) => {
    expect(cumulate(second, [bound])).toEqual([below, 7]);
  });

  it('of no observation have no bounds', () => {
    expect(boundsOf([of(0, []), { count: '0', sum: '0' }])).toEqual([]);
    expect(cumulate({ count: '0', sum: '0' }, [1])).toEqual([0, 0]);
  });
});

describe('a range that cannot be learnt', () => {
  it.each<[match: string, choices: string]>([
    ['{job="shob"}', 'did you mean shop?'],
    ['{job="unheard-of"}', 'job there: node, shop, api'],
    ['nodes', 'did you mean node?'],
  ])('without a series of %s says what there is', async (match, choices) => {
    await expect(take(serverOf([]), { match: [match] })).rejects.toMatchObject({
      code: 'no_series',
      message: `http://prometheus:9090 has no series of ${match} from 2026-01-01T11:00:00.000Z to 2026-01-01T12:00:00.000Z (1h); ${choices}`,
    });
  });

  it.each<[string, Partial<StoredRange>, string]>([
    [
      'more samples than may be held',
      { maxSamples: 2 },
      'has about 36 samples of 1 series, more than 2: ask for',
    ],
    [
      'with a step, too',
      { maxSamples: 60, stepS: 60 },
      'has about 61 samples of 1 series, more than 60: ask for',
    ],
  ])('%s', async (_, range, message) => {
    await expect(take(serverOf([counter]), range)).rejects.toThrow(message);
  });
});
