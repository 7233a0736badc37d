import { createConnection } from 'node:net';

import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { createManualClock } from '../../src/engine/clock.ts';
import type { Action } from '../../src/simulation/actions.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { TickReader } from '../../src/sinks/otel-sdk/reader.ts';
import { createMeterSink } from '../../src/sinks/otel-sdk.ts';
import { createRegistrySink } from '../../src/sinks/prom-client/registry.ts';
import { until } from '../support/backends.ts';
import { createTestLogger, createTestSink } from '../support/sources.ts';
import {
  configOf,
  FREE_PAGE,
  linesOf,
  pageUrlOf,
  START_MS,
  startBackend,
  startSimulation,
} from '../support/simulation.ts';

const metrics = [
  { name: 'ticks_total', type: 'counter', algorithm: 'constant', base_rate: 1 },
  { name: 'walk', type: 'gauge', labels: { id: { range: [1, 3] } } },
];

function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ port: Number(port), host: hostname });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('a run', () => {
  it('is born at tick 0, then ticks by the clock', async () => {
    const run = await startSimulation({ global: { tick_interval_s: 0.1 }, metrics });
    expect(run.frame()).toMatchObject({ tick: 0, modelMs: START_MS, wallMs: START_MS });
    await run.ticks(25);
    expect(run.frame()).toMatchObject({ tick: 25, modelMs: START_MS + 2500, wallMs: START_MS + 2500 });
    expect(run.history('ticks_total').at(-1)).toBeCloseTo(2.5, 12);
  });

  it('begins at a whole interval, and its model time is the wall time', async () => {
    const clock = createManualClock(START_MS + 7890);
    const run = await startSimulation({ global: { tick_interval_s: 5 }, metrics }, { clock });
    expect(run.frame()).toMatchObject({ modelMs: START_MS + 5000, wallMs: START_MS + 5000 });
    await clock.advance(2110);
    expect(run.frame()).toMatchObject({ tick: 1, wallMs: START_MS + 10_000 });
  });

  it('with a start time of its own keeps model time and wall time apart', async () => {
    const run = await startSimulation({ global: { start_time: '2001-01-01' }, metrics });
    await run.ticks(3);
    expect(run.frame()).toMatchObject({ modelMs: Date.UTC(2001, 0, 1) + 3000, wallMs: START_MS + 3000 });
  });

  it('with a shared epoch joins at the tick of the clock, having replayed those before', async () => {
    const global = { epoch: 'wall', start_time: '2025-12-31T23:59:00Z' };
    const late = await startSimulation({ global, metrics });
    expect(late.frame()).toMatchObject({ tick: 60, modelMs: START_MS, wallMs: START_MS });
    expect(late.history('ticks_total')).toEqual([60]);
    const early = await startSimulation({ global, metrics }, { clock: createManualClock(START_MS - 60_000) });
    await early.ticks(60);
    expect(early.series('walk').map(({ value }) => value)).toEqual(
      late.series('walk').map(({ value }) => value),
    );
  });

  it('is ready from birth to its end', async () => {
    const { logger } = createTestLogger();
    const clock = createManualClock();
    const simulation = await createSimulation(configOf({ metrics }), { logger, clock, lastTick: 1 });
    expect([simulation.ready(), simulation.health().reason]).toEqual([false, 'starting']);
    await expect(simulation.read((frame) => frame.tick)).rejects.toMatchObject({ code: 'not_ready' });
    const ended = simulation.run();
    await clock.advance(0);
    expect([simulation.ready(), simulation.health().reason]).toEqual([true, 'running']);
    await clock.advance(1000);
    await ended;
    expect([simulation.ready(), simulation.health().healthy]).toEqual([false, false]);
    // What was last shown is still to be had.
    expect(await simulation.read((frame) => frame.tick)).toBe(1);
  });

  it('finishes its tick when it is stopped, and exports that tick', async () => {
    const { otel, arrived } = await startBackend();
    const run = await startSimulation({
      exporters: { prometheus: { enabled: false }, otel: { ...otel, export_interval_s: 3600 } },
      metrics,
    });
    await run.ticks(7);
    await run.stop();
    expect(await run.ended).toBeUndefined();
    const ticks = (await arrived(START_MS + 7000, ['otel_ticks_total'])).get('otel_ticks_total');
    expect(ticks?.points[0]).toMatchObject({ value: 7 });
    expect(run.simulation.status().exporters[0]?.points).toMatchObject({ accepted: 8, pending: 0 });
  });

  it('that is stopped before it begins ends at once', async () => {
    const { logger } = createTestLogger();
    const sink = createTestSink('seen');
    const simulation = await createSimulation(
      configOf({ exporters: { prometheus: FREE_PAGE, otel: { endpoint: 'embedded' } }, metrics }),
      { logger, clock: createManualClock(), sinks: [() => sink] },
    );
    simulation.stop();
    await simulation.run();
    expect(sink.shown.map(({ tick }) => tick)).toEqual([0]);
  });

  it('keeps serving its last tick while it holds, and takes no spike', async () => {
    const run = await startSimulation(
      { exporters: { prometheus: FREE_PAGE, otel: { enabled: false } }, metrics },
      { lastTick: 2, hold: true },
    );
    await run.ticks(5);
    expect(run.simulation.status()).toMatchObject({ state: 'holding', tick: 2, tick_count: 2 });
    expect(linesOf(await run.page(), 'prom_ticks_total')).toEqual(['prom_ticks_total 2']);
    expect(run.simulation.health()).toEqual({ healthy: true, reason: 'holding' });
    await expect(run.simulation.spike({ metric: 'walk', multiplier: 2, durationS: 1 })).rejects.toMatchObject(
      { code: 'not_running' },
    );
    const url = pageUrlOf(run.simulation.status());
    await run.stop();
    expect(await isOpen(url)).toBe(false);
  });
});

