import { describe, expect, it } from 'vitest';

import { createSource } from '../../src/generators/registry.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import { bySlot, createTestFamily, run } from '../support/families.ts';

const counter = createTestFamily('counter', 2);

describe('constant counter', () => {
  it.each([
    { options: {}, intervalMs: 1000, ticks: 7, total: 7, why: 'one a second by default' },
    { options: { base_rate: 10 }, intervalMs: 500, ticks: 3, total: 15, why: 'the rate is per second' },
    { options: { base_rate: 0 }, intervalMs: 1000, ticks: 9, total: 0, why: 'zero is a value' },
    {
      options: { base_rate: 0.1 },
      intervalMs: 1000,
      ticks: 10_000,
      total: 1000,
      why: 'ten thousand tenths do not drift',
    },
  ])(
    '$options over $ticks ticks of $intervalMs ms is $total: $why',
    ({ options, intervalMs, ticks, total }) => {
      const source = createSource(counter, { algorithm: 'constant', options });
      expect(run(source, { ticks, intervalMs })).toEqual([[total], [total]]);
    },
  );

  it('drifts without compensation, so that the row above says something', () => {
    let total = 0;
    for (let tick = 0; tick < 10_000; tick++) total += 0.1;
    expect(total).not.toBe(1000);
  });

  it('grows faster under an effect, slot by slot', () => {
    const source = createSource(counter, { algorithm: 'constant', options: { base_rate: 2 } });
    const modulate = (): typeof NEUTRAL => ({ ...NEUTRAL, rate: bySlot(1, 2.5) });
    expect(run(source, { ticks: 4, modulate })).toEqual([[8], [20]]);
  });
});

describe('constant gauge', () => {
  it.each([
    { options: {}, level: 0 },
    { options: { start: 3.25 }, level: 3.25 },
    { options: { start: -1 }, level: -1 },
  ])('$options stays at $level, from birth on', ({ options, level }) => {
    for (const ticks of [0, 5]) {
      const source = createSource(createTestFamily('gauge', 2), { algorithm: 'constant', options });
      expect(run(source, { ticks })).toEqual([[level], [level]]);
    }
  });
});
