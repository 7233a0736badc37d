import { describe, expect, it } from 'vitest';

import type { MemorySeries } from '../../src/sinks/memory.ts';
import {
  FREE_PAGE,
  START_MS,
  startBackend,
  startSimulation,
  type TestSimulation,
} from '../support/simulation.ts';

const POD = { pod: { values: ['a', 'b', 'c'] } };
const metric = (name: string, type: string, more: object = {}) => ({ name, type, labels: POD, ...more });
const CONFIG = {
  global: { seed: 7, tick_interval_s: 1, start_time: '2026-01-01T00:00:00Z' },
  metrics: [
    metric('requests_total', 'counter', { algorithm: 'constant', base_rate: 10 }),
    metric('bytes_total', 'counter', { algorithm: 'poisson', base_rate: 9, decimals: 0 }),
    metric('level', 'gauge', { algorithm: 'random_walk' }),
    metric('latency', 'histogram', { algorithm: 'lognormal', observations_per_s: 3, arrivals: 'poisson' }),
    metric('size', 'summary', { algorithm: 'exponential', observations_per_s: 4, window_s: 6 }),
  ],
};
const NAMES = CONFIG.metrics.map(({ name }) => name);
const B = '{pod="b"}';

const pod = (run: TestSimulation, name: string, value: string): MemorySeries | undefined =>
  run.series(name).find(({ labels }) => labels['pod'] === value);

async function take(run: TestSimulation, body: object): Promise<void> {
  const answer = await run.ask('POST', '/api/v1/effects', body);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
}

/** Everything shown at each tick up to the last one, by metric. */
async function history(
  run: TestSimulation,
  ticks: number,
  act: (tick: number) => Promise<void> | void = () => {},
) {
  const shown: Record<string, readonly MemorySeries[]>[] = [];
  for (let tick = 0; tick <= ticks; tick++) {
    shown.push(Object.fromEntries(NAMES.map((name) => [name, run.series(name)])));
    await act(tick);
    if (tick < ticks) await run.ticks(1);
  }
  return shown;
}

const of = (shown: Record<string, readonly MemorySeries[]> | undefined, name: string, value: string) =>
  shown?.[name]?.find(({ labels }) => labels['pod'] === value);

describe('a series that is frozen', () => {
  it.each(NAMES)('stays as it was, and is then where it would have been: %s', async (name) => {
    const calm = await history(await startSimulation(CONFIG), 8);
    const run = await startSimulation(CONFIG);
    await take(run, { metrics: '*', series: B, freeze: true, at: 3, duration_s: 3 });
    const shown = await history(run, 8);
    for (let tick = 0; tick <= 8; tick++) {
      const frozen = tick >= 3 && tick < 6;
      expect(of(shown[tick], name, 'b')).toEqual(of(calm[frozen ? 2 : tick], name, 'b'));
      expect(of(shown[tick], name, 'a')).toEqual(of(calm[tick], name, 'a'));
    }
  });

  it('twice at once stays at the first row, until the last of them is over', async () => {
    const run = await startSimulation(CONFIG);
    await take(run, { id: 'a', metrics: 'requests_total', freeze: true, at: 2, duration_s: 3 });
    await take(run, { id: 'b', metrics: 'requests_total', series: B, freeze: true, at: 4, duration_s: 3 });
    const shown = await history(run, 8);
    const values = (name: string) => shown.map((tick) => of(tick, 'requests_total', name)?.value);
    expect(values('a')).toEqual([0, 10, 10, 10, 10, 50, 60, 70, 80]);
    expect(values('b')).toEqual([0, 10, 10, 10, 10, 10, 10, 70, 80]);
  });

  it('and begun anew beneath keeps total and birth until it is over', async () => {
    const run = await startSimulation(CONFIG);
    await take(run, { metrics: 'requests_total', freeze: true, at: 3, duration_s: 4 });
    await take(run, { metrics: 'requests_total', reset: true, at: 4 });
    const shown = await history(run, 8);
    expect(shown.map((tick) => of(tick, 'requests_total', 'a')?.value)).toEqual([
      0, 10, 20, 20, 20, 20, 20, 30, 40,
    ]);
    expect(shown.map((tick) => ((of(tick, 'requests_total', 'a')?.birthMs ?? 0) - START_MS) / 1000)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 4, 4,
    ]);
  });
});