describe('what is asked of a run', () => {
  it('waits for the tick under way, and for what was asked before it', async () => {
    const log: string[] = [];
    let letGo = (): void => undefined;
    const slow = createTestSink('slow', log, {
      frame: ({ tick }) =>
        tick === 1
          ? new Promise<void>((resolve) => {
              letGo = resolve;
            })
          : undefined,
    });
    const run = await startSimulation({ metrics }, { sinks: [() => slow] });
    const tick = run.clock.advance(1000);
    await tick;
    const read = run.simulation.read((frame) => log.push(`read ${frame.tick}`));
    const spike = run.simulation
      .spike({ metric: 'ticks_total', multiplier: 5, durationS: 1 })
      .then(({ from_tick: from }) => log.push(`spike from ${from}`));
    letGo();
    await Promise.all([read, spike]);
    expect(log.slice(-4)).toEqual(['slow: frame 1', 'slow: done 1', 'read 1', 'spike from 2']);
    await run.ticks(1);
    expect(run.history('ticks_total')).toEqual([0, 1, 6]);
  });

  it('counts values and series by metric, birth included', async () => {
    const run = await startSimulation({ metrics });
    await run.ticks(9);
    const { points, series } = run.simulation.counters();
    expect(Object.fromEntries(points)).toEqual({ ticks_total: 10, walk: 30 });
    expect(Object.fromEntries(series)).toEqual({ ticks_total: 1, walk: 3 });
  });

  it('counts nothing before birth', async () => {
    const { logger } = createTestLogger();
    const simulation = await createSimulation(configOf({ metrics }), { logger });
    const { points, series } = simulation.counters();
    expect([...points.values(), ...series.values()]).toEqual([0, 0, 0, 0]);
  });
});

