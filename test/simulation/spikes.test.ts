import { describe, expect, it } from 'vitest';

import type { SpikeRequest } from '../../src/control/spike.ts';
import { createEffects } from '../../src/engine/effects.ts';
import { createSpikes } from '../../src/simulation/spikes.ts';
import { createTestFamily } from '../support/families.ts';

const families = [
  createTestFamily('counter', 1, { name: 'requests_total' }),
  createTestFamily('gauge', 1, { name: 'level' }),
  createTestFamily('histogram', 1, { name: 'latency' }),
  createTestFamily('summary', 1, { name: 'size' }),
];

/** Spikes of a run with a tick of a second, and what they make of each family. */
function createRig(intervalMs = 1000) {
  const effects = createEffects();
  const spikes = createSpikes(effects, () => families, intervalMs);
  const at = (tick: number) => ({ tick, modelMs: tick * intervalMs });
  return {
    spikes: {
      ...spikes,
      start: (request: SpikeRequest, tick: number) => spikes.start(request, at(tick)),
      cancel: (id: string, tick: number) => spikes.cancel({ id }, at(tick)),
    },
    asked: (metric: string, tick: number) => {
      const family = families.find(({ name }) => name === metric);
      if (family === undefined) throw new Error(metric);
      const out = { rate: 0, level: 0, scale: 0, offset: 0 };
      effects.modulate(family, tick, out);
      return out;
    },
  };
}

const spike = (metric: string, multiplier: number, durationS: number) => ({
  metric,
  multiplier,
  durationS,
});

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: unknown };
    return { code, message, details };
  }
  throw new Error('was not refused');
}

describe('a spike', () => {
  it('says what it changes, from the next tick on', () => {
    const { spikes } = createRig();
    expect(spikes.start(spike('level', 3, 5), 7)).toEqual({
      id: 'spike-1',
      metric: 'level',
      multiplier: 3,
      from_tick: 8,
      until_tick: 13,
      duration_s: 5,
      remaining_seconds: 5,
    });
  });

  it.each<[string, number, number, number]>([
    ['a second at a tick of a second is one tick', 1, 1000, 1],
    ['a fraction of a tick is a whole one', 0.001, 1000, 1],
    ['more than a tick is rounded up', 1.5, 1000, 2],
    ['a hair more than two ticks is three', 2.01, 1000, 3],
    ['0.3 s at 100 ms is three ticks, whatever 0.1 + 0.2 is', 0.1 + 0.2, 100, 3],
    ['0.7 s at 100 ms is seven ticks, whatever 0.7 / 0.1 is', 0.7, 100, 7],
    ['a minute at 15 s is four ticks', 60, 15_000, 4],
    ['less than a tick of an hour is an hour', 10, 3_600_000, 1],
  ])('of %s', (_, durationS, intervalMs, ticks) => {
    const { spikes, asked } = createRig(intervalMs);
    const started = spikes.start(spike('level', 2, durationS), 10);
    expect([started.from_tick, started.until_tick]).toEqual([11, 11 + ticks]);
    expect(started.duration_s).toBe((ticks * intervalMs) / 1000);
    const changed = Array.from({ length: 12 }, (__, i) => 9 + i).filter(
      (tick) => asked('level', tick).scale === 2,
    );
    expect(changed).toEqual(Array.from({ length: ticks }, (__, i) => 11 + i));
  });

  it.each<[string, string, object]>([
    ['the rate of a counter', 'requests_total', { rate: 4, scale: 1 }],
    ['the value of a gauge', 'level', { rate: 1, scale: 4 }],
    ['the observations of a histogram, not how many there are', 'latency', { rate: 1, scale: 4 }],
    ['the observations of a summary, not how many there are', 'size', { rate: 1, scale: 4 }],
  ])('multiplies %s', (_, metric, modulation) => {
    const { spikes, asked } = createRig();
    spikes.start(spike(metric, 4, 1), 0);
    expect(asked(metric, 1)).toMatchObject({ ...modulation, level: 1, offset: 0 });
    for (const { name } of families.filter((family) => family.name !== metric))
      expect(asked(name, 1)).toEqual({ rate: 1, level: 1, scale: 1, offset: 0 });
  });

  it('multiplies with another one while both last', () => {
    const { spikes, asked } = createRig();
    spikes.start(spike('level', 2, 2), 0);
    spikes.start(spike('level', 3, 3), 1);
    expect([1, 2, 3, 4, 5].map((tick) => asked('level', tick).scale)).toEqual([2, 6, 3, 3, 1]);
  });

  it('is listed until it is over, with the time that is left', () => {
    const { spikes } = createRig(500);
    spikes.start(spike('level', 2, 1.5), 0);
    const left = [0, 1, 2, 3].map((tick) => spikes.active(tick).map((one) => one.remaining_seconds));
    expect(left).toEqual([[1.5], [1], [0.5], []]);
  });

  it('has the next number as its id, whatever has ended meanwhile', () => {
    const { spikes } = createRig();
    const ids = [spikes.start(spike('level', 2, 1), 0), spikes.start(spike('size', 2, 1), 50)];
    expect(ids.map(({ id }) => id)).toEqual(['spike-1', 'spike-2']);
    spikes.cancel('spike-2', 50);
    expect(spikes.start(spike('level', 2, 1), 50).id).toBe('spike-3');
  });

  it.each<[string, string, number, string]>([
    [
      'the rate of a counter a million times',
      'requests_total',
      1.1e6,
      'requests_total, a counter: above 0, up to 1000000',
    ],
    ['a level beyond what adds up', 'level', 1e101, 'level, a gauge: above 0, up to 1e+100'],
    ['observations beyond what adds up', 'latency', 1e308, 'latency, a histogram: above 0, up to 1e+100'],
  ])('that multiplies %s would leave totals infinite, and is refused', (_, metric, multiplier, allowed) => {
    const { spikes } = createRig();
    expect(refusal(() => spikes.start(spike(metric, multiplier, 1), 0))).toMatchObject({
      code: 'invalid_spike',
      message: `multiplier is ${multiplier}; allowed for ${allowed}`,
    });
  });

  it('that is refused takes no number', () => {
    const { spikes } = createRig();
    refusal(() => spikes.start(spike('level', 0, 1), 0));
    expect(spikes.start(spike('level', 2, 1), 0).id).toBe('spike-1');
  });
});

