import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';

import { createMeterSink } from '../../../src/sinks/otel-sdk.ts';
import { createTestContext } from '../../support/context.ts';
import { createFrame, nextFrame, observe, type FamilyInput } from '../../support/frames.ts';

/** A reader as any program has one, with the SDK's defaults. */
class PlainReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

describe('a simulation on a meter of the program', () => {
  const inputs = (value: number, observations: readonly number[]): FamilyInput[] => [
    { name: 'requests', type: 'counter', series: [{ labels: { code: '200' }, value }] },
    { name: 'load', type: 'gauge', series: [{ value: -value }] },
    { name: 'size', type: 'histogram', bounds: [1], series: [observe([1], observations)] },
  ];

  it('is collected when the program collects, as of the last whole tick, until it is detached', async () => {
    const reader = new PlainReader();
    const provider = new MeterProvider({ readers: [reader] });
    const context = createTestContext();
    const sink = createMeterSink(provider.getMeter('theirs'))(context);
    const collect = async () => {
      const { resourceMetrics, errors } = await reader.collect();
      expect(errors).toEqual([]);
      return Object.fromEntries(
        resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
          metrics.map(({ descriptor, dataPoints }) => [
            `${scope.name} ${descriptor.name}`,
            dataPoints.map(({ attributes, value }) => [
              attributes,
              typeof value === 'number' ? value : value.count,
            ]),
          ]),
        ),
      );
    };

    const first = createFrame(inputs(1, [0.5]));
    await sink.start(first.families.map(({ family }) => family));
    context.frame = first;
    await sink.frame(first);
    expect(await collect()).toEqual({
      'theirs requests': [[{ code: '200' }, 1]],
      'theirs load': [[{}, -1]],
      'theirs size': [[{}, 1]],
    });

    context.frame = nextFrame(first, inputs(5, [0.5, 2, 3]));
    await sink.frame(context.frame);
    expect(await collect()).toMatchObject({
      'theirs requests': [[{ code: '200' }, 5]],
      'theirs load': [[{}, -5]],
    });

    await sink.stop(0);
    context.frame = nextFrame(first, inputs(9, []));
    expect(await collect()).toMatchObject({ 'theirs requests': [[{ code: '200' }, 5]] });
  });
});
