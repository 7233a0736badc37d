import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Engine } from '../../src/engine/engine.ts';
import { healthOf } from '../../src/simulation/status.ts';
import { FREE_PAGE, START_MS, startBackend, startSimulation } from '../support/simulation.ts';

type Look = Pick<Engine, 'phase' | 'failure'> & { readonly overdue: number };

function health({ overdue, ...look }: Look) {
  const engine = { ...look, overdueMs: () => overdue } as Engine;
  return healthOf(engine, 1000);
}

describe('health', () => {
  it.each<[string, Partial<Look>, boolean, string]>([
    ['starting', { phase: 'starting' }, true, 'starting'],
    ['running on time', { phase: 'running' }, true, 'running'],
    ['running three intervals late', { phase: 'running', overdue: 3000 }, true, 'running'],
    ['running later than that', { phase: 'running', overdue: 3001 }, false, 'the next tick is 3.0 s overdue'],
    ['holding', { phase: 'holding' }, true, 'holding'],
    ['stopping', { phase: 'stopping' }, true, 'stopping'],
    ['at its end', { phase: 'stopped' }, false, 'the run has ended'],
    [
      'that has failed',
      { phase: 'failed', failure: new Error('disk full') },
      false,
      'the run failed: disk full',
    ],
  ])('of a run %s', (_, look, healthy, reason) => {
    expect(health({ phase: 'running', failure: undefined, overdue: 0, ...look })).toEqual({
      healthy,
      reason,
    });
  });
});

const metrics = [
  { name: 'requests_total', type: 'counter', algorithm: 'constant', base_rate: 10 },
  { name: 'latency', type: 'histogram', buckets: [1, 2], labels: { zone: { values: ['a', 'b'] } } },
  { name: 'size', type: 'summary', quantiles: [0.5] },
];

describe('the status of a run', () => {
  it('knows from the start what there is', async () => {
    const { simulation } = await startSimulation({ metrics });
    expect(simulation.status()).toMatchObject({
      state: 'running',
      active_metrics: 3,
      available_metrics: ['requests_total', 'latency', 'size'],
      total_series: 4,
      stored_series: 1 + 2 * 5 + 3,
    });
  });

  it('tells the tick, its model time and how long it runs', async () => {
    const run = await startSimulation({
      global: { tick_interval_s: 0.5, seed: 7, start_time: '2020-02-02' },
      metrics,
    });
    await run.ticks(5);
    expect(run.simulation.status()).toMatchObject({
      state: 'running',
      tick: 5,
      tick_count: 5,
      uptime_seconds: 2.5,
      model_time: '2020-02-02T00:00:02.500Z',
      exporters: [],
      parity: undefined,
      config: { file: undefined, tick_interval_s: 0.5, seed: 7 },
      lateness: { last_seconds: 0, max_seconds: 0, late_ticks: 0, skipped_ticks: 0, on_time: true },
    });
  });

  it('tells what is late, and that it no longer is', async () => {
    const run = await startSimulation({ metrics });
    await run.ticks(1);
    run.clock.stall(2500);
    expect(run.simulation.status().lateness.on_time).toBe(false);
    await run.ticks(1);
    expect(run.simulation.status()).toMatchObject({
      tick: 4,
      lateness: { late_ticks: 1, max_seconds: 1.5, skipped_ticks: 0, on_time: true },
    });
  });

  it('counts ticks that were left out', async () => {
    const run = await startSimulation({ global: { max_lag: 1, late: 'skip' }, metrics });
    run.clock.stall(10_000);
    await run.clock.advance(0);
    await run.clock.advance(0);
    expect(run.simulation.status()).toMatchObject({
      tick: 10,
      tick_count: 1,
      lateness: { skipped_ticks: 9 },
    });
    expect(run.simulation.counters().points.get('latency')).toBe(2 * 2);
  });

  it('tells of each exporter its client, why, and how its points or pages ended', async () => {
    const { otel, arrived } = await startBackend();
    const run = await startSimulation({ exporters: { prometheus: FREE_PAGE, otel }, metrics });
    await arrived(START_MS, ['otel_size']);
    await run.page();
    const [page, push] = run.simulation.status().exporters;
    expect(page).toMatchObject({
      name: 'prometheus',
      protocol: 'prometheus',
      client: 'library',
      why: 'auto: 14 stored series',
      queue_depth: 0,
      points: undefined,
      reasons: {},
      scrapes: { codes: { 200: 1 }, active: 0 },
      last_error: undefined,
    });
    expect(push).toMatchObject({
      name: 'otlp',
      protocol: 'otel',
      client: 'direct',
      why: 'auto: the library client cannot show the quantiles of summary size',
      description: expect.stringContaining(`grpc://${otel.endpoint} every 1s`) as string,
      points: { rejected: 0, lost: 0, unknown: 0 },
      scrapes: undefined,
      last_error: undefined,
    });
    expect((push?.points?.accepted ?? 0) + (push?.points?.pending ?? 0)).toBe(4);
  });

  it('tells how many points were not taken, why and when', async () => {
    const backend = createServer((_, response) => response.writeHead(400).end()).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    onTestFinished(() => void backend.close());
    const { port } = backend.address() as AddressInfo;
    const otel = { endpoint: `127.0.0.1:${port}`, protocol: 'http', export_interval_s: 1 };
    const run = await startSimulation({ exporters: { prometheus: { enabled: false }, otel }, metrics });
    await run.stop();
    const [push] = run.simulation.status().exporters;
    expect(push).toMatchObject({
      points: { accepted: 0, rejected: 4, lost: 0, unknown: 0, pending: 0 },
      last_error: { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string },
    });
    expect(Object.values(push?.reasons ?? {})).toEqual([4]);
    expect(push?.last_error?.message).toContain('400');
  });

  it('lists the spikes that are not over', async () => {
    const run = await startSimulation({ metrics });
    await run.simulation.spike({ metric: 'size', multiplier: 2, durationS: 2 });
    const ids = () => run.simulation.status().active_spikes.map(({ id }) => id);
    expect(ids()).toEqual(['spike-1']);
    await run.ticks(1);
    expect(ids()).toEqual(['spike-1']);
    await run.ticks(1);
    expect(ids()).toEqual([]);
  });
});
