import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createWorld } from '../../src/simulation/world.ts';
import { configOf, START_MS, startSimulation, type TestSimulation } from '../support/simulation.ts';

const CONFIG = {
  global: { seed: 7, tick_interval_s: 1, start_time: '2026-01-01T00:00:00Z' },
  profiles: {
    web: {
      labels: {
        region: { values: ['eu', 'us'] },
        status: { values: ['200', '500', '503'] },
        pod: { range: [1, 4], fmt: 'pod-%d' },
      },
    },
  },
  metrics: [
    { name: 'requests_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 40 },
    { name: 'bytes_total', type: 'counter', profile: 'web', algorithm: 'constant' },
    { name: 'level', type: 'gauge', profile: 'web' },
  ],
};
const FAIL = { from: { status: '200' }, to: { status: '500' }, share: 0.25 };
const PATH = '/api/v1/effects';

const totalsOf = (run: TestSimulation, status: string): number =>
  run
    .series('requests_total')
    .filter(({ labels }) => labels['status'] === status)
    .reduce((sum, { value = 0 }) => sum + value, 0);

describe('an error rate', () => {
  it('moves its share from one status to another, series by series, and the total holds', async () => {
    const calm = await startSimulation(CONFIG);
    const run = await startSimulation(CONFIG);
    expect(
      await run.ask('POST', PATH, { id: 'e', metrics: 'requests_total', error_rate: FAIL }),
    ).toMatchObject({
      status: 201,
      body: { error_rate: FAIL, strength: 0 },
    });
    for (const one of [calm, run]) await one.ticks(60);
    const moved = totalsOf(calm, '200') - totalsOf(run, '200');
    // 8 series, 40 a second, a minute: 19,200 at 200, of which a quarter moves, give or take five deviations.
    expect(Math.abs(moved - totalsOf(calm, '200') / 4)).toBeLessThan(5 * Math.sqrt(19_200 * 0.25 * 0.75));
    expect(totalsOf(run, '500')).toBe(totalsOf(calm, '500') + moved);
    expect(totalsOf(run, '503')).toBe(totalsOf(calm, '503'));
    const pods = (of: TestSimulation) => {
      const sums = new Map<string, number>();
      for (const { labels, value = 0 } of of.series('requests_total')) {
        const pod = `${labels['region']} ${labels['pod']}`;
        sums.set(pod, (sums.get(pod) ?? 0) + value);
      }
      return [...sums];
    };
    expect(pods(run)).toEqual(pods(calm));
  });

  it('of 1 moves everything, and back to nothing when it is over', async () => {
    const calm = await startSimulation(CONFIG);
    const run = await startSimulation(CONFIG);
    await run.ask('POST', PATH, {
      metrics: 'requests_total',
      series: '{region="eu"}',
      error_rate: { ...FAIL, share: 1 },
      duration_s: 3,
    });
    for (const one of [calm, run]) await one.ticks(3);
    const still = run.series('requests_total').filter(({ value }) => value === 0);
    expect(still.map(({ labels }) => `${labels['region']} ${labels['status']}`)).toEqual([
      'eu 200',
      'eu 200',
      'eu 200',
      'eu 200',
    ]);
    const ahead = totalsOf(run, '500') - totalsOf(calm, '500');
    for (const one of [calm, run]) await one.ticks(2);
    expect(totalsOf(run, '500') - totalsOf(calm, '500')).toBe(ahead);
  });

  it('comes after the rate, and grows over a ramp', async () => {
    const run = await startSimulation(CONFIG);
    const calm = await startSimulation(CONFIG);
    for (const one of [calm, run])
      await one.ask('POST', PATH, {
        metrics: '*',
        series: '{status="200",pod=~".*[12]"}',
        rate: 5,
        ramp_up_s: 4,
      });
    await run.ask('POST', PATH, { metrics: '*', error_rate: FAIL, ramp_up_s: 8, duration_s: 20 });
    for (const one of [calm, run]) await one.ticks(10);
    const sum = (of: TestSimulation) =>
      ['200', '500', '503'].reduce((all, status) => all + totalsOf(of, status), 0);
    expect(sum(run)).toBe(sum(calm));
    expect(totalsOf(run, '200')).toBeLessThan(totalsOf(calm, '200'));
  });

  it.each<[string, object, string]>([
    ['a gauge', { metrics: 'level' }, 'level is a gauge, not a counter'],
    ['fractions', { metrics: 'bytes_total' }, 'does not count whole events'],
    [
      'other labels',
      { error_rate: { ...FAIL, to: { pod: 'pod-1' } } },
      'from has the labels (status), to has (pod)',
    ],
    ['the same series', { error_rate: { ...FAIL, to: FAIL.from } }, 'are the same series'],
    ['a value that is none', { error_rate: { ...FAIL, to: { status: '504' } } }, 'has no value \\"504\\"'],
    ['nobody to lose', { error_rate: { ...FAIL, from: { status: '201' } } }, 'matches none of the 24 series'],
    ['a share over 1', { error_rate: { ...FAIL, share: 1.5 } }, 'needs a number above 0, up to 1'],
  ])('refused: %s', async (_, change, message) => {
    const run = await startSimulation(CONFIG);
    const answer = await run.ask('POST', PATH, { metrics: 'requests_total', error_rate: FAIL, ...change });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  it('refused: series that the cap leaves out have nobody to give to', async () => {
    const config = structuredClone(CONFIG);
    Object.assign(config.profiles.web, { series_cap: 17 });
    const run = await startSimulation(config);
    expect(await run.ask('POST', PATH, { metrics: 'requests_total', error_rate: FAIL })).toMatchObject({
      status: 422,
      body: {
        error: {
          message: expect.stringContaining(
            '3 of 8 series of requests_total have no series to move to',
          ) as string,
        },
      },
    });
  });

  it('refused: several that take more than there is, where and when they overlap', async () => {
    const run = await startSimulation(CONFIG);
    const most = (series: string, more: object) =>
      run.ask('POST', PATH, {
        metrics: 'requests_total',
        series,
        error_rate: { ...FAIL, share: 0.6 },
        ...more,
      });
    expect((await most('{region="eu"}', { id: 'a', duration_s: 10 })).status).toBe(201);
    expect((await most('{region="us"}', { id: 'b' })).status).toBe(201);
    expect((await most('{region="eu"}', { id: 'c', at: 11 })).status).toBe(201);
    expect(await most('{pod="pod-1"}', { id: 'd', at: 5, duration_s: 2 })).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('add up to more than 1') as string } },
    });
  });
});

