import { afterEach, describe, expect, it } from 'vitest';

import { otelSdk } from '../../src/sinks/otel-sdk.ts';
import { otlp } from '../../src/sinks/otlp.ts';
import type { DecodedMetric } from '../../src/wire/otlp-decode.ts';
import { OTLP_TYPES } from '../conformance/seen.ts';
import { describeSink } from '../conformance/sinks.ts';
import { createFrame, nextFrame, observe, type FamilyInput } from '../support/frames.ts';
import { joinMetrics, plainDecoded } from '../support/otlp.ts';
import { createPushHarness, type PushHarness } from '../support/push.ts';

describeSink({
  name: 'otel-sdk',
  capabilities: otelSdk.capabilities,
  protocol: 'otel',
  detail: { help: true, unit: true, time: true, birth: true, types: OTLP_TYPES },
  runs: 30,
  createHarness: (families) => createPushHarness(otelSdk, families),
});

const open: PushHarness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

async function show(
  definition: typeof otelSdk | typeof otlp,
  ticks: readonly (readonly FamilyInput[])[],
  options = {},
): Promise<DecodedMetric[][]> {
  let frame = createFrame(ticks[0] ?? [], { tick: 0 });
  const families = frame.families.map(({ family }) => family);
  const harness = await createPushHarness(definition, families, options);
  open.push(harness);
  const shown: DecodedMetric[][] = [];
  for (const [tick, inputs] of ticks.entries()) {
    frame = nextFrame(frame, inputs, { tick });
    shown.push(await harness.push(frame));
  }
  return shown;
}

describe('both clients', () => {
  it('send the same, point by point in the same order, at every export of many ticks', async () => {
    const bounds = [0.1, 0.2, 0.7];
    let latency = observe(bounds, []);
    const ticks = Array.from({ length: 8 }, (_, tick): FamilyInput[] => {
      if (tick > 0) latency = observe(bounds, [0.1 * tick, 0.3, 0.05 / tick], latency);
      const series = (value: number) =>
        ['a', 'b', ''].map((zone, i) => ({ labels: { zone, other: 'x' }, value: value * (i + 1) }));
      return [
        { name: 'requests', type: 'counter', help: 'Requests.', series: series(0.1 * tick) },
        {
          name: 'latency',
          type: 'histogram',
          otel: { name: 'latency', unit: 's' },
          bounds,
          series: [{ labels: { zone: 'a' }, ...latency }],
        },
        { name: 'load', type: 'gauge', birthMs: 1_000_000 + tick, series: series(Math.sin(tick)) },
      ];
    });
    const options = { export_interval_s: 3 };
    const direct = await show(otlp, ticks, options);
    const library = await show(otelSdk, ticks, options);
    expect(direct.filter((metrics) => metrics.length > 0)).toHaveLength(3);
    for (const [tick, metrics] of direct.entries())
      expect(plainDecoded(library[tick] ?? []), `tick ${tick}`).toEqual(plainDecoded(metrics));
  });
});

describe('the SDK client', () => {
  it('keeps more series than the 2,000 that the SDK allows by default', async () => {
    const series = Array.from({ length: 5000 }, (_, i) => ({ labels: { id: `${i}` }, value: i }));
    const bounds = [1];
    const [metrics = []] = await show(otelSdk, [
      [
        { name: 'c', type: 'counter', series },
        {
          name: 'h',
          type: 'histogram',
          bounds,
          series: series.map((one) => ({ ...one, ...observe(bounds, []) })),
        },
      ],
    ]);
    // Requests of one frame arrive in any order.
    const joined = joinMetrics([plainDecoded(metrics).toSorted((a, b) => (a.name < b.name ? -1 : 1))]);
    expect(joined.map(({ name, points }) => [name, points.length])).toEqual([
      ['c', 5000],
      ['h', 5000],
    ]);
    expect(
      joined.flatMap(({ points }) => points).some(({ attributes }) => 'otel.metric.overflow' in attributes),
    ).toBe(false);
  });

  it('cuts by bytes and by points', async () => {
    const series = Array.from({ length: 300 }, (_, i) => ({ labels: { id: 'x'.repeat(100) + i }, value: i }));
    const ticks: FamilyInput[][] = [[{ name: 'c', type: 'counter', series }]];
    for (const options of [{ max_request_bytes: 5000 }, { max_points: 70 }]) {
      const [metrics = []] = await show(otelSdk, ticks, options);
      expect(metrics.length).toBeGreaterThan(4);
      expect(joinMetrics([plainDecoded(metrics)])).toHaveLength(1);
      expect(metrics.reduce((sum, { points }) => sum + points.length, 0)).toBe(300);
    }
  });

  it('follows counters that are not whole numbers to the last bit', async () => {
    const values = Array.from({ length: 50 }, (_, tick) => tick * 0.1 + tick / 3);
    const shown = await show(
      otelSdk,
      values.map((value) => [{ name: 'c', type: 'counter', series: [{ value }] }]),
    );
    const texts = shown.map((metrics) => plainDecoded(metrics)[0]?.points[0]?.values['value']);
    expect(texts).toEqual(values.map(String));
  });

  it('shows an empty histogram from birth on', async () => {
    const [[metric] = []] = await show(otelSdk, [
      [{ name: 'h', type: 'histogram', bounds: [1, 2], series: [observe([1, 2], [])] }],
    ]);
    expect(metric?.points[0]).toMatchObject({ count: 0, sum: 0, counts: [0, 0, 0], bounds: [1, 2] });
  });

  it('shows a summary as two sums with the unit in their names, and no quantiles', async () => {
    const [metrics = []] = await show(otelSdk, [
      [
        {
          name: 'wait',
          type: 'summary',
          otel: { name: 'otel_wait', unit: 's' },
          quantiles: [0.5],
          series: [{ labels: { zone: 'a' }, quantiles: [1], count: 7, sum: 10.5 }],
        },
      ],
    ]);
    expect(
      plainDecoded(metrics).map(({ name, type, unit, points }) => [name, type, unit, points[0]?.values]),
    ).toEqual([
      ['otel_wait_seconds_sum', 'sum cumulative', '', { value: '10.5' }],
      ['otel_wait_seconds_count', 'sum cumulative', '', { value: '7' }],
    ]);
  });
});
