import { describe, expect, it } from 'vitest';

import { describeRun, type RunDescription } from '../../src/simulation/describe.ts';
import { chooseDestinations, createDestinations } from '../../src/simulation/destinations.ts';
import { createPlant } from '../../src/simulation/plant.ts';
import { createTestContext } from '../support/context.ts';
import { configOf } from '../support/simulation.ts';

const up = { name: 'up', type: 'gauge' };

function lines(input: object, options: Partial<RunDescription> = {}): string[] {
  const config = configOf(input);
  const { families } = createPlant(config, options.shard);
  const chosen = chooseDestinations(config, families);
  return describeRun({
    config,
    file: 'shop.yaml',
    families,
    destinations: createDestinations(config, chosen, createTestContext()),
    shard: undefined,
    workers: undefined,
    ...options,
  });
}

const both = { prometheus: {}, otel: {} };

describe('the first line', () => {
  it.each<[string, object, Partial<RunDescription>, string]>([
    [
      'counts one of a kind',
      { metrics: [up] },
      {},
      'shop.yaml: 1 metric, 1 series (1 stored), a tick every 1s, seed 42',
    ],
    [
      'tells stored series beside series, with separators',
      {
        global: { tick_interval_s: '90s', seed: 7 },
        profiles: { p: { labels: { id: { range: [1, 1500] } } } },
        metrics: [up, { name: 'latency', type: 'histogram', buckets: [1, 2], profile: 'p' }],
      },
      {},
      'shop.yaml: 2 metrics, 1,501 series (7,501 stored), a tick every 1m30s, seed 7',
    ],
    [
      'of a part counts the part',
      {
        global: { tick_interval_s: 0.25 },
        metrics: [{ ...up, labels: { id: { range: [1, 9] } } }],
      },
      { shard: { index: 1, count: 2 } },
      'shop.yaml: 1 metric, 5 series (5 stored), a tick every 250ms, seed 42',
    ],
    [
      'does without a file',
      { metrics: [up] },
      { file: undefined },
      'config: 1 metric, 1 series (1 stored), a tick every 1s, seed 42',
    ],
  ])('%s', (_, input, options, line) => {
    expect(lines(input, options)[0]).toBe(line);
  });
});

describe('the next lines', () => {
  it.each<[string, object, Partial<RunDescription>, readonly string[]]>([
    ['are none when all is said', { metrics: [up] }, {}, []],
    ['do not speak of no workers', { metrics: [up] }, { workers: 0 }, []],
    [
      'tell the part and the threads',
      { metrics: [up] },
      { shard: { index: 0, count: 3 }, workers: 2 },
      ['shard 0/3 of every metric', 'series are advanced by 2 worker threads'],
    ],
    [
      'tell where each path leads, by which client, and why',
      { exporters: { prometheus: { client: 'direct' }, otel: { enabled: false } }, metrics: [up] },
      {},
      ['http://0.0.0.0:8000/metrics — direct client (client: direct)'],
    ],
    [
      'list what is printed under another name',
      {
        exporters: { prometheus: { prefix: 'p_' }, otel: { enabled: false } },
        metrics: [up, { name: 'visits', type: 'counter' }, { name: 'heap', type: 'gauge', unit: 'By' }],
      },
      {},
      [
        'http://0.0.0.0:8000/metrics — library client (auto: 3 stored series)',
        'renamed: p_visits is printed as p_visits_total, as OTLP backends name it',
        'renamed: p_heap is printed as p_heap_bytes, as OTLP backends name it',
      ],
    ],
    [
      'do not speak of names without a page',
      {
        metrics: [
          { name: 'visits', type: 'counter' },
          { name: 'latency', type: 'histogram' },
        ],
      },
      {},
      [],
    ],
  ])('%s', (_, input, options, more) => {
    expect(lines(input, options).slice(1)).toEqual(more);
  });

  it('tell bounds and quantiles that read differently by path, where there are two', () => {
    const metrics = [
      { name: 'latency', type: 'histogram', buckets: [0.5, 1, 10] },
      { name: 'size', type: 'summary', quantiles: [0, 0.5, 1] },
      { name: 'wait', type: 'histogram', buckets: [0.25, 0.5] },
    ];
    expect(lines({ exporters: both, metrics }).slice(3)).toEqual([
      expect.stringMatching(/^latency: 1, 10 read differently in le or quantile by path/),
      expect.stringMatching(/^size: 0, 1 read differently/),
    ]);
    expect(lines({ exporters: { otel: { enabled: false } }, metrics }).slice(2)).toEqual([]);
  });
});
