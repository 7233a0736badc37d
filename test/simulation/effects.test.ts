import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEffects } from '../../src/engine/effects.ts';
import { createLabelSpace, listDimension } from '../../src/labels/space.ts';
import type { EffectRequest } from '../../src/control/effect.ts';
import { createEffectControl } from '../../src/simulation/effects.ts';
import { createSpikes } from '../../src/simulation/spikes.ts';
import { createTestFamily, START_MS } from '../support/families.ts';
import { startSimulation } from '../support/simulation.ts';

const labels = createLabelSpace({
  dimensions: [listDimension('region', ['eu', 'us']), listDimension('status', ['200', '500', '503'])],
});
const families = [
  createTestFamily('counter', 6, { name: 'http_requests_total', labels }),
  createTestFamily('histogram', 6, { name: 'http_latency', labels }),
  createTestFamily('gauge', 3, { name: 'queue_depth' }),
];

function createRig(intervalMs = 1000) {
  const effects = createEffects();
  const control = createEffectControl(effects, () => families, intervalMs);
  return {
    effects,
    control,
    spikes: createSpikes(effects, () => families, intervalMs),
    async set(request: EffectRequest, tick = 0) {
      const prepared = await control.prepare(request);
      return control.set(prepared, { tick, modelMs: START_MS + tick * intervalMs });
    },
  };
}

const at = (tick: number) => ({ tick, modelMs: START_MS + tick * 1000 });

const request: EffectRequest = { metrics: ['http_requests_total'], rate: 2 };

describe('an effect', () => {
  it('says what it changes and when', async () => {
    const { set } = createRig();
    expect(
      await set(
        {
          id: 'errors',
          metrics: ['http_*'],
          series: '{region="eu",status=~"5.."}',
          rate: 3,
          value: { offset: 2 },
          at: 20,
          durationS: 60,
          rampUpS: 10,
          rampDownS: 5,
          shape: 'sine',
        },
        9,
      ),
    ).toEqual({
      outcome: 'created',
      effect: {
        id: 'errors',
        metrics: ['http_requests_total', 'http_latency'],
        series: '{region="eu",status=~"5.."}',
        rate: 3,
        value: { scale: 1, offset: 2 },
        params: {},
        error_rate: null,
        situation: null,
        freeze: false,
        nan: false,
        drop: false,
        reset: false,
        duration_s: 60,
        ramp_up_s: 10,
        ramp_down_s: 5,
        shape: 'sine',
        from_tick: 20,
        until_tick: 80,
        remaining_seconds: 60,
        strength: 0,
        targets: [
          { metric: 'http_requests_total', series: 2, of: 6 },
          { metric: 'http_latency', series: 2, of: 6 },
        ],
      },
    });
  });

  it('without a duration lasts until it is cancelled', async () => {
    const { set, control } = createRig();
    const { effect } = await set({ ...request, id: 'a' });
    expect(effect).toMatchObject({
      from_tick: 1,
      until_tick: null,
      duration_s: null,
      remaining_seconds: null,
    });
    expect(control.find('a', 1e6)).toMatchObject({ strength: 1 });
    expect(control.cancel({ id: 'a' }, at(1e6))).toMatchObject({
      until_tick: 1e6 + 1,
      duration_s: 1e6,
      remaining_seconds: 0,
    });
    expect(control.active(1e6)).toEqual([]);
  });

  it.each<[string, EffectRequest['at'], number]>([
    ['the next tick', undefined, 6],
    ['a tick', 6, 6],
    ['a tick to come', 100, 100],
    ['the time of a tick', '2026-01-01T00:00:07Z', 7],
    ['a time between two ticks, at the later one', '2026-01-01T00:00:06.001Z', 7],
    ['a time in another zone', '2026-01-01T01:00:07+01:00', 7],
  ])('begins with %s', async (_, at, tick) => {
    const { effect } = await createRig().set({ ...request, at }, 5);
    expect(effect.from_tick).toBe(tick);
  });

  it.each<[string, Partial<EffectRequest>, readonly string[]]>([
    ['a name', { metrics: ['queue_depth'], value: { scale: 2 }, rate: undefined }, ['queue_depth']],
    [
      'two names',
      { metrics: ['http_latency', 'http_requests_total'] },
      ['http_requests_total', 'http_latency'],
    ],
    ['a pattern', { metrics: ['http_*'] }, ['http_requests_total', 'http_latency']],
    ['a pattern with a single character', { metrics: ['http_latenc?'] }, ['http_latency']],
    ['all that have a rate', { metrics: ['*'] }, ['http_requests_total', 'http_latency']],
    [
      'all that have a value',
      { metrics: ['*'], rate: undefined, value: { scale: 1 } },
      ['http_latency', 'queue_depth'],
    ],
    [
      'those of which some series match',
      { metrics: ['*'], series: '{status="500"}' },
      ['http_requests_total', 'http_latency'],
    ],
    ['a name in which a dot is a dot', { metrics: ['http.*', '*'] }, []],
  ])('is on %s', async (_, parts, expected) => {
    const { set } = createRig();
    if (expected.length === 0) {
      await expect(set({ ...request, ...parts })).rejects.toMatchObject({ code: 'metric_not_found' });
      return;
    }
    expect((await set({ ...request, ...parts })).effect.metrics).toEqual(expected);
  });

  it('gets a name when it has none, which nobody else has', async () => {
    const { set } = createRig();
    await set({ ...request, id: 'effect-2' });
    const ids = [await set(request), await set(request)].map(({ effect }) => effect.id);
    expect(ids).toEqual(['effect-1', 'effect-3']);
  });

  it('asked for twice is one, wherever the run is by then', async () => {
    const { set } = createRig();
    const first = await set({ ...request, id: 'a', durationS: 10 }, 0);
    const second = await set({ ...request, id: 'a', durationS: 10 }, 4);
    expect([first.outcome, second.outcome]).toEqual(['created', 'unchanged']);
    expect(second.effect).toMatchObject({ from_tick: 1, until_tick: 11, remaining_seconds: 6 });
  });

  it('that is changed begins anew with the next tick', async () => {
    const { set, control } = createRig();
    await set({ ...request, id: 'a', durationS: 10 }, 0);
    expect(await set({ ...request, id: 'a', durationS: 20 }, 4)).toMatchObject({
      outcome: 'replaced',
      effect: { from_tick: 5, until_tick: 25 },
    });
    expect(control.active(4)).toHaveLength(1);
  });

  it('that is over may be asked for again', async () => {
    const { set } = createRig();
    await set({ ...request, id: 'a', durationS: 1 }, 0);
    expect(await set({ ...request, id: 'a', durationS: 1 }, 5)).toMatchObject({
      outcome: 'created',
      effect: { from_tick: 6 },
    });
  });

  it('is listed beside spikes, which are effects; the list of spikes has those alone', async () => {
    const { set, control, spikes } = createRig();
    await set({ ...request, id: 'zone' });
    spikes.start({ metric: 'queue_depth', multiplier: 3, durationS: 5 }, at(0));
    expect(control.active(0).map(({ id }) => id)).toEqual(['spike-1', 'zone']);
    expect(control.find('spike-1', 0)).toMatchObject({
      value: { scale: 3 },
      targets: [{ series: 3, of: 3 }],
    });
    expect(spikes.active(0).map(({ id }) => id)).toEqual(['spike-1']);
    expect(() => spikes.cancel({ id: 'zone' }, at(0))).toThrow('no spike zone is active; active: spike-1');
  });
});

