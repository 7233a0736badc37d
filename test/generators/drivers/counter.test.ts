import { describe, expect, it } from 'vitest';

import { createCounter } from '../../../src/generators/drivers/counter.ts';
import type { ScalarGenerator } from '../../../src/generators/generator.ts';
import { factorAt, NEUTRAL } from '../../../src/series/modulation.ts';
import { createTestFamily, makersOf, momentOf, run, shownBy } from '../../support/families.ts';

/** Increments of `amount` times the rate. */
function generatorOf(amount: number, fractional = false): ScalarGenerator {
  return {
    state: [],
    fractional,
    fill({ from, to }, out, rate) {
      for (let slot = from; slot < to; slot++) {
        out[slot - from] = amount * factorAt(rate, slot);
      }
    },
  };
}

describe('createCounter', () => {
  it('adds increments; scale, offset and level do not touch it', () => {
    const source = createCounter(createTestFamily('counter', 1), makersOf(generatorOf(3)));
    const modulate = (): typeof NEUTRAL => ({ rate: 2, level: 9, scale: 9, offset: 9 });
    expect(run(source, { ticks: 4, modulate })).toEqual([[24]]);
  });

  it('rounds what is shown and keeps what it adds to', () => {
    const source = createCounter(
      createTestFamily('counter', 1, { decimals: 1 }),
      makersOf(generatorOf(0.04, true)),
    );
    const shown: number[] = [];
    run(source, { ticks: 6, afterTick: () => shown.push(shownBy(source)[0]?.[0] ?? Number.NaN) });
    expect(shown).toEqual([0, 0, 0.1, 0.1, 0.2, 0.2, 0.2]);
  });

  it('shows its totals without a copy when nothing is rounded', () => {
    const family = createTestFamily('counter', 1);
    const source = createCounter(family, makersOf(generatorOf(1)));
    expect(source.column.kind).toBe('scalar');
    run(source, { ticks: 2 });
    if (source.column.kind === 'scalar') source.column.values[0] = 100;
    source.advance(momentOf(3), 0, 1, NEUTRAL);
    expect(shownBy(source)).toEqual([[101]]);
  });

  it('adds a million fractions to the nearest double of the exact total', () => {
    const source = createCounter(createTestFamily('counter', 1), makersOf(generatorOf(0.1, true)));
    expect(run(source, { ticks: 200_000 })).toEqual([[20_000]]);
  });

  it('forgets what it carried over when it is born again', () => {
    const source = createCounter(createTestFamily('counter', 1), makersOf(generatorOf(0.1, true)));
    const first = run(source, { ticks: 7 });
    expect(run(source, { ticks: 7 })).toEqual(first);
  });

  it('gives its generator its birth, before any tick', () => {
    const births: number[] = [];
    const generator: ScalarGenerator = {
      ...generatorOf(1),
      state: ['memory'],
      start: ({ tick, intervalS, from, to, state }) => {
        births.push(tick, intervalS);
        state['memory']?.fill(5, from, to);
      },
    };
    const source = createCounter(createTestFamily('counter', 3), makersOf(generator));
    source.start(momentOf(7), 0, 3);
    expect(births).toEqual([7, 0]);
  });
});
