import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { estimatePoints, nanosOf, pointKindOf, preparePoints } from '../../src/wire/otlp-points.ts';
import { createFrame } from '../support/frames.ts';

describe('nanoseconds of milliseconds', () => {
  it('are exact for whole milliseconds of the next thousand years', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 33_000_000_000_000 }), (ms) => {
        const [low, high] = nanosOf(ms);
        expect(BigInt(high) * 2n ** 32n + BigInt(low)).toBe(BigInt(ms) * 1_000_000n);
      }),
    );
  });

  it('keep microseconds', () => {
    const [low, high] = nanosOf(1_767_225_600_000.125);
    expect(BigInt(high) * 2n ** 32n + BigInt(low)).toBe(1_767_225_600_000_125_000n);
  });
});

describe('the estimate of prepared bytes', () => {
  it('is within five percent of what is prepared', () => {
    const frame = createFrame([
      {
        name: 'size',
        type: 'histogram',
        bounds: [0.1, 0.5, 2.5],
        series: Array.from({ length: 5000 }, (_, i) => ({
          labels: { instance: `host-${i}`, region: i % 2 === 0 ? 'europe-west-1' : 'asia' },
          counts: [0, 0, 0, 0],
          sum: 0,
        })),
      },
    ]);
    const family = frame.families[0]?.family;
    if (family === undefined) throw new Error('no family');
    const steps = preparePoints(family, pointKindOf(family));
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(estimatePoints([family]).prepared / step.value.byteLength).toBeCloseTo(1, 1);
  });

  it('counts what families share once, and what they send each time', () => {
    const [family] = createFrame([
      { name: 'load', type: 'gauge', series: [{ labels: { zone: 'a' }, value: 1 }] },
    ]).families.map((frame) => frame.family);
    if (family === undefined) throw new Error('no family');
    const alone = estimatePoints([family]);
    const bounds = Float64Array.of(1);
    expect(alone.prepared).toBeGreaterThan(alone.sent);
    expect(estimatePoints([family, { ...family, name: 'other', type: 'counter' }])).toEqual({
      sent: 2 * alone.sent,
      prepared: alone.prepared,
    });
    const histogram = { ...family, type: 'histogram', bounds } as const;
    expect(estimatePoints([family, histogram]).prepared).toBeGreaterThan(2 * alone.prepared);
  });
});