describe('a gauge that is NaN', () => {
  it('returns to its path; nothing else is changed by a pattern for all', async () => {
    const calm = await history(await startSimulation(CONFIG), 5);
    const run = await startSimulation(CONFIG);
    await take(run, { metrics: '*', series: B, nan: true, at: 2, duration_s: 2 });
    const shown = await history(run, 5);
    for (let tick = 0; tick <= 5; tick++) {
      const expected = of(calm[tick], 'level', 'b');
      expect(of(shown[tick], 'level', 'b')).toEqual(
        tick === 2 || tick === 3 ? { ...expected, value: Number.NaN } : expected,
      );
      expect({ ...shown[tick], level: [] }).toEqual({ ...calm[tick], level: [] });
    }
  });

  it('drop beats nan beats freeze', async () => {
    const run = await startSimulation(CONFIG);
    await take(run, { metrics: 'level', series: B, freeze: true, at: 1, duration_s: 6 });
    await take(run, { metrics: 'level', series: B, nan: true, at: 2, duration_s: 4 });
    await take(run, { metrics: 'level', series: B, drop: true, at: 3, duration_s: 2 });
    const shown = await history(run, 7);
    const values = shown.map((tick) => of(tick, 'level', 'b')?.value);
    expect(values.slice(0, 7)).toEqual([0, 0, Number.NaN, undefined, undefined, Number.NaN, 0]);
    expect(values[7]).not.toBe(0);
  });
});

describe('series that are dropped', () => {
  it.each(NAMES)('are absent, and come back as they would have been: %s', async (name) => {
    const calm = await history(await startSimulation(CONFIG), 6);
    const run = await startSimulation(CONFIG);
    await take(run, { metrics: name, series: '{pod!="b"}', drop: true, at: 2, duration_s: 3 });
    const shown = await history(run, 6);
    for (let tick = 0; tick <= 6; tick++) {
      const kept = tick >= 2 && tick < 5 ? [of(calm[tick], name, 'b')] : calm[tick]?.[name];
      expect(shown[tick]?.[name]).toEqual(kept);
    }
  });
});

describe('series that are reset', () => {
  it('show nothing yet at that tick, were born then, and go on', async () => {
    const run = await startSimulation(CONFIG);
    await take(run, { id: 'r', metrics: '*', series: B, reset: true, at: 3 });
    const shown = await history(run, 5);
    expect(shown.map((tick) => of(tick, 'requests_total', 'b')?.value)).toEqual([0, 10, 20, 0, 10, 20]);
    expect(of(shown[3], 'latency', 'b')).toMatchObject({ count: 0, sum: 0 });
    expect(of(shown[3], 'size', 'b')).toMatchObject({
      count: 0,
      sum: 0,
      quantiles: [
        [0.5, NaN],
        [0.9, NaN],
        [0.99, NaN],
      ],
    });
    for (const name of NAMES) {
      const births = ['a', 'b'].map((value) => ((of(shown[5], name, value)?.birthMs ?? 0) - START_MS) / 1000);
      expect(births).toEqual([0, name === 'level' ? 0 : 3]);
    }
    expect((await run.ask('GET', '/api/v1/effects')).body).toEqual({ effects: [] });
  });

  it('are there before what follows from them begins anew, wherever it stands', async () => {
    const all = metric('all', 'counter', { algorithm: 'derived', expression: 'reads + writes' });
    const counted = [
      metric('reads', 'counter', { algorithm: 'constant', base_rate: 10 }),
      metric('writes', 'counter', { algorithm: 'constant', base_rate: 1000 }),
    ];
    const orders = [
      [all, ...counted],
      [...counted, all],
    ];
    for (const metrics of orders) {
      const run = await startSimulation({ ...CONFIG, metrics });
      await take(run, { metrics: ['all', 'reads'], reset: true, at: 3 });
      const totals: (number | undefined)[] = [];
      for (let tick = 1; tick <= 5; tick++) {
        await run.ticks(1);
        totals.push(pod(run, 'all', 'b')?.value);
      }
      expect(totals).toEqual([1010, 2020, 0, 1010, 2020]);
    }
  });

  it('are what gauges follow from at that tick, under whatever else changes these', async () => {
    const follow = (name: string, expression: string) =>
      metric(name, 'gauge', { algorithm: 'derived', expression });
    const run = await startSimulation({
      ...CONFIG,
      metrics: [
        follow('twice', '2 * open'),
        follow('open', 'reads - 3'),
        metric('reads', 'counter', { algorithm: 'constant', base_rate: 10 }),
      ],
    });
    await take(run, { metrics: 'reads', series: B, reset: true, at: 3 });
    await take(run, { metrics: 'twice', value: { offset: 1000 }, at: 1 });
    const shown: unknown[] = [];
    for (let tick = 1; tick <= 4; tick++) {
      await run.ticks(1);
      shown.push(['reads', 'open', 'twice'].map((name) => pod(run, name, 'b')?.value));
      expect(pod(run, 'open', 'a')?.value).toBe(10 * tick - 3);
    }
    expect(shown).toEqual([
      [10, 7, 1014],
      [20, 17, 1034],
      [0, -3, 994],
      [10, 7, 1014],
    ]);
  });

  it('by a command at once, twice the same request is one', async () => {
    const run = await startSimulation(CONFIG);
    const body = { id: 'r', metrics: 'requests_total', reset: true, at: 4 };
    await take(run, body);
    expect(await run.ask('POST', '/api/v1/effects', body)).toMatchObject({
      status: 200,
      body: { reset: true, from_tick: 4, until_tick: 5, remaining_seconds: 1 },
    });
  });
});

