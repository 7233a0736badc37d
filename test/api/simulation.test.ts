// The API over a real simulation, whose time the test moves.
import { describe, expect, it, onTestFinished } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createManualClock } from '../../src/engine/clock.ts';
import type { Status } from '../../src/simulation/status.ts';
import { createSimulation, type SimulationOptions } from '../../src/simulation/simulation.ts';
import { createTestLogger } from '../support/sources.ts';

const CONFIG = `
exporters:
  prometheus: { enabled: false }
  otel: { enabled: false }
metrics:
  - { name: requests_total, type: counter, algorithm: constant, base_rate: 10 }
  - { name: level, type: gauge, algorithm: constant, start: 5 }
`;

async function start(options: Partial<SimulationOptions> = {}) {
  const { config } = loadConfig({ text: CONFIG, file: 'test.yaml' });
  const clock = createManualClock();
  const { logger } = createTestLogger();
  const simulation = await createSimulation(config, { logger, clock, ...options });
  const app = createApp(simulation, { logger, setLogLevel: () => undefined, version: '1.2.3' });
  const ended = simulation.run().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  onTestFinished(async () => {
    simulation.stop();
    await ended;
  });
  await clock.advance(0);
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await app.request(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers }),
    });
    return { status: response.status, text: await response.text() };
  };
  return {
    simulation,
    clock,
    ended,
    ask,
    askJson: async (method: string, path: string, body?: unknown) => {
      const { status, text } = await ask(method, path, body);
      return { status, body: JSON.parse(text) as unknown };
    },
    status: async () => JSON.parse((await ask('GET', '/status')).text) as Status,
    /** The only value of a family of one series, now. */
    value: (name: string) =>
      simulation.read((frame) => {
        const column = frame.families.find(({ family }) => family.name === name)?.column;
        return column?.kind === 'scalar' ? (column.values[0] ?? Number.NaN) : Number.NaN;
      }),
  };
}

type Run = Awaited<ReturnType<typeof start>>;

async function valuesOver(run: Run, name: string, ticks: number): Promise<number[]> {
  const values = [await run.value(name)];
  for (let tick = 0; tick < ticks; tick++) {
    await run.clock.advance(1000);
    values.push(await run.value(name));
  }
  return values;
}

describe('a spike', () => {
  it('multiplies the rate of a counter, whose total neither jumps nor falls', async () => {
    const run = await start();
    await run.clock.advance(3000);
    expect(await run.value('requests_total')).toBe(30);
    const answer = await run.askJson('POST', '/control/spike', {
      metric: 'requests_total',
      multiplier: 5,
      duration_s: 2,
    });
    expect(answer).toMatchObject({ status: 200, body: { from_tick: 4, until_tick: 6 } });
    expect(await valuesOver(run, 'requests_total', 5)).toEqual([30, 80, 130, 140, 150, 160]);
  });

  it('takes a gauge back to its undisturbed path', async () => {
    const run = await start();
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 3, duration_s: 2 });
    expect(await valuesOver(run, 'level', 4)).toEqual([5, 15, 15, 5, 5]);
  });

  it('is not deleted by the end of another one of the same metric', async () => {
    const run = await start();
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 2, duration_s: 1 });
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 3, duration_s: 4 });
    expect(await valuesOver(run, 'level', 6)).toEqual([5, 30, 15, 15, 15, 5, 5]);
  });

  it('ends when it is asked to', async () => {
    const run = await start();
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 3, duration_s: 100 });
    await run.clock.advance(2000);
    expect(await run.askJson('DELETE', '/control/spike/spike-1')).toMatchObject({ status: 200 });
    expect(await valuesOver(run, 'level', 2)).toEqual([15, 5, 5]);
    expect(await run.askJson('DELETE', '/control/spike/spike-1')).toMatchObject({ status: 404 });
  });

  it('leaves no ghost in the status', async () => {
    const run = await start();
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 3, duration_s: -5 });
    expect((await run.status()).active_spikes).toEqual([]);
    await run.askJson('POST', '/control/spike', { metric: 'level', multiplier: 3, duration_s: 1 });
    expect((await run.status()).active_spikes).toHaveLength(1);
    await run.clock.advance(1000);
    expect((await run.status()).active_spikes).toEqual([]);
  });

  it('is refused when no further tick comes', async () => {
    const run = await start({ lastTick: 1, hold: true });
    const spike = { metric: 'level', multiplier: 3, duration_s: 5 };
    expect(await run.askJson('POST', '/control/spike', spike)).toMatchObject({ status: 200 });
    await run.clock.advance(1000);
    expect(await run.askJson('POST', '/control/spike', spike)).toMatchObject({
      status: 409,
      body: { error: { code: 'not_running', message: 'the run is holding: no further tick comes' } },
    });
    expect(await run.askJson('DELETE', '/control/spike/spike-1')).toMatchObject({ status: 409 });
  });
});