describe('what is cancelled for a tick to come', () => {
  it('goes on until then, and says so', async () => {
    const { set, control } = createRig();
    await set({ ...request, id: 'a' });
    expect(control.cancel({ id: 'a', at: 5 }, at(0))).toMatchObject({ until_tick: 5, remaining_seconds: 4 });
    expect(control.active(3).map(({ id }) => id)).toEqual(['a']);
    expect(control.active(4)).toEqual([]);
  });

  it('ends at its own end when that comes first', async () => {
    const { set, control } = createRig();
    await set({ ...request, id: 'a', durationS: 3 });
    expect(control.cancel({ id: 'a', at: 9 }, at(0))).toMatchObject({ until_tick: 4 });
  });

  it('lasts as it was asked for when it is asked for again', async () => {
    const { set, control } = createRig();
    await set({ ...request, id: 'a' });
    control.cancel({ id: 'a', at: 9 }, at(0));
    expect(await set({ ...request, id: 'a' }, 1)).toMatchObject({
      outcome: 'replaced',
      effect: { until_tick: null },
    });
  });

  it('is refused for a tick that is over, and stays', async () => {
    const { set, control, spikes } = createRig();
    await set({ ...request, id: 'a' });
    spikes.start({ metric: 'queue_depth', multiplier: 3, durationS: 5 }, at(0));
    for (const cancel of [
      () => control.cancel({ id: 'a', at: 2 }, at(2)),
      () => spikes.cancel({ id: 'spike-1', at: '2026-01-01T00:00:00Z' }, at(2)),
    ])
      expect(cancel).toThrow('the next tick is 3');
    expect(control.active(2)).toHaveLength(2);
  });
});

