import { describe, expect, it } from 'vitest';

import { countPoints } from '../../src/wire/otlp-count.ts';
import { decodeMetrics } from '../../src/wire/otlp-decode.ts';
import { encodeAs } from '../support/otlp.ts';

const TIME = { startTimeUnixNano: '1767225600000000000', timeUnixNano: '1767225601000000000' };

const request = (...metrics: readonly Record<string, unknown>[]): Uint8Array =>
  encodeAs('ExportMetricsServiceRequest', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

const gauge = (...dataPoints: readonly Record<string, unknown>[]): Uint8Array =>
  request({ name: 'g', gauge: { dataPoints } });

const histogram = (point: Record<string, unknown>): Uint8Array =>
  request({ name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [{ ...TIME, ...point }] } });

const summary = (...quantileValues: readonly Record<string, unknown>[]): Uint8Array =>
  request({ name: 's', summary: { dataPoints: [{ ...TIME, quantileValues }] } });

const label = (key: string) => ({ key, value: { stringValue: 'v' } });

describe('what is taken', () => {
  it('tells resource, scope, names and every kind of attribute', () => {
    const bytes = encodeAs('ExportMetricsServiceRequest', {
      resourceMetrics: [
        {
          resource: {
            attributes: [
              label('text'),
              { key: 'yes', value: { boolValue: true } },
              { key: 'whole', value: { intValue: -7 } },
              { key: 'part', value: { doubleValue: 0.5 } },
              { key: 'none' },
            ],
          },
          scopeMetrics: [
            {
              scope: { name: 'meter', version: '1.2' },
              metrics: [{ name: 'g', description: 'A gauge.', unit: 'By', gauge: {} }],
            },
          ],
        },
      ],
    });
    expect(decodeMetrics(bytes)).toEqual([
      {
        resource: new Map<string, unknown>([
          ['text', 'v'],
          ['yes', true],
          ['whole', -7],
          ['part', 0.5],
          ['none', undefined],
        ]),
        scope: { name: 'meter', version: '1.2' },
        name: 'g',
        description: 'A gauge.',
        unit: 'By',
        type: 'gauge',
        points: [],
      },
    ]);
  });

  it('may have whole numbers for values', () => {
    const [metric] = decodeMetrics(gauge({ ...TIME, asInt: -5 }));
    expect(metric?.points[0]).toMatchObject({ value: -5 });
  });

  it('may leave the value away when the flag says that there is none', () => {
    const [metric] = decodeMetrics(gauge({ ...TIME, flags: 1 }));
    expect(metric?.points[0]).toMatchObject({ noRecordedValue: true, value: Number.NaN });
  });

  it('may leave buckets away', () => {
    const [metric] = decodeMetrics(histogram({ count: 3, sum: 1.5 }));
    expect(metric?.points[0]).toMatchObject({ count: 3, sum: 1.5, counts: [], bounds: [] });
  });

  it('tells delta from cumulative', () => {
    const bytes = request({
      name: 'c',
      sum: { aggregationTemporality: 1, dataPoints: [{ ...TIME, asDouble: 1 }] },
    });
    expect(decodeMetrics(bytes)[0]).toMatchObject({ type: 'sum', temporality: 'delta', monotonic: false });
  });
});

describe('what is refused', () => {
  it.each<[string, Uint8Array, string]>([
    ['a metric without a name', request({ gauge: {} }), 'a metric without a name'],
    ['a metric without data', request({ name: 'm' }), 'metric m has no data'],
    [
      'a metric of two kinds',
      Buffer.from('0a0b120912070a016d2a003a00', 'hex'),
      'metric m has more than one kind of data',
    ],
    [
      'a sum that is neither cumulative nor delta',
      request({ name: 'c', sum: { dataPoints: [{ ...TIME, asDouble: 1 }] } }),
      'metric c: aggregation temporality 0 is not a known one',
    ],
    [
      'an exponential histogram',
      request({ name: 'e', exponentialHistogram: {} }),
      'metric e: exponential histograms',
    ],
    ['a point without a time', gauge({ asDouble: 1 }), 'metric g: a point without a time'],
    ['a point without a value', gauge(TIME), 'metric g: a point without a value'],
    [
      'a point that ends before it starts',
      gauge({ startTimeUnixNano: '2000000', timeUnixNano: '1000000', asDouble: 1 }),
      'metric g: a point starts at 2 ms, after its time 1 ms',
    ],
    [
      'an attribute that comes twice',
      gauge({ ...TIME, asDouble: 1, attributes: [label('a'), label('b'), label('a')] }),
      'metric g: attribute a comes twice',
    ],
    [
      'an attribute without a key',
      gauge({ ...TIME, asDouble: 1, attributes: [label('')] }),
      'metric g: an attribute without a key',
    ],
    [
      'as many buckets as bounds',
      histogram({ count: 2, bucketCounts: [1, 1], explicitBounds: [1, 2] }),
      'metric h: 2 bucket counts for 2 bounds',
    ],
    ['bounds without buckets', histogram({ explicitBounds: [1] }), 'metric h: 0 bucket counts for 1 bounds'],
    [
      'bounds that do not ascend',
      histogram({ bucketCounts: [0, 0, 0], explicitBounds: [2, 2] }),
      'metric h: bounds must be finite and ascend, but bound 1 is 2',
    ],
    [
      'an infinite bound',
      histogram({ bucketCounts: [0, 0], explicitBounds: [Infinity] }),
      'metric h: bounds must be finite and ascend, but bound 0 is Infinity',
    ],
    [
      'a count that is not that of the buckets',
      histogram({ count: 3, bucketCounts: [1, 1], explicitBounds: [1] }),
      'metric h: the count is 3, but its buckets hold 2',
    ],
    ['a quantile above one', summary({ quantile: 1.5, value: 1 }), 'metric s: quantile 1.5 is not in [0, 1]'],
    [
      'a quantile that comes twice',
      summary({ quantile: 0.5, value: 1 }, { quantile: 0.5, value: 2 }),
      'metric s: quantile 0.5 comes twice',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(() => decodeMetrics(bytes)).toThrow(reason);
  });

  it('every request that is cut short, wherever that is', () => {
    const whole = Buffer.from(
      request(
        { name: 'g', gauge: { dataPoints: [{ ...TIME, asDouble: 1, attributes: [label('a')] }] } },
        {
          name: 'h',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [{ ...TIME, count: 2, sum: 1, bucketCounts: [1, 1], explicitBounds: [1] }],
          },
        },
      ),
    );
    expect(decodeMetrics(whole)).toHaveLength(2);
    for (let length = 1; length < whole.length; length++)
      expect(() => decodeMetrics(whole.subarray(0, length)), `${length} bytes`).toThrow('truncated');
  });

  it('a value of another wire type', () => {
    // NumberDataPoint.time_unix_nano, field 3, as a varint.
    const bytes = Buffer.from('0a0d120b12090a01672a040a021801', 'hex');
    expect(() => decodeMetrics(bytes)).toThrow('field 3 has wire type 0, not 1');
  });
});

describe('counting', () => {
  it('finds the points of every kind of metric, those that are not decoded included', () => {
    const points = [TIME, TIME, TIME];
    const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];
    const bytes = request(...kinds.map((kind) => ({ name: kind, [kind]: { dataPoints: points } })));
    expect(countPoints(bytes)).toBe(15);
  });

  it('refuses a request that is cut short on the way to its points', () => {
    const bytes = Buffer.from(gauge({ ...TIME, asDouble: 1 }));
    expect(() => countPoints(bytes.subarray(0, -1))).toThrow('truncated');
  });
});