describe("sinks of a library user's own", () => {
  it('get every frame, behind those of the file', async () => {
    const log: string[] = [];
    const run = await startSimulation(
      { metrics },
      { sinks: [() => createTestSink('a', log), () => createTestSink('b', log)], lastTick: 1 },
    );
    await run.ticks(1);
    expect(await run.ended).toBeUndefined();
    expect(log).toEqual([
      'a: start ticks_total,walk',
      'b: start ticks_total,walk',
      ...[0, 1].flatMap((tick) =>
        ['a', 'b'].flatMap((name) => [`${name}: frame ${tick}`, `${name}: done ${tick}`]),
      ),
      'a: flush',
      'b: flush',
      'b: stop',
      'a: stop',
    ]);
  });

  it('may be a prom-client registry of the program, which shows what the page shows', async () => {
    const registry = new Registry();
    const run = await startSimulation(
      {
        exporters: { prometheus: { ...FREE_PAGE, client: 'library' }, otel: { enabled: false } },
        metrics: [...metrics, { name: 'latency', type: 'histogram' }, { name: 'size', type: 'summary' }],
      },
      { sinks: [createRegistrySink(registry)] },
    );
    await run.ticks(3);
    expect(await registry.metrics()).toBe(await run.page());
    await run.stop();
    expect(await registry.metrics()).toBe('\n');
  });

  it('may be a meter of the program, collected when it likes', async () => {
    const reader = new TickReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('program');
    const run = await startSimulation({ metrics }, { sinks: [createMeterSink(meter)] });
    await run.ticks(2);
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const [ticks, walk] = resourceMetrics.scopeMetrics[0]?.metrics ?? [];
    expect(ticks?.dataPoints.map(({ value }) => value)).toEqual([2]);
    expect(walk?.dataPoints.map(({ value }) => value)).toEqual(run.series('walk').map(({ value }) => value));
  });
});

describe('a meter of the program, which cannot tell everything,', () => {
  const meter = () => createMeterSink(new MeterProvider().getMeter('program'));
  const pods = (more: object = {}) => ({
    profiles: { web: { labels: { pod: { range: [1, 3] } }, ...more } },
  });
  const CHURN = { kind: 'rolling', label: 'pod', over: 4, after: 0 } as const;
  const visits = [{ name: 'visits', type: 'counter', profile: 'web' }];

  it.each<[string, object, string]>([
    [
      'series that come and go',
      { ...pods({ churn: CHURN }), metrics: visits },
      'the series of visits, which come and go',
    ],
    [
      'more observations than can be recorded',
      { metrics: [{ name: 'latency', type: 'histogram', observations_per_s: 90 }] },
      'histogram latency, which has more than 32 observations',
    ],
    [
      'gaps',
      { metrics: [{ name: 'level', type: 'gauge', algorithm: 'pattern', pattern: '1 _x3 2' }] },
      'gauge level, whose pattern has gaps or ends',
    ],
  ])('refuses a run with %s', async (_, input, what) => {
    const { logger } = createTestLogger();
    await expect(createSimulation(configOf(input), { logger, sinks: [meter()] })).rejects.toMatchObject({
      code: 'client_cannot_express',
      message: expect.stringContaining(`sink meter cannot show ${what}`) as string,
    });
  });

  it.each<[string, Action]>([
    ['churn', { do: 'set_churn', profile: 'web', churn: CHURN }],
    ['an explosion', { do: 'explode', metric: 'visits', label: 'user', values: 2 }],
    ['series that are dropped', { do: 'set_effect', metrics: ['visits'], drop: true }],
    ['totals that begin anew', { do: 'set_effect', metrics: ['visits'], reset: true }],
  ])('refuses %s while it runs, and shows what it showed', async (_, action) => {
    const run = await startSimulation({ ...pods(), metrics: visits }, { sinks: [meter()] });
    await expect(run.simulation.act(action)).rejects.toMatchObject({
      code: 'client_cannot_express',
      message: expect.stringContaining('meter cannot') as string,
    });
    await run.ticks(2);
    expect(run.series('visits')).toHaveLength(3);
  });
});

