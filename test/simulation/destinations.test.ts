import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import { chooseDestinations, createDestinations } from '../../src/simulation/destinations.ts';
import { createPlant } from '../../src/simulation/plant.ts';
import { createTestContext } from '../support/context.ts';

const metrics = [
  { name: 'up', type: 'gauge' },
  { name: 'latency', type: 'histogram' },
];

function chosen(input: object, workers?: number): string[] {
  const config = parseConfig({ metrics, ...input });
  return chooseDestinations(config, createPlant(config).families, workers).map(
    ({ definition, why }) => `${definition.name}: ${why}`,
  );
}

const BOTH = ['prom-client: auto: 15 stored series', 'otel-sdk: auto: 15 stored series'];

describe('the destinations of a run', () => {
  it.each<[string, object, readonly string[]]>([
    ['are both protocols', {}, BOTH],
    ['are those that are enabled', { exporters: { otel: { enabled: false } } }, BOTH.slice(0, 1)],
    ['may be none', { exporters: { prometheus: { enabled: false }, otel: { enabled: false } } }, []],
    [
      'are sinks that stand by themselves, too, when the file asks for them',
      { exporters: { memory: { enabled: true }, null: { enabled: true } } },
      [...BOTH, 'memory: asked for', 'null: asked for'],
    ],
    [
      'leave a sink out that is named and not enabled',
      { exporters: { memory: { frames: 5 }, null: { enabled: false } } },
      BOTH,
    ],
    [
      'have a client each',
      { exporters: { prometheus: { client: 'direct' }, otel: { client: 'library' } } },
      ['prometheus: client: direct', 'otel-sdk: client: library'],
    ],
    [
      'under a shared epoch have no client that records observations',
      { global: { epoch: 'wall', start_time: '2026-01-01' } },
      [
        'prom-client: auto: 15 stored series',
        'otlp: auto: the library client cannot show histogram latency of a run that joins after its birth (global.epoch: wall)',
      ],
    ],
  ])('%s', (_, input, names) => {
    expect(chosen(input)).toEqual(names);
  });

  it('with workers have no client that records observations', () => {
    expect(chosen({}, 0)).toEqual(BOTH);
    expect(chosen({}, 2)[1]).toBe(
      'otlp: auto: the library client cannot show histogram latency that workers advance (--workers)',
    );
  });

  it('are made with the options of their section, and open nothing', () => {
    const config = parseConfig({
      metrics,
      exporters: {
        prometheus: { port: 9999, path: '/page' },
        otel: { endpoint: 'collector:1', export_interval_s: 3 },
        memory: { enabled: true, frames: 7 },
      },
    });
    const made = createDestinations(
      config,
      chooseDestinations(config, createPlant(config).families),
      createTestContext(),
    );
    expect(made.map(({ sink }) => sink.describe())).toEqual([
      'http://0.0.0.0:9999/page',
      expect.stringContaining('grpc://collector:1 every 3s'),
      'memory: the last 7 frames',
    ]);
  });
});