const move = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  series: fc.constantFrom(undefined, '{region="eu"}', '{pod=~".*[13]"}', '{status="200"}'),
  rate: fc.constantFrom(undefined, 0.5, 3),
  errorRate: fc.constantFrom(
    undefined,
    { ...FAIL, share: 0.3 },
    { from: { status: '200' }, to: { status: '503' }, share: 0.2 },
    { from: { status: '500' }, to: { status: '200' }, share: 0.5 },
  ),
  durationS: fc.integer({ min: 1, max: 5 }),
  rampUpS: fc.constantFrom(0, 1),
  tick: fc.nat(5),
});

describe('three shards', () => {
  it('together are the whole, whoever has source and target, rates on top included', async () => {
    const config = configOf(CONFIG);
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 5 }), async (script) => {
        const totals = async (shard?: { index: number; count: number }) => {
          const world = await createWorld(config, { shard, startMs: START_MS });
          await world.ticker.birth(START_MS);
          for (let tick = 0; tick < 8; tick++) {
            for (const { tick: at, ...request } of script) {
              if (at !== tick || (request.rate === undefined && request.errorRate === undefined)) continue;
              const prepared = await world
                .prepare({ do: 'set_effect', metrics: ['requests_total'], ...request })
                .then((ready) => ready.commit(world.ticker.frame))
                .catch((error: unknown) => error as { code?: string });
              // Too much together, or a status that the matchers leave out, is refused by all alike.
              if ('code' in prepared) expect(['invalid_effect', 'no_series']).toContain(prepared.code);
            }
            await world.ticker.advance(START_MS);
          }
          const [family] = world.ticker.frame.families;
          return family?.column.kind === 'scalar' ? [...family.column.values] : [];
        };
        const parts = await Promise.all([0, 1, 2].map((index) => totals({ index, count: 3 })));
        expect(parts.flat()).toEqual(await totals());
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});