describe('what fails', () => {
  it('at the start of a sink ends the run, and leaves no port open', async () => {
    const seen: string[] = [];
    const log: string[] = [];
    const first = createTestSink('first', log);
    const { logger } = createTestLogger();
    const simulation = await createSimulation(
      configOf({ exporters: { prometheus: FREE_PAGE, otel: { endpoint: 'embedded' } }, metrics }),
      {
        logger,
        sinks: [
          () => first,
          () =>
            createTestSink('second', log, {
              start() {
                for (const { description } of simulation.status().exporters)
                  seen.push(...(description.match(/\b(http|grpc):\/\/[\d.:]+/g) ?? []));
                return Promise.reject(new Error('no room'));
              },
            }),
        ],
      },
    );
    const [, receiver = ''] = /grpc:\/\/(\S+?)[\s,;]/.exec(simulation.describe().join('\n')) ?? [];
    expect(await isOpen(`http://${receiver}`)).toBe(true);
    await expect(simulation.run()).rejects.toThrow('no room');
    expect(seen).toHaveLength(2);
    for (const url of seen) expect(await isOpen(url.replace('grpc:', 'http:')), url).toBe(false);
    expect(log.at(-1)).toBe('first: stop');
    expect(simulation.status().state).toBe('failed');
    expect(simulation.health()).toEqual({ healthy: false, reason: 'the run failed: no room' });
    await expect(simulation.read(() => undefined)).rejects.toMatchObject({ code: 'run_failed' });
  });

  it('when a sink is made leaves the embedded receiver closed', async () => {
    const { logger } = createTestLogger();
    const config = configOf({
      exporters: { prometheus: FREE_PAGE, otel: { endpoint: 'embedded' } },
      metrics,
    });
    const before = openServers();
    await expect(
      createSimulation(config, {
        logger,
        sinks: [
          () => {
            throw new Error('wrong options');
          },
        ],
      }),
    ).rejects.toThrow('wrong options');
    await until(() => openServers() === before, { what: 'the receiver to close', everyMs: 5 });
  });

  it('in a tick ends the run without an export of what is half done', async () => {
    const { otel } = await startBackend();
    const log: string[] = [];
    const broken = createTestSink('broken', log, {
      frame({ tick }) {
        if (tick === 2) throw new Error('disk full');
      },
    });
    const run = await startSimulation(
      { exporters: { prometheus: { enabled: false }, otel: { ...otel, export_interval_s: 10 } }, metrics },
      { sinks: [() => broken] },
    );
    await run.ticks(2);
    expect(await run.ended).toMatchObject({ message: 'disk full' });
    expect(log).not.toContain('broken: flush');
    expect(log.at(-1)).toBe('broken: stop');
    // Birth, and nothing of tick 2.
    expect(run.simulation.status().exporters[0]?.points?.accepted).toBe(4);
  });

  it.each<[string, object, object, string, string]>([
    [
      'a shard without a shared epoch',
      {},
      { shard: { index: 0, count: 2 } },
      'shard_without_epoch',
      'global.epoch: a shard needs wall',
    ],
    [
      'a client that cannot show a family',
      {
        exporters: { otel: { client: 'library' } },
        metrics: [{ name: 'bulk', type: 'histogram', observations_per_s: 1000 }],
      },
      {},
      'client_cannot_express',
      'histogram bulk',
    ],
  ])('is refused before anything is open: %s', async (_, input, options, code, message) => {
    const { logger } = createTestLogger();
    await expect(
      createSimulation(configOf({ metrics, ...input }), { logger, ...options }),
    ).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it('is not a shard that is the whole', async () => {
    const run = await startSimulation({ metrics }, { shard: { index: 0, count: 1 } });
    expect(run.series('walk')).toHaveLength(3);
  });
});

function openServers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
}
