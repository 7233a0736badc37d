import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FamilyFrame, Frame } from '../../src/series/frame.ts';
import { countPoints } from '../../src/wire/otlp-count.ts';
import { decodeMetrics } from '../../src/wire/otlp-decode.ts';
import { prepareOtlp, type EndedSeries, type OtlpEncoder, type OtlpOptions } from '../../src/wire/otlp.ts';
import { familyInputs } from '../support/arbitraries.ts';
import { BIRTH_MS, createFrame, nextFrame, type ScalarFamily } from '../support/frames.ts';
import { expectedMetrics, joinMetrics, plainDecoded, readRequest } from '../support/otlp.ts';

const RESOURCE = { 'service.name': 'lyrebird' };

function createEncoder(frame: Frame, options: Partial<OtlpOptions> = {}): OtlpEncoder {
  const families = frame.families.map(({ family }) => family);
  const steps = prepareOtlp(families, {
    resource: RESOURCE,
    maxBytes: 4 * 1024 * 1024,
    maxPoints: 1_000_000,
    ...options,
  });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function encode(encoder: OtlpEncoder, frame: Frame, ended: readonly EndedSeries[] = []) {
  const next = encoder.requests(frame, ended);
  const requests: { bytes: Buffer; points: number }[] = [];
  const buffer = encoder.createBuffer();
  for (;;) {
    const request = next(buffer);
    if (request === undefined) return requests;
    requests.push({ bytes: Buffer.from(request.bytes), points: request.points });
  }
}

const counter = (values: readonly number[], name = 'requests'): ScalarFamily => ({
  name,
  type: 'counter',
  series: values.map((value, i) => ({ labels: { path: `/${i}` }, value })),
});

describe('request bytes', () => {
  it('are, for one point of each type, these', () => {
    const frame = createFrame([
      {
        name: 'requests',
        type: 'counter',
        help: 'Requests.',
        otel: { name: 'requests', unit: '1' },
        series: [{ labels: { code: '200' }, value: 3 }],
      },
      { name: 'load', type: 'gauge', series: [{ value: 0.5 }] },
      { name: 'size', type: 'histogram', bounds: [1], series: [{ counts: [2, 1], sum: 4.5 }] },
      { name: 'wait', type: 'summary', quantiles: [0.5], series: [{ quantiles: [2], count: 3, sum: 6 }] },
    ]);
    const [request] = encode(createEncoder(frame), frame);
    // 2026-01-01T00:00:00Z is 18867251edfa0000 nanoseconds in hexadecimal, a second later 188672522994ca00.
    const start = '0000faed51728618';
    const time = '00ca942952728618';
    const resource = '0a1c 0a1a 0a0c 736572766963652e6e616d65 120a 0a08 6c79726562697264';
    const sum = `0a08 7265717565737473 1209 52657175657374732e 1a01 31 3a30 0a2a 11${start} 19${time} 210000000000000840
      3a0d 0a04 636f6465 1205 0a03 323030 1002 1801`;
    const gauge = `0a04 6c6f6164 2a1d 0a1b 11${start} 19${time} 21000000000000e03f`;
    const histogram = `0a04 73697a65 4a44 0a40 11${start} 19${time} 210300000000000000 290000000000001240
      3210 0200000000000000 0100000000000000 3a08 000000000000f03f 1002`;
    const summary = `0a04 77616974 5a3a 0a38 11${start} 19${time} 210300000000000000 290000000000001840
      3212 09000000000000e03f 110000000000000040`;
    const message = (field: string, hex: string): string => {
      const bytes = hex.replaceAll(/\s/g, '');
      const length = bytes.length / 2;
      const varint = length < 128 ? [length] : [(length % 128) | 128, Math.floor(length / 128)];
      return field + Buffer.from(varint).toString('hex') + bytes;
    };
    const metrics = [sum, gauge, histogram, summary].map((metric) => message('12', metric)).join('');
    const expected = message('0a', resource.replaceAll(' ', '') + message('12', metrics));
    expect(request?.bytes.toString('hex')).toBe(expected);
    expect(request?.points).toBe(4);
  });

  it('of a counter with four short labels take about 115 bytes a point', () => {
    const frame = createFrame([
      {
        name: 'http_requests',
        type: 'counter',
        series: Array.from({ length: 1000 }, (_, i) => ({
          labels: { method: 'GET', instance: `host-${i}`, route: '/api/v1/users', status: '200' },
          value: i,
        })),
      },
    ]);
    const [request] = encode(createEncoder(frame), frame);
    expect((request?.bytes.length ?? 0) / 1000).toBeGreaterThan(105);
    expect((request?.bytes.length ?? 0) / 1000).toBeLessThan(125);
  });
});

describe('what readers find', () => {
  it('is the frame, whatever its families, labels and values, in protobufjs and in our decoder', () => {
    fc.assert(
      fc.property(
        familyInputs(),
        fc.integer({ min: 200, max: 3000 }),
        fc.integer({ min: 1, max: 20 }),
        (inputs, maxBytes, maxPoints) => {
          const frame = createFrame(inputs);
          const requests = encode(createEncoder(frame, { maxBytes, maxPoints }), frame);
          const expected = expectedMetrics(frame, RESOURCE);
          expect(joinMetrics(requests.map(({ bytes }) => readRequest(bytes)))).toEqual(expected);
          expect(joinMetrics(requests.map(({ bytes }) => plainDecoded(decodeMetrics(bytes))))).toEqual(
            expected,
          );
          for (const { bytes, points } of requests) {
            expect(countPoints(bytes)).toBe(points);
            expect(points).toBeLessThanOrEqual(maxPoints);
            expect(bytes.length <= maxBytes || points === 1).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is each tick as it is: values, times and births of the tick before leave nothing behind', () => {
    const first = createFrame([
      { name: 'size', type: 'histogram', bounds: [1, 2], series: [{ counts: [2 ** 40, 1, 1], sum: 9 }] },
      counter([1, 2]),
    ]);
    const encoder = createEncoder(first);
    encode(encoder, first);
    const births = [{ birthMs: BIRTH_MS + 5000 }, {}];
    const second = nextFrame(
      first,
      [
        { name: 'size', type: 'histogram', bounds: [1, 2], series: [{ counts: [1, 0, 0], sum: 1 }] },
        {
          ...counter([1, 2]),
          series: births.map((birth, i) => ({ labels: { path: `/${i}` }, value: i, ...birth })),
        },
      ],
      { tick: 6 },
    );
    expect(joinMetrics(encode(encoder, second).map(({ bytes }) => readRequest(bytes)))).toEqual(
      expectedMetrics(second, RESOURCE),
    );
    const third = nextFrame(second, [
      {
        name: 'size',
        type: 'histogram',
        bounds: [1, 2],
        birthMs: BIRTH_MS + 6000,
        series: [{ counts: [0, 0, 0], sum: 0 }],
      },
      { ...counter([0, 0]), birthMs: BIRTH_MS + 6000 },
    ]);
    expect(joinMetrics(encode(encoder, third).map(({ bytes }) => readRequest(bytes)))).toEqual(
      expectedMetrics(third, RESOURCE),
    );
  });

  it('is every series of a family that is longer than a segment, absent ones left out', () => {
    const series = Array.from({ length: 10_000 }, (_, i) => ({
      labels: { id: String(i) },
      value: i,
      present: i % 3 !== 0 && (i < 4000 || i > 4200),
    }));
    const frame = createFrame([{ name: 'id', type: 'gauge', series }]);
    const requests = encode(createEncoder(frame, { maxBytes: 20_000 }), frame);
    expect(joinMetrics(requests.map(({ bytes }) => readRequest(bytes)))).toEqual(
      expectedMetrics(frame, RESOURCE),
    );
  });
});

describe('cutting', () => {
  const frame = createFrame([
    counter(Array.from({ length: 100 }, (_, i) => i)),
    counter([1, 2, 3], 'errors'),
  ]);

  it('by points fills each request and lets families share one', () => {
    const requests = encode(createEncoder(frame, { maxPoints: 40 }), frame);
    expect(requests.map(({ points }) => points)).toEqual([40, 40, 23]);
    expect(readRequest(requests[2]?.bytes as Buffer).map(({ name }) => name)).toEqual(['requests', 'errors']);
  });

  it('by bytes comes close to the limit and never past it', () => {
    const requests = encode(createEncoder(frame, { maxBytes: 1000 }), frame);
    for (const { bytes } of requests.slice(0, -1)) {
      expect(bytes.length).toBeLessThanOrEqual(1000);
      expect(bytes.length).toBeGreaterThan(900);
    }
  });

  it('sends a point by itself that is larger than the limit', () => {
    const large = createFrame([
      { name: 'a', type: 'gauge', series: [{ labels: { text: 'x'.repeat(5000) }, value: 1 }] },
      { name: 'b', type: 'gauge', series: [{ value: 2 }] },
    ]);
    const requests = encode(createEncoder(large, { maxBytes: 1000 }), large);
    expect(requests.map(({ points }) => points)).toEqual([1, 1]);
    expect(requests[0]?.bytes.length).toBeGreaterThan(5000);
  });

  it('gives nothing for a frame without a shown series', () => {
    const empty = createFrame([{ name: 'a', type: 'gauge', series: [{ value: 1, present: false }] }]);
    expect(encode(createEncoder(empty), empty)).toEqual([]);
  });
});

describe('series that have ended', () => {
  const endedOf = (encoder: OtlpEncoder): EndedSeries[] =>
    [
      { index: 0, slot: 1, seconds: 4 },
      { index: 1, slot: 0, seconds: 5 },
      { index: 2, slot: 0, seconds: 5 },
    ].map(({ index, slot, seconds }) =>
      encoder.endsOf((frame.families[index] as FamilyFrame).family)(slot, BIRTH_MS + seconds * 1000),
    );
  const frame = createFrame(
    [
      {
        name: 'requests',
        type: 'counter',
        series: [
          { labels: { path: '/0' }, value: 1 },
          { labels: { path: '/1' }, value: 1, present: false },
        ],
      },
      { name: 'size', type: 'histogram', bounds: [1], series: [{ counts: [1, 1], sum: 1, present: false }] },
      {
        name: 'wait',
        type: 'summary',
        quantiles: [0.5],
        series: [{ quantiles: [1], count: 1, sum: 1, present: false }],
      },
    ],
    { tick: 6 },
  );

  it('each get a message of their own behind the live ones, with the flag and no value', () => {
    const encoder = createEncoder(frame);
    const [request] = encode(encoder, frame, endedOf(encoder));
    const metrics = readRequest(request?.bytes as Buffer);
    expect(metrics.map(({ name, points }) => `${name} ${points.map(({ flags }) => flags).join()}`)).toEqual([
      'requests 0',
      'requests 1',
      'size 1',
      'wait 1',
    ]);
    const [, counterEnd, histogramEnd, summaryEnd] = metrics.map(({ points }) => points[0]);
    expect(counterEnd).toMatchObject({
      attributes: { path: '/1' },
      timeNanos: `${BIRTH_MS + 4000}000000`,
      values: {},
    });
    // Backends end only the bucket and quantile series that a point names.
    expect(histogramEnd?.values).toEqual({ count: '0', sum: '0', 'le 1': '0', 'le Infinity': '0' });
    expect(summaryEnd?.values).toEqual({ count: '0', sum: '0', 'quantile 0.5': '0' });
    expect(plainDecoded(decodeMetrics(request?.bytes as Buffer))).toEqual(metrics);
    expect(request?.points).toBe(4);
  });

  it('count against the limits as others do', () => {
    const encoder = createEncoder(frame, { maxPoints: 2 });
    const requests = encode(encoder, frame, endedOf(encoder));
    expect(requests.map(({ points }) => points)).toEqual([2, 2]);
  });
});
