import { describe, expect, it } from 'vitest';

import { finalTickOf } from '../../src/simulation/finite.ts';
import { planOf } from '../../src/simulation/plan.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { createTestLogger } from '../support/sources.ts';
import { configOf, linesOf, renderText, startSimulation } from '../support/simulation.ts';

const gauge = (name: string, pattern: unknown, more: object = {}) => ({
  name,
  type: 'gauge',
  algorithm: 'pattern',
  pattern,
  ...more,
});

describe('a gap', () => {
  it('is a series that is absent at that tick, on the page too', async () => {
    const config = configOf({ metrics: [gauge('m', '5 _ 7')] });
    const lines = await Promise.all(
      [0, 1, 2, 3].map(async (tick) => linesOf(await renderText(config, tick), 'prom_m')),
    );
    expect(lines).toEqual([['prom_m 5'], [], ['prom_m 7'], ['prom_m 7']]);
  });

  it('is seen by sinks while other series go on', async () => {
    const run = await startSimulation({ metrics: [gauge('m', '5 _ 7'), gauge('n', '1')] });
    expect(run.series('m')).toHaveLength(1);
    await run.ticks(1);
    expect([run.series('m').length, run.series('n').length]).toEqual([0, 1]);
    await run.ticks(1);
    expect(run.series('m')[0]?.value).toBe(7);
  });

  it('is for direct clients: auto takes those, and library is refused with the reason', async () => {
    const otel = { enabled: true, endpoint: 'embedded', export_interval_s: 1 };
    const config = (client: string, pattern: string) =>
      configOf({
        exporters: { prometheus: { enabled: false }, otel: { ...otel, client } },
        metrics: [gauge('m', pattern)],
      });
    expect(planOf(config('auto', '1 2')).clients[0]).toMatchObject({ client: 'library' });
    const { client, why } = planOf(config('auto', '1 _ 2')).clients[0] ?? {};
    expect(client).toBe('direct');
    expect(why).toContain('gauge m, whose pattern has gaps or ends');
    expect(() => planOf(config('library', '1 _ 2'))).toThrow(
      'cannot show gauge m, whose pattern has gaps or ends; use client: direct',
    );
  });
});

describe('a finite file', () => {
  const ending = (name: string, pattern: string) => gauge(name, pattern, { end: 'remove' });

  it.each([
    {
      metrics: [ending('m', '1x4')],
      last: 5,
      why: 'five values, at ticks 0 to 4, and the tick that ends them',
    },
    { metrics: [ending('m', '1x4'), ending('n', '1')], last: 5, why: 'the last one to end' },
    { metrics: [ending('m', '1x4'), gauge('n', '1')], last: undefined, why: 'one goes on' },
    {
      metrics: [ending('m', '1x4'), { name: 'n', type: 'histogram' }],
      last: undefined,
      why: 'and so does what draws',
    },
    {
      metrics: [{ ...ending('m', '1x4'), type: 'counter' }],
      last: 6,
      why: 'a rate begins with the first tick after birth',
    },
  ])('ends after tick $last: $why', ({ metrics, last }) => {
    expect(finalTickOf(configOf({ metrics }))).toBe(last);
  });

  it('has a run that ends by itself, and says so at its start', async () => {
    const run = await startSimulation({ metrics: [ending('m', '1 2 3')] });
    expect(run.simulation.describe()).toContain('ends by itself after tick 3: by then every pattern is over');
    await run.ticks(5);
    expect(await run.ended).toBeUndefined();
    expect(run.frame().tick).toBe(3);
    expect(run.series('m')).toEqual([]);
  });

  it('may be ended earlier', async () => {
    const { logger } = createTestLogger();
    const simulation = await createSimulation(configOf({ metrics: [ending('m', '1 2 3')] }), {
      logger,
      lastTick: 0,
    });
    await simulation.run();
    expect(simulation.status().tick).toBe(0);
  });
});
