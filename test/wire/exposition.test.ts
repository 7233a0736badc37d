import { describe, expect, it } from 'vitest';

import {
  CHUNK_BYTES,
  createPageEncoder,
  preparePagesNow,
  renderPage,
  type PageOptions,
} from '../../src/wire/exposition.ts';
import type { Frame } from '../../src/series/frame.ts';
import { BIRTH_MS, createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';

const REQUESTS: FamilyInput = {
  name: 'http_requests',
  type: 'counter',
  help: 'Requests by "method" and C:\\path,\nall of them.',
  series: [
    { labels: { method: 'GET', path: '/' }, value: 1027 },
    { labels: { method: 'POST', path: 'C:\\DIR\n"x"' }, value: 3 },
  ],
};

const TEMPERATURE: FamilyInput = {
  name: 'room_temperature_celsius',
  type: 'gauge',
  help: 'Degrees.',
  prometheus: { name: 'room_temperature_celsius', unit: 'celsius' },
  series: [{ value: -21.5 }],
};

const LATENCY: FamilyInput = {
  name: 'latency_seconds',
  type: 'histogram',
  prometheus: { name: 'latency_seconds', unit: 'seconds' },
  bounds: [0.005, 1, 1e6],
  series: [
    { labels: { zone: 'a' }, counts: [5, 0, 2, 1], sum: 1_500_000.25 },
    { labels: { zone: 'b' }, counts: [0, 0, 0, 0], sum: 0, birthMs: BIRTH_MS + 500 },
  ],
};

const SIZES: FamilyInput = {
  name: 'sizes',
  type: 'summary',
  quantiles: [0, 0.5, 1],
  series: [{ labels: { zone: 'a' }, quantiles: [1, 2.5, NaN], count: 12, sum: 30.5 }],
};

const FLAT: FamilyInput = { name: 'flat', type: 'histogram', bounds: [], series: [{ counts: [4], sum: 2 }] };
const PLAIN: FamilyInput = { name: 'plain', type: 'counter', series: [{ value: 0 }] };

function page(inputs: FamilyInput[], options: PageOptions): string[] {
  return renderPage(createFrame(inputs), options).toString().split('\n');
}

describe('a text 0.0.4 page', () => {
  it.each<[string, FamilyInput, string[]]>([
    [
      'of a counter escapes help and label values',
      REQUESTS,
      [
        '# HELP http_requests_total Requests by "method" and C:\\\\path,\\nall of them.',
        '# TYPE http_requests_total counter',
        'http_requests_total{method="GET",path="/"} 1027',
        'http_requests_total{method="POST",path="C:\\\\DIR\\n\\"x\\""} 3',
        '',
      ],
    ],
    [
      'of a gauge without labels has no braces and no unit',
      TEMPERATURE,
      [
        '# HELP room_temperature_celsius Degrees.',
        '# TYPE room_temperature_celsius gauge',
        'room_temperature_celsius -21.5',
        '',
      ],
    ],
    [
      'of a histogram accumulates its buckets, with the shortest bounds',
      LATENCY,
      [
        '# TYPE latency_seconds histogram',
        'latency_seconds_bucket{zone="a",le="0.005"} 5',
        'latency_seconds_bucket{zone="a",le="1"} 5',
        'latency_seconds_bucket{zone="a",le="1000000"} 7',
        'latency_seconds_bucket{zone="a",le="+Inf"} 8',
        'latency_seconds_sum{zone="a"} 1500000.25',
        'latency_seconds_count{zone="a"} 8',
        'latency_seconds_bucket{zone="b",le="0.005"} 0',
        'latency_seconds_bucket{zone="b",le="1"} 0',
        'latency_seconds_bucket{zone="b",le="1000000"} 0',
        'latency_seconds_bucket{zone="b",le="+Inf"} 0',
        'latency_seconds_sum{zone="b"} 0',
        'latency_seconds_count{zone="b"} 0',
        '',
      ],
    ],
    [
      'of a histogram without labels and bounds still has its last bucket',
      FLAT,
      ['# TYPE flat histogram', 'flat_bucket{le="+Inf"} 4', 'flat_sum 2', 'flat_count 4', ''],
    ],
    [
      'of a summary has its quantiles, NaN when the window is empty',
      SIZES,
      [
        '# TYPE sizes summary',
        'sizes{zone="a",quantile="0"} 1',
        'sizes{zone="a",quantile="0.5"} 2.5',
        'sizes{zone="a",quantile="1"} NaN',
        'sizes_sum{zone="a"} 30.5',
        'sizes_count{zone="a"} 12',
        '',
      ],
    ],
  ])('%s', (_, input, lines) => {
    expect(page([input], { format: 'text' })).toEqual(lines);
  });

  it('prints times in milliseconds', () => {
    const frame = createFrame([PLAIN], { wallMs: 1_700_000_000_123, modelMs: 1_600_000_000_000 });
    const text = (options: PageOptions) => renderPage(frame, options).toString();
    expect(text({ format: 'text', timestamps: 'wall' })).toContain('\nplain_total 0 1700000000123\n');
    expect(text({ format: 'text', timestamps: 'model' })).toContain('\nplain_total 0 1600000000000\n');
  });

  it('never prints times of creation', () => {
    expect(page([PLAIN], { format: 'text', created: true })).toEqual([
      '# TYPE plain_total counter',
      'plain_total 0',
      '',
    ]);
  });

  it('of no families is empty', () => {
    expect(page([], { format: 'text' })).toEqual(['']);
  });
});

describe('an OpenMetrics page', () => {
  it('names counters without _total in metadata, prints units, canonical bounds and the end', () => {
    expect(page([REQUESTS, TEMPERATURE, LATENCY, SIZES], { format: 'openmetrics' })).toEqual([
      '# HELP http_requests Requests by \\"method\\" and C:\\\\path,\\nall of them.',
      '# TYPE http_requests counter',
      'http_requests_total{method="GET",path="/"} 1027',
      'http_requests_total{method="POST",path="C:\\\\DIR\\n\\"x\\""} 3',
      '# HELP room_temperature_celsius Degrees.',
      '# TYPE room_temperature_celsius gauge',
      '# UNIT room_temperature_celsius celsius',
      'room_temperature_celsius -21.5',
      '# TYPE latency_seconds histogram',
      '# UNIT latency_seconds seconds',
      'latency_seconds_bucket{zone="a",le="0.005"} 5',
      'latency_seconds_bucket{zone="a",le="1.0"} 5',
      'latency_seconds_bucket{zone="a",le="1e+06"} 7',
      'latency_seconds_bucket{zone="a",le="+Inf"} 8',
      'latency_seconds_sum{zone="a"} 1500000.25',
      'latency_seconds_count{zone="a"} 8',
      'latency_seconds_bucket{zone="b",le="0.005"} 0',
      'latency_seconds_bucket{zone="b",le="1.0"} 0',
      'latency_seconds_bucket{zone="b",le="1e+06"} 0',
      'latency_seconds_bucket{zone="b",le="+Inf"} 0',
      'latency_seconds_sum{zone="b"} 0',
      'latency_seconds_count{zone="b"} 0',
      '# TYPE sizes summary',
      'sizes{zone="a",quantile="0.0"} 1',
      'sizes{zone="a",quantile="0.5"} 2.5',
      'sizes{zone="a",quantile="1.0"} NaN',
      'sizes_sum{zone="a"} 30.5',
      'sizes_count{zone="a"} 12',
      '# EOF',
      '',
    ]);
  });

  it('prints a unit only where the name ends in it', () => {
    const inputs = ['seconds', 'load_seconds_average', 'load_seconds'].map((name): FamilyInput => ({
      ...PLAIN,
      type: 'gauge',
      name,
      prometheus: { name, unit: 'seconds' },
    }));
    expect(page(inputs, { format: 'openmetrics' }).filter((line) => line.startsWith('# UNIT'))).toEqual([
      '# UNIT load_seconds seconds',
    ]);
  });

  it('prints times of creation on request, in seconds, of each series its own, and none of gauges', () => {
    const lines = page([PLAIN, TEMPERATURE, LATENCY, SIZES], { format: 'openmetrics', created: true });
    expect(lines.filter((line) => line.includes('_created'))).toEqual([
      'plain_created 1767225600',
      'latency_seconds_created{zone="a"} 1767225600',
      'latency_seconds_created{zone="b"} 1767225600.5',
      'sizes_created{zone="a"} 1767225600',
    ]);
  });

  it('prints times in seconds', () => {
    const frame = createFrame([PLAIN], { wallMs: 1_700_000_000_123 });
    expect(renderPage(frame, { format: 'openmetrics', timestamps: 'wall' }).toString()).toContain(
      'plain_total 0 1700000000.123\n',
    );
  });

  it('of no families is its end alone', () => {
    expect(page([], { format: 'openmetrics' })).toEqual(['# EOF', '']);
  });
});

describe('absent series', () => {
  it('are left out, and their family keeps its metadata', () => {
    const absent = {
      ...LATENCY,
      series: LATENCY.series.map((one) => ({ ...one, present: false })),
    } as FamilyInput;
    const partly: FamilyInput = {
      name: 'partly',
      type: 'gauge',
      series: ['a', 'b', 'c'].map((zone, value) => ({ labels: { zone }, value, present: zone === 'b' })),
    };
    expect(page([absent, partly], { format: 'text' })).toEqual([
      '# TYPE latency_seconds histogram',
      '# TYPE partly gauge',
      'partly{zone="b"} 1',
      '',
    ]);
  });
});

describe('an encoder', () => {
  const encode = (frame: Frame, options: PageOptions) => {
    const families = frame.families.map(({ family }) => family);
    const encoder = createPageEncoder(options);
    const labels = preparePagesNow(families);
    return () => Array.from(encoder.encode(frame, labels), (chunk) => Buffer.from(chunk));
  };

  it('shows the numbers of each tick with the bytes of the first', () => {
    const frame = createFrame([{ name: 'load', type: 'gauge', series: [{ labels: { a: 'x' }, value: 1 }] }]);
    const pages = encode(frame, { format: 'text' });
    expect(Buffer.concat(pages()).toString()).toContain('load{a="x"} 1\n');
    nextFrame(frame, [
      { name: 'load', type: 'gauge', series: [{ labels: { a: 'x' }, value: 1234.5, present: true }] },
    ]);
    expect(Buffer.concat(pages()).toString()).toContain('load{a="x"} 1234.5\n');
  });

  it('cuts a page into chunks that together are the page, across segments of labels', () => {
    const series = Array.from({ length: 10_000 }, (_, i) => ({
      labels: { pod: `pod-${i}`, zone: 'é' },
      value: i / 7,
    }));
    const frame = createFrame([{ name: 'load', type: 'gauge', series }]);
    const chunks = encode(frame, { format: 'text' })();
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(CHUNK_BYTES);
    const lines = series.map(({ labels, value }) => `load{pod="${labels.pod}",zone="é"} ${value}\n`);
    expect(Buffer.concat(chunks).toString()).toBe(`# TYPE load gauge\n${lines.join('')}`);
  });

  it('makes room for a series that is larger than a chunk', () => {
    const huge = 'é'.repeat(CHUNK_BYTES / 4);
    const counts = [1, 2, 3, 4];
    const frame = createFrame([
      { name: 'small', type: 'gauge', series: [{ value: 1 }] },
      {
        name: 'huge',
        type: 'histogram',
        bounds: [1, 2, 3],
        series: ['a', 'b'].map((zone) => ({ labels: { zone, huge }, counts, sum: 5 })),
      },
      { name: 'last', type: 'gauge', series: [{ value: 2 }] },
    ]);
    const lines = Buffer.concat(encode(frame, { format: 'text' })())
      .toString()
      .split('\n');
    expect(lines.filter((line) => line.includes(huge))).toHaveLength(12);
    expect(lines).toContain(`huge_bucket{zone="b",huge="${huge}",le="3"} 6`);
    expect(lines.at(-2)).toBe('last 2');
  });

  it('prepares a label space once, however many families have it', () => {
    const frame = createFrame([PLAIN]);
    const families = frame.families.flatMap(({ family }) => [family, { ...family, name: 'other' }]);
    expect(preparePagesNow(families).size).toBe(1);
  });
});