describe('a cancelled spike', () => {
  it('ends with the next tick, and says which ticks it took', () => {
    const { spikes, asked } = createRig();
    spikes.start(spike('level', 2, 10), 0);
    expect(spikes.cancel('spike-1', 3)).toMatchObject({
      id: 'spike-1',
      from_tick: 1,
      until_tick: 4,
      duration_s: 3,
      remaining_seconds: 0,
    });
    expect([3, 4].map((tick) => asked('level', tick).scale)).toEqual([2, 1]);
    expect(spikes.active(3)).toEqual([]);
  });

  it('that has not begun leaves no trace', () => {
    const { spikes, asked } = createRig();
    spikes.start(spike('level', 2, 10), 0);
    expect(spikes.cancel('spike-1', 0)).toMatchObject({ from_tick: 1, until_tick: 1, duration_s: 0 });
    expect(asked('level', 1).scale).toBe(1);
  });

  it('leaves others alone', () => {
    const { spikes, asked } = createRig();
    spikes.start(spike('level', 2, 10), 0);
    spikes.start(spike('level', 3, 10), 0);
    spikes.cancel('spike-1', 4);
    expect([4, 5].map((tick) => asked('level', tick).scale)).toEqual([6, 3]);
  });

  it.each<[string, string, number]>([
    ['it never was', 'spike-9', 1],
    ['it is over', 'spike-1', 5],
    ['its last tick is done', 'spike-1', 1],
  ])('is not found when %s', (_, id, tick) => {
    const { spikes } = createRig();
    spikes.start(spike('level', 2, 1), 0);
    spikes.start(spike('level', 2, 100), 0);
    expect(refusal(() => spikes.cancel(id, tick))).toEqual({
      code: 'spike_not_found',
      message: `no spike ${id} is active; active: spike-2`,
      details: { active: ['spike-2'] },
    });
  });

  it('is not found among none', () => {
    const { message } = refusal(() => createRig().spikes.cancel('spike-1', 0));
    expect(message).toBe('no spike spike-1 is active; active: none');
  });
});

describe('what is refused', () => {
  it.each<[string, number, number, string]>([
    ['a multiplier of 0', 0, 1, 'multiplier is 0; allowed: a finite number above 0'],
    ['a negative multiplier', -2, 1, 'multiplier is -2; allowed: a finite number above 0'],
    ['a multiplier without end', Infinity, 1, 'multiplier is Infinity; allowed: a finite number above 0'],
    ['a multiplier that is no number', NaN, 1, 'multiplier is NaN; allowed: a finite number above 0'],
    ['no time', 2, 0, 'duration_s is 0; allowed: a finite number above 0'],
    ['a negative time', 2, -5, 'duration_s is -5; allowed: a finite number above 0'],
    ['for ever', 2, Infinity, 'duration_s is Infinity; allowed: a finite number above 0'],
  ])('%s', (_, multiplier, durationS, message) => {
    const { spikes } = createRig();
    expect(refusal(() => spikes.start(spike('level', multiplier, durationS), 0))).toMatchObject({
      code: 'invalid_spike',
      message,
    });
    expect(spikes.active(0)).toEqual([]);
  });

  const available = ['requests_total', 'level', 'latency', 'size'];

  it.each<[string, string, string, object]>([
    [
      'one that is nearly right, with what was meant',
      'latencies',
      'no metric is called latencies, did you mean latency? Available: requests_total, level, latency, size',
      { metric: 'latencies', available, nearest: 'latency' },
    ],
    [
      'one that is like none',
      'temperature',
      'no metric is called temperature. Available: requests_total, level, latency, size',
      { metric: 'temperature', available },
    ],
  ])('an unknown metric: %s', (_, metric, message, details) => {
    expect(refusal(() => createRig().spikes.start(spike(metric, 2, 1), 0))).toEqual({
      code: 'metric_not_found',
      message,
      details,
    });
  });
});
