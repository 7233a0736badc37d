import { describe, expect, it } from 'vitest';

import { createRoster } from '../../../src/generators/drivers/instances.ts';
import { createSource, stateBytesPerSlot } from '../../../src/generators/registry.ts';
import type { MetricType } from '../../../src/series/family.ts';
import { NEUTRAL, type OptionChanges, type Variants } from '../../../src/series/modulation.ts';
import type { GeneratorSpec } from '../../../src/series/source.ts';
import { createTestFamily, run } from '../../support/families.ts';

const SIZE = 12;
const TICKS = 5;

/** What slots show when the whole family has one generator. */
function alone(type: MetricType, spec: GeneratorSpec, ticks = TICKS): number[][] {
  return run(createSource(createTestFamily(type, SIZE), spec), { ticks });
}

describe('series with generators of their own', () => {
  it.each<[string, MetricType, readonly [GeneratorSpec, GeneratorSpec, GeneratorSpec]]>([
    [
      'counters, one of which has fractions',
      'counter',
      [
        { algorithm: 'poisson', options: { base_rate: 5 } },
        { algorithm: 'constant', options: { base_rate: 0.1 } },
        { algorithm: 'poisson', options: { base_rate: 900 } },
      ],
    ],
    [
      'gauges, whose states and clamps differ',
      'gauge',
      [
        { algorithm: 'random_walk', options: { start: 3, clamp: [2, 4], step: 1 } },
        { algorithm: 'sine', options: { min: -5, max: 90, phase_spread: 1 } },
        { algorithm: 'random_walk', options: { start: -9 } },
      ],
    ],
    [
      'histograms',
      'histogram',
      [
        { algorithm: 'lognormal', options: {} },
        { algorithm: 'uniform', options: { max: 3 } },
        { algorithm: 'exponential', options: {} },
      ],
    ],
  ])('show what a family of that generator would: %s', (_, type, specs) => {
    const of = Array.from({ length: SIZE }, (_slot, slot) => slot % 3);
    const [spec, ...generators] = specs;
    const mixed = run(createSource(createTestFamily(type, SIZE), { ...spec, own: { generators, of } }), {
      ticks: TICKS,
      cuts: [0, 5, SIZE],
    });
    const expected = specs.map((one) => alone(type, one));
    expect(mixed).toEqual(of.map((index, slot) => expected[index]?.[slot]));
  });

  it('a summary has bins for all of them', () => {
    const spec = (mu: number) => ({ algorithm: 'lognormal', options: { mu, sigma: 0.1 } });
    const own = { generators: [spec(12)], of: [0, 1] };
    const [low, high] = run(createSource(createTestFamily('summary', 2), { ...spec(-12), own }), {
      ticks: 9,
    });
    expect((low?.[3] ?? 0) / Math.exp(-12)).toBeCloseTo(1, 0);
    expect((high?.[3] ?? 0) / Math.exp(12)).toBeCloseTo(1, 0);
    const bytes = (more?: typeof own) =>
      stateBytesPerSlot(createTestFamily('summary', 2), { ...spec(-12), own: more });
    expect(bytes(own)).toBeGreaterThan(bytes());
  });
});

describe('changed options', () => {
  const mu = (offset: number): OptionChanges => ({ mu: { scale: 1, offset } });
  const groups = (...of: number[]) =>
    Uint32Array.from({ length: SIZE }, (_, slot) => of[slot % of.length] ?? 0);
  const modulate = (variants: Variants) => () => ({ ...NEUTRAL, variants });

  it.each<[string, Variants, readonly number[]]>([
    ['of every slot', { of: undefined, changes: [mu(2)] }, [2]],
    ['of none', { of: undefined, changes: [undefined] }, [0]],
    ['by group', { of: groups(0, 1, 2), changes: [undefined, mu(2), mu(-1)] }, [0, 2, -1]],
    [
      'alike in two groups',
      { of: groups(0, 1, 2, 3), changes: [mu(2), undefined, mu(2), undefined] },
      [2, 0, 2, 0],
    ],
  ])('make the observations of a family with such options: %s', (_, variants, mus) => {
    for (const type of ['histogram', 'summary'] as const) {
      const source = createSource(createTestFamily(type, SIZE), {
        algorithm: 'lognormal',
        options: { mu: 0.5 },
      });
      const shown = run(source, { ticks: TICKS, modulate: modulate(variants) });
      const expected = mus.map((add) => alone(type, { algorithm: 'lognormal', options: { mu: 0.5 + add } }));
      const counted = type === 'histogram' ? shown.length : 2;
      const part = (rows: readonly number[] | undefined) => rows?.slice(0, counted);
      expect(shown.map(part)).toEqual(shown.map((_row, slot) => part(expected[slot % mus.length]?.[slot])));
    }
  });

  it('leave the state as it is: a walk goes on from where it was', () => {
    const source = createSource(createTestFamily('gauge', SIZE), {
      algorithm: 'random_walk',
      options: { step: 1 },
    });
    const still = { of: undefined, changes: [{ step: { scale: 0, offset: 0 } }] };
    const shown: number[][][] = [];
    const values = (): number[][] =>
      source.column.kind === 'scalar' ? [...source.column.values].map((value) => [value]) : [];
    run(source, {
      ticks: 6,
      modulate: (tick) => (tick > 2 && tick < 6 ? modulate(still)() : { ...NEUTRAL }),
      afterTick: () => shown.push(values()),
    });
    expect(shown[5]).toEqual(shown[2]);
    expect(shown[6]).not.toEqual(shown[2]);
    const undisturbed = alone('gauge', { algorithm: 'random_walk', options: { step: 1 } }, 2);
    expect(shown[2]).toEqual(undisturbed);
  });

  it('are made once, however many ticks have them', () => {
    const made: unknown[] = [];
    const roster = createRoster({
      make: [
        (changes?: OptionChanges) => {
          made.push(changes);
          return { changes };
        },
      ],
    });
    const variants = { of: groups(0, 1), changes: [undefined, mu(1)] };
    const first = roster.at(variants);
    // As a worker gets it: another object at every tick.
    const second = roster.at(structuredClone(variants));
    expect([first.all.length, second.indexOf(1)]).toEqual([2, 1]);
    expect(second.all).toEqual(first.all);
    expect(made).toEqual([undefined, mu(1)]);
    roster.at(undefined);
    roster.at({ of: undefined, changes: [mu(3)] });
    expect(made).toHaveLength(3);
  });

  it('that the algorithm does not take are refused', () => {
    const source = createSource(createTestFamily('histogram', 1), { algorithm: 'lognormal', options: {} });
    const variants = { of: undefined, changes: [{ sigma: { scale: 0, offset: -1 } }] };
    expect(() => run(source, { ticks: 1, modulate: modulate(variants) })).toThrow('sigma');
  });
});