describe('changed options', () => {
  it('make the series those of a file with such options, from that tick on', async () => {
    const changed = structuredClone(CONFIG);
    Object.assign(changed.metrics[3] as object, { mu: 0.7, sigma: 2 });
    const other = await history(await startSimulation(changed), 6);
    const run = await startSimulation(CONFIG);
    await take(run, {
      metrics: 'latency',
      series: B,
      params: { mu: { add: 0.7 }, sigma: { scale: 2 } },
      at: 1,
    });
    const shown = await history(run, 6);
    expect(shown.map((tick) => of(tick, 'latency', 'b'))).toEqual(
      other.map((tick) => of(tick, 'latency', 'b')),
    );
    expect(of(shown[6], 'latency', 'a')).not.toEqual(of(other[6], 'latency', 'a'));
  });

  it('grow with the strength of a ramp, and fold in the order of ids', async () => {
    const run = await startSimulation(CONFIG);
    const params = (change: unknown) => ({ metrics: 'requests_total', params: { base_rate: change } });
    await take(run, { id: 'b', ...params({ scale: 3 }), at: 1, duration_s: 4, ramp_up_s: 4 });
    await take(run, { id: 'c', ...params({ add: 1 }), at: 4, duration_s: 2 });
    await take(run, { id: 'a', ...params(100), at: 5, duration_s: 1 });
    const shown = await history(run, 6);
    const values = shown.map((tick) => of(tick, 'requests_total', 'a')?.value ?? 0);
    const steps = values.slice(1).map((value, i) => value - (values[i] ?? 0));
    // 10 x 1.5, 2, 2.5 and 3; then 100 + 1.
    expect(steps).toEqual([15, 20, 25, 31, 101, 10]);
  });

  it.each<[string, object, string]>([
    ['an option that nobody has', { params: { nu: 1 } }, 'latency (lognormal) has mu, sigma'],
    [
      'what the algorithm does not take',
      { params: { sigma: -1 } },
      'params.sigma: would be -1 for latency: is -1; needs at least 0',
    ],
    [
      'what it does not take at full strength',
      { params: { sigma: { add: -2 } }, ramp_up_s: 5 },
      'params.sigma: would be -1',
    ],
    [
      'what options together are too much for',
      { params: { mu: 690 } },
      'params.sigma: would be 1 for latency',
    ],
    ['a change of nothing', { params: {} }, 'nothing changes'],
    ['a ramp of a fault', { freeze: true, ramp_up_s: 2 }, 'freeze: is there or not'],
    ['a reset that lasts', { reset: true, duration_s: 2 }, 'reset: happens once, so it has no duration_s'],
    ['a reset with a change', { reset: true, rate: 2 }, 'stands alone; ask for rate in another'],
    ['NaN of a histogram', { nan: true }, 'nan is for gauges'],
  ])('refused: %s', async (_, change, message) => {
    const run = await startSimulation(CONFIG);
    expect(await run.ask('POST', '/api/v1/effects', { metrics: 'latency', ...change })).toMatchObject({
      status: 422,
      body: { error: { code: 'invalid_effect', message: expect.stringContaining(message) as string } },
    });
  });

  it('refused: two that only together are too much', async () => {
    const run = await startSimulation(CONFIG);
    const half = { metrics: 'latency', params: { mu: { add: 400 } } };
    await take(run, { id: 'a', ...half, duration_s: 5 });
    expect(await run.ask('POST', '/api/v1/effects', { id: 'b', ...half })).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('with a, b together') as string } },
    });
    await take(run, { id: 'b', ...half, at: 6 });
  });
});