describe('health', () => {
  it('is 503 once the engine is later than three intervals, and 200 when it has caught up', async () => {
    const run = await start();
    await run.clock.advance(2000);
    expect(await run.ask('GET', '/healthz')).toMatchObject({ status: 200 });
    // As if the process had been stopped: what was due has not run.
    run.clock.stall(4500);
    expect(await run.askJson('GET', '/healthz')).toMatchObject({
      status: 503,
      body: { error: { code: 'unhealthy', message: 'the next tick is 3.5 s overdue' } },
    });
    await run.clock.advance(1000);
    expect(await run.ask('GET', '/healthz')).toMatchObject({ status: 200 });
  });

  it('is 503 when the engine has died', async () => {
    const run = await start({
      sinks: [
        () => ({
          name: 'broken',
          describe: () => 'broken',
          start: () => Promise.resolve(),
          frame: ({ tick }) => {
            if (tick === 2) throw new Error('the sink broke');
          },
          stop: () => Promise.resolve(),
        }),
      ],
    });
    await run.clock.advance(1000);
    expect(await run.ask('GET', '/healthz')).toMatchObject({ status: 200 });
    await run.clock.advance(1000);
    expect(await run.ended).toMatchObject({ message: 'the sink broke' });
    expect(await run.askJson('GET', '/healthz')).toMatchObject({
      status: 503,
      body: { error: { message: 'the run failed: the sink broke' } },
    });
    const spike = { metric: 'level', multiplier: 3, duration_s: 5 };
    expect(await run.askJson('POST', '/control/spike', spike)).toMatchObject({
      status: 503,
      body: { error: { code: 'run_failed' } },
    });
    // What it did is still to be had.
    expect(await run.ask('GET', '/status')).toMatchObject({ status: 200 });
    expect(await run.ask('GET', '/metrics')).toMatchObject({ status: 200 });
  });

  it('is 503 when the run is over; so is readiness', async () => {
    const run = await start({ lastTick: 1 });
    expect(await run.ask('GET', '/readyz')).toMatchObject({ status: 200 });
    await run.clock.advance(1000);
    expect(await run.ended).toBeUndefined();
    expect(await run.ask('GET', '/healthz')).toMatchObject({ status: 503 });
    expect(await run.ask('GET', '/readyz')).toMatchObject({ status: 503 });
  });
});

describe('self-metrics', () => {
  it('agree with the status and with what was generated', async () => {
    const run = await start();
    await run.clock.advance(7000);
    run.clock.stall(2500);
    await run.clock.advance(500);
    const status = await run.status();
    const { text } = await run.ask('GET', '/metrics');
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length + 1),
      );
    expect(status.tick_count).toBe(10);
    expect(value('gen_tick_duration_seconds_count')).toBe(10);
    expect(value('gen_tick_duration_seconds_bucket{le="+Inf"}')).toBe(10);
    // Birth is shown, too.
    expect(value('gen_points_total{metric_name="level"}')).toBe(11);
    expect(value('gen_active_series{metric_name="level"}')).toBe(1);
    expect(status.lateness.late_ticks).toBeGreaterThan(0);
    expect(value('gen_late_ticks_total')).toBe(status.lateness.late_ticks);
    expect(value('gen_tick_lateness_seconds')).toBe(status.lateness.last_seconds);
  });
});