describe('what is refused', () => {
  it.each<[string, Partial<EffectRequest>, string, string]>([
    ['an unknown metric', { metrics: ['http_latenci'] }, 'metric_not_found', 'did you mean http_latency?'],
    [
      'a pattern that is no metric',
      { metrics: ['db_*'] },
      'metric_not_found',
      'Available: http_requests_total',
    ],
    ['no metric', { metrics: [] }, 'invalid_effect', 'needs a name'],
    ['the rate of a gauge', { metrics: ['queue_depth'] }, 'invalid_effect', 'queue_depth is a gauge'],
    ['the value of a counter', { rate: undefined, value: { scale: 2 } }, 'invalid_effect', 'is a counter'],
    ['no change', { rate: undefined }, 'invalid_effect', 'nothing changes'],
    ['an empty change', { rate: undefined, value: {} }, 'invalid_effect', 'nothing changes'],
    ['a negative rate', { rate: -1 }, 'invalid_effect', 'rate is -1; allowed: 0 to 1000000'],
    ['a rate without end', { rate: Infinity }, 'invalid_effect', 'rate is Infinity'],
    ['a rate that is no number', { rate: Number.NaN }, 'invalid_effect', 'rate is NaN'],
    ['a rate that no machine can draw', { rate: 1e9 }, 'invalid_effect', 'rate is 1000000000'],
    ['a scale without end', { value: { scale: -Infinity } }, 'invalid_effect', 'value.scale is -Infinity'],
    [
      'an offset that is no number',
      { value: { offset: Number.NaN } },
      'invalid_effect',
      'value.offset is NaN',
    ],
    ['no time', { durationS: 0 }, 'invalid_effect', 'duration_s is 0'],
    ['a negative time', { durationS: -3 }, 'invalid_effect', 'duration_s is -3'],
    [
      'more ticks than there are numbers',
      { durationS: 1e300 },
      'invalid_effect',
      'more ticks than can be counted',
    ],
    ['a negative ramp', { rampUpS: -1 }, 'invalid_effect', 'ramp_up_s is -1'],
    ['ramps that do not fit', { durationS: 60, rampUpS: 40, rampDownS: 40 }, 'invalid_effect', 'do not fit'],
    ['a ramp down without end', { rampDownS: 5 }, 'invalid_effect', 'ramp_down_s needs a duration_s'],
    ['a step with a ramp', { rampUpS: 5, shape: 'step' }, 'invalid_effect', 'a step has no ramps'],
    ['a shape without a ramp', { shape: 'sine' }, 'invalid_effect', 'sine needs ramp_up_s or ramp_down_s'],
    ['a tick that is done', { at: 5 }, 'tick_past', 'at is tick 5; the next tick is 6'],
    ['a time that is over', { at: '2025-12-31T00:00:00Z' }, 'tick_past', 'the next tick is 6'],
    ['half a tick', { at: 7.5 }, 'invalid_effect', 'whole number'],
    ['a time that is none', { at: 'tomorrow' }, 'invalid_effect', 'at is "tomorrow"'],
    ['matchers that are none', { series: '{region}' }, 'invalid_matcher', 'character 8'],
    ['an id that is no part of a path', { id: 'a/b' }, 'invalid_effect', 'id is "a/b"'],
    ['the id of a spike', { id: 'spike-7' }, 'effect_id_reserved', 'choose another id'],
  ])('%s', async (_, parts, code, message) => {
    const { set, control } = createRig();
    await expect(set({ ...request, ...parts }, 5)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(control.active(5)).toEqual([]);
  });

  it('matchers that select nothing, with what each selects alone', async () => {
    const { set } = createRig();
    await expect(
      set({ ...request, metrics: ['http_*'], series: '{region="eu",status="404"}' }),
    ).rejects.toMatchObject({
      code: 'no_series',
      message:
        'series: {region="eu",status="404"} matches none of the 12 series of http_requests_total, http_latency; ' +
        'alone region="eu" matches 6, status="404" matches 0',
      details: {
        metrics: [
          { metric: 'http_requests_total', series: 6 },
          { metric: 'http_latency', series: 6 },
        ],
        matchers: [
          { matcher: 'region="eu"', series: 6 },
          { matcher: 'status="404"', series: 0 },
        ],
      },
    });
  });

  it('a label that nobody has, with the one that was meant', async () => {
    await expect(createRig().set({ ...request, series: '{regoin="eu"}' })).rejects.toThrow(
      'there is no label regoin, did you mean region?',
    );
  });

  it('effects that together multiply to more than can be drawn', async () => {
    const { set } = createRig();
    await set({ ...request, id: 'a', rate: 1e4 });
    await expect(set({ ...request, id: 'b', rate: 1e3 })).rejects.toThrow(
      'rates of b, a multiply to more than 1000000 for http_requests_total',
    );
    expect(await set({ ...request, id: 'b', metrics: ['http_latency'], rate: 1e3 })).toMatchObject({
      outcome: 'created',
    });
  });

  it('an effect that is not there, with those that are', async () => {
    const { set, control } = createRig();
    await set({ ...request, id: 'a' });
    for (const act of [() => control.find('b', 0), () => control.cancel({ id: 'b' }, at(0))])
      expect(act).toThrow('no effect b is active or to come; there are: a');
  });
});

describe('a pattern that takes long to be tested', () => {
  const slow = createTestFamily('counter', 1, {
    name: 'slow_total',
    labels: createLabelSpace({ dimensions: [listDimension('pod', ['a'.repeat(22)])] }),
  });
  const control = createEffectControl(createEffects(), () => [slow], 1000);
  const ask = { metrics: ['slow_total'], series: '{pod!~"(a+)+b"}', rate: 2 };

  it('is refused to strangers, and not in a scenario or a replay, whose pages depend on no machine', async () => {
    await expect(control.prepare(ask, 1)).rejects.toThrow('takes too long to be tested');
    expect((await control.prepare(ask)).bound.targets).toHaveLength(1);
  });
});

describe('a run with effects', () => {
  const config = {
    global: { seed: 7, tick_interval_s: 1, start_time: '2026-01-01T00:00:00Z' },
    profiles: {
      web: { labels: { region: { values: ['eu', 'us'] }, pod: { range: [1, 3], fmt: 'pod-%d' } } },
    },
    metrics: [
      { name: 'requests_total', type: 'counter', profile: 'web', algorithm: 'poisson', base_rate: 20 },
      { name: 'bytes_total', type: 'counter', profile: 'web', algorithm: 'constant', base_rate: 0.1 },
      { name: 'level', type: 'gauge', profile: 'web', algorithm: 'random_walk', diurnal_amp: 0.3 },
      { name: 'latency', type: 'histogram', profile: 'web', algorithm: 'lognormal', observations_per_s: 3 },
      { name: 'size', type: 'summary', profile: 'web', algorithm: 'exponential', lam: 2 },
    ],
  };
  const TICKS = 12;

  const effect = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    metrics: fc.constantFrom('*', '*_total', 'l*'),
    rate: fc.constantFrom(0, 0.5, 3),
    value: fc.record({ scale: fc.constantFrom(-1, 0.5, 2), offset: fc.constantFrom(0, 0.25) }),
    duration_s: fc.integer({ min: 1, max: 6 }),
    ramp_up_s: fc.constantFrom(0, 1),
  });
  const script = fc.array(fc.tuple(fc.nat(TICKS - 7), fc.oneof(effect, fc.constantFrom('a', 'b'))), {
    maxLength: 6,
  });

  it('leaves series that it does not match as they are, gauges come back, counters never fall', async () => {
    const undisturbed = await startSimulation(config);
    await undisturbed.ticks(TICKS);
    const names = config.metrics.map(({ name }) => name);
    await fc.assert(
      fc.asyncProperty(script, async (actions) => {
        const run = await startSimulation(config);
        const totals = new Map<string, readonly number[]>();
        for (let tick = 0; tick < TICKS; tick++) {
          for (const [, act] of actions.filter(([when]) => when === tick)) {
            const answer =
              typeof act === 'string'
                ? await run.ask('DELETE', `/api/v1/effects/${act}`)
                : await run.ask('POST', '/api/v1/effects', { ...act, series: '{region="eu",pod=~".*[12]"}' });
            expect([200, 201, ...(typeof act === 'string' ? [404] : [])]).toContain(answer.status);
          }
          await run.ticks(1);
          for (const name of ['requests_total', 'bytes_total']) {
            const now = run.series(name).map(({ value }) => value ?? Number.NaN);
            const before = totals.get(name) ?? now.map(() => 0);
            expect(now.every((value, slot) => value >= (before[slot] ?? 0))).toBe(true);
            totals.set(name, now);
          }
        }
        for (const name of names) {
          // Slots 0 and 1 are the matched ones; of gauges, the effects are over.
          const from = name === 'level' ? 0 : 2;
          expect(run.series(name).slice(from)).toEqual(undisturbed.series(name).slice(from));
        }
        await run.stop();
      }),
      { seed: 42, numRuns: 25 },
    );
  });
});