describe('a client that cannot show it', () => {
  it.each<[object, string]>([
    [{ metrics: 'requests_total', drop: true }, 'drop: otel-sdk cannot show absent series'],
    [{ metrics: 'requests_total', reset: true }, 'reset: otel-sdk cannot show totals that begin anew'],
    [{ metrics: 'latency', freeze: true }, 'freeze: otel-sdk cannot show a histogram that stands still'],
  ])('refuses %j', async (body, message) => {
    const backend = await startBackend();
    const run = await startSimulation({
      ...CONFIG,
      exporters: { prometheus: { enabled: false }, otel: { ...backend.otel, client: 'library' } },
    });
    const answer = await run.ask('POST', '/api/v1/effects', body);
    expect(answer).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'client_cannot_express',
          message: expect.stringContaining(message) as string,
        },
      },
    });
    expect(JSON.stringify(answer.body)).toContain('exporters.otel.client: direct');
    await take(run, { metrics: 'level', nan: true });
    await take(run, { metrics: 'level', freeze: true });
  });
});

describe('the page and OTLP', () => {
  it('show the same of all of it', async () => {
    const backend = await startBackend();
    const run = await startSimulation({
      ...CONFIG,
      exporters: {
        prometheus: { ...FREE_PAGE, client: 'direct' },
        otel: { ...backend.otel, client: 'direct' },
      },
    });
    await take(run, { metrics: '*', series: B, freeze: true, at: 2 });
    await take(run, { metrics: 'requests_total', series: '{pod="a"}', drop: true, at: 2 });
    await take(run, { metrics: 'requests_total', series: '{pod="c"}', reset: true, at: 3 });
    await run.ticks(4);
    expect(pod(run, 'requests_total', 'a')).toBeUndefined();
    const page = await run.page();
    expect(page).toContain('requests_total{pod="b"} 10\n');
    expect(page).toContain('requests_total{pod="c"} 10\n');
    expect(page).not.toContain('requests_total{pod="a"}');
    const metrics = await backend.arrived(START_MS + 4000, ['otel_requests_total', 'otel_size']);
    const points = (metrics.get('otel_requests_total')?.points ?? []).map((point) => ({
      ...point,
      attributes: Object.fromEntries(point.attributes),
    }));
    expect(points).toMatchObject([
      { attributes: { pod: 'b' }, startMs: START_MS, value: 10 },
      { attributes: { pod: 'c' }, startMs: START_MS + 3000, value: 10 },
    ]);
    const held = pod(run, 'size', 'b');
    const size = metrics.get('otel_size')?.points.find(({ attributes }) => attributes.get('pod') === 'b');
    expect(size).toMatchObject({ count: held?.count, sum: held?.sum });
    for (const [quantile, value] of held?.quantiles ?? [])
      expect(page).toContain(`size{pod="b",quantile="${quantile}"} ${value}\n`);
  });
});
