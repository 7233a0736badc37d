/** What every algorithm must hold, for every type that it serves and every one of its examples. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Distribution, GeneratorDefinition } from '../../src/generators/generator.ts';
import {
  createSource,
  findGenerator,
  stateBytesPerSlot,
  type SourceSpec,
} from '../../src/generators/registry.ts';
import { withBuffers } from '../../src/series/allocate.ts';
import type { AlgorithmType, Family } from '../../src/series/family.ts';
import { NEUTRAL, type Factor, type Modulation } from '../../src/series/modulation.ts';
import type { Source } from '../../src/series/source.ts';
import { Rng } from '../../src/util/rng.ts';
import { bySlot, countOf, createTestFamily, momentOf, pickSlots, run, shownBy } from '../support/families.ts';
import { kolmogorovP } from '../support/statistics.ts';

const SLOTS = 23;
const TICKS = 9;
/** More than the drivers take in a block, so that blocks meet. */
const MANY_SLOTS = 2100;

/** Options that must be given: nobody's pattern is a good guess. */
const WITHOUT_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  pattern: ['pattern'],
  markov: ['states'],
};

/** How a family may be set up beside its algorithm; each must hold all of what follows. */
const SETTINGS: readonly {
  readonly name: string;
  readonly types: readonly AlgorithmType[];
  readonly spec?: Partial<SourceSpec>;
  readonly family?: Partial<Family>;
}[] = [
  { name: 'plain', types: ['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset'] },
  {
    name: 'two decimals, diurnal',
    types: ['counter', 'gauge', 'histogram', 'summary'],
    spec: { diurnal: { amplitude: 0.7, phase: 0.1, offsetHours: 2 } },
    family: { decimals: 2 },
  },
  {
    name: 'Poisson arrivals',
    types: ['histogram', 'summary'],
    spec: { arrivals: { observationsPerS: 2.5, process: 'poisson' } },
  },
  {
    name: 'arrivals in bulk',
    types: ['histogram', 'summary'],
    spec: { arrivals: { observationsPerS: 700.5, process: 'fixed' } },
    family: { rawObservations: false },
  },
];

export function testGenerator(definition: GeneratorDefinition): void {
  describe(definition.name, () => {
    describe('its options', () => {
      testOptions(definition);
    });
    if (definition.kind === 'distribution') {
      for (const example of definition.examples) {
        const distribution = definition.create(definition.options.parse(example), {
          type: 'histogram',
          intervalMs: 1000,
        });
        describe(`its law with ${JSON.stringify(example)}`, () => {
          testDistribution(distribution);
        });
      }
    }
    for (const type of definition.types) {
      for (const { name, types, spec, family } of SETTINGS) {
        if (!types.includes(type)) continue;
        describe(`${type}, ${name}`, () => {
          for (const example of definition.examples) {
            const full = { algorithm: definition.name, options: example, ...spec };
            describe(JSON.stringify(example), () => {
              testSource(type, full, family ?? {});
            });
          }
        });
      }
    }
  });
}

function testOptions(definition: GeneratorDefinition): void {
  it('are found by type and name', () => {
    for (const type of definition.types) expect(findGenerator(type, definition.name)).toBe(definition);
  });

  it('all have a default, but for what there is no default of', () => {
    const missing = (definition.options.safeParse({}).error?.issues ?? []).map(({ path }) => path.join('.'));
    expect(missing).toEqual(WITHOUT_DEFAULT[definition.name] ?? []);
  });

  it('are all described, in the JSON Schema too', () => {
    const schema = z.toJSONSchema(definition.options, { io: 'input' });
    const properties = Object.entries(schema.properties ?? {});
    expect(properties.map(([name]) => name)).toEqual(Object.keys(definition.options.shape));
    for (const [name, property] of properties) expect(property, name).toHaveProperty('description');
  });

  it('are strict: an unknown key is refused', () => {
    expect(definition.options.safeParse({ nonsense: 1 }).success).toBe(false);
  });

  it('parse to what parses to itself', () => {
    for (const example of definition.examples) {
      const parsed = definition.options.parse(example);
      expect(definition.options.parse(parsed)).toEqual(parsed);
    }
  });
}

const range = (length: number): number[] => Array.from({ length }, (_, slot) => slot);

function testSource(type: AlgorithmType, spec: SourceSpec, overrides: Partial<Family>): void {
  const family = createTestFamily(type, SLOTS, overrides);
  const make = (of: Family = family): Source => createSource(of, spec);
  const shown = run(make(), { ticks: TICKS });
  const isCounted = type === 'histogram' || type === 'summary';

  it('shows the same numbers in the same run', () => {
    expect(run(make(), { ticks: TICKS })).toEqual(shown);
  });

  it('shows finite numbers; quantiles are NaN only without an observation', () => {
    for (const [slot, numbers] of shown.entries()) {
      const source = type === 'summary' && numbers[0] === 0 ? numbers.slice(0, 2) : numbers;
      expect(source.every(Number.isFinite), `slot ${slot}: ${numbers.join(' ')}`).toBe(true);
    }
  });

  it('shows the same numbers however the slots are cut into slices', () => {
    const cut = fc.uniqueArray(fc.integer({ min: 1, max: SLOTS - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(cut, (inner) => {
        const cuts = [0, ...inner.toSorted((a, b) => a - b), SLOTS];
        expect(run(make(), { ticks: TICKS, cuts })).toEqual(shown);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it('shows the same numbers when two threads share the slots, the later ones first', () => {
    const buffers: ArrayBufferLike[] = [];
    const first = withBuffers((bytes) => {
      const buffer = new SharedArrayBuffer(bytes);
      buffers.push(buffer);
      return buffer;
    }, make);
    let next = 0;
    const second = withBuffers(() => buffers[next++] as ArrayBufferLike, make);
    for (let tick = 0; tick <= TICKS; tick++) {
      for (const [source, from, to] of [
        [second, 10, SLOTS],
        [first, 0, 10],
      ] as const) {
        if (tick === 0) source.start(momentOf(tick), from, to);
        else source.advance(momentOf(tick), from, to, NEUTRAL);
      }
    }
    expect(shownBy(first)).toEqual(shown);
  });

  it('shows of a slot what it shows without the others, and in any order', () => {
    const slots = fc.shuffledSubarray(
      Array.from({ length: SLOTS }, (_, slot) => slot),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(slots, (kept) => {
        const fewer = run(make(pickSlots(family, kept)), { ticks: TICKS });
        expect(fewer).toEqual(kept.map((slot) => shown[slot]));
      }),
      { numRuns: 10, seed: 2 },
    );
  });

  it.each([
    { rate: 1, level: 1, scale: 1, offset: 0 },
    { rate: 2.5, level: 0.3, scale: 3, offset: -0.5 },
    { rate: 0, level: 0, scale: 0, offset: 4 },
  ])('takes factors one a slot as it takes them for all: $rate $level $scale $offset', (factors) => {
    const everywhere = (x: number) => bySlot(...Array<number>(SLOTS).fill(x));
    const grouped: Modulation = {
      rate: everywhere(factors.rate),
      level: everywhere(factors.level),
      scale: everywhere(factors.scale),
      offset: everywhere(factors.offset),
    };
    const scalar = run(make(), { ticks: TICKS, modulate: () => factors });
    expect(run(make(), { ticks: TICKS, modulate: () => grouped })).toEqual(scalar);
  });

  it('takes of each slot the factors of its group', () => {
    const one = { rate: 1, level: 1, scale: 1, offset: 0 };
    const other = { rate: 2.5, level: 0.3, scale: 3, offset: -0.5 };
    const isOther = (slot: number): boolean => slot % 3 === 1;
    const grouped = (name: keyof typeof one) =>
      bySlot(...Array.from({ length: SLOTS }, (_, slot) => (isOther(slot) ? other : one)[name]));
    const modulation: Modulation = {
      rate: grouped('rate'),
      level: grouped('level'),
      scale: grouped('scale'),
      offset: grouped('offset'),
    };
    const [ofOne, ofOther] = [one, other].map((factors) =>
      run(make(), { ticks: TICKS, modulate: () => factors }),
    ) as [number[][], number[][]];
    expect(run(make(), { ticks: TICKS, modulate: () => modulation })).toEqual(
      ofOne.map((numbers, slot) => (isOther(slot) ? ofOther[slot] : numbers)),
    );
  });

  it('starts anew when slots are born again, and leaves the others alone', () => {
    const source = make();
    run(source, { ticks: TICKS });
    source.start(momentOf(TICKS), 5, 9);
    const reborn = shownBy(source);
    const fresh = make();
    fresh.start(momentOf(TICKS), 0, SLOTS);
    const born = shownBy(fresh);
    expect(reborn).toEqual(shown.map((numbers, slot) => (slot >= 5 && slot < 9 ? born[slot] : numbers)));
    source.advance(momentOf(TICKS + 1), 0, SLOTS, NEUTRAL);
    fresh.advance(momentOf(TICKS + 1), 0, SLOTS, NEUTRAL);
    expect(shownBy(source).slice(5, 9)).toEqual(shownBy(fresh).slice(5, 9));
  });

  it('goes on where another one of its kind stopped, in the slots that it is told', () => {
    const before = make();
    run(before, { ticks: TICKS });
    const from = Int32Array.of(4, -1, 2, 7);
    const after = make(pickSlots(family, [4, 1, 2, 7]));
    after.start(momentOf(TICKS), 0, 4);
    const born = shownBy(after);
    for (const [begin, end] of [
      [0, 3],
      [3, 4],
    ] as const)
      after.adopt(before, from, begin, end);
    const expected = (): number[][] => [4, 1, 2, 7].map((slot) => shownBy(before)[slot] as number[]);
    expect(shownBy(after)).toEqual(expected().map((numbers, slot) => (slot === 1 ? born[1] : numbers)));
    before.start(momentOf(TICKS), 1, 2);
    for (let tick = TICKS + 1; tick <= TICKS + 3; tick++) {
      before.advance(momentOf(tick), 0, SLOTS, NEUTRAL);
      after.advance(momentOf(tick), 0, 4, NEUTRAL);
    }
    expect(shownBy(after)).toEqual(expected());
  });

  it('goes on with the slots that both have when it is larger, or smaller', () => {
    for (const size of [5, SLOTS]) {
      const before = make(pickSlots(family, range(SLOTS + 5 - size)));
      run(before, { ticks: TICKS });
      const after = make(pickSlots(family, range(size)));
      after.start(momentOf(TICKS), 0, size);
      const born = shownBy(after);
      after.adopt(before, undefined, 0, 2);
      after.adopt(before, undefined, 2, size);
      expect(shownBy(after)).toEqual(born.map((numbers, slot) => shownBy(before)[slot] ?? numbers));
    }
  });

  it('takes the memory that is planned for it', () => {
    let bytes = 0;
    withBuffers((asked) => {
      bytes += asked;
      return new ArrayBuffer(asked);
    }, make);
    const keys = family.keys.hi.byteLength + family.keys.lo.byteLength;
    expect(bytes + keys).toBe(stateBytesPerSlot(family, spec) * SLOTS);
  });

  if (!isCounted) {
    it('goes from block to block without a seam', () => {
      const many = pickSlots(
        family,
        Array.from({ length: MANY_SLOTS }, (_, i) => i % SLOTS),
      );
      const repeated = run(make(many), { ticks: 2 });
      const once = run(make(), { ticks: 2 });
      expect(
        repeated.every((numbers, i) => numbers.every((x, j) => Object.is(x, once[i % SLOTS]?.[j]))),
      ).toBe(true);
    });
  }

  if (type === 'gauge' || type === 'info' || type === 'stateset') testGauge(make, shown);
  else testMonotonic(make, type);
  if (isCounted) testObservations(make);
}

function testGauge(make: () => Source, shown: readonly number[][]): void {
  it('returns to its path when an effect is over', () => {
    const modulate = (tick: number): Modulation =>
      tick > 2 && tick < TICKS ? { rate: 3, level: 1, scale: 7, offset: 100 } : { ...NEUTRAL };
    expect(run(make(), { ticks: TICKS, modulate })).toEqual(shown);
  });

  it('is as it is, whatever the rate', () => {
    expect(run(make(), { ticks: TICKS, modulate: () => ({ ...NEUTRAL, rate: 0 }) })).toEqual(shown);
  });
}

function testMonotonic(make: () => Source, type: AlgorithmType): void {
  const totals =
    type === 'summary'
      ? (numbers: number[]): number[] => numbers.slice(0, 2)
      : (numbers: number[]) => numbers;

  it('born a second time, is at zero again', () => {
    const source = make();
    source.start(momentOf(0), 0, SLOTS);
    const first = shownBy(source);
    run(source, { ticks: TICKS });
    source.start(momentOf(0), 0, SLOTS);
    expect(shownBy(source)).toEqual(first);
  });

  it('is born at zero', () => {
    const source = make();
    source.start(momentOf(0), 0, SLOTS);
    expect(
      shownBy(source)
        .flatMap(totals)
        .every((x) => x === 0),
    ).toBe(true);
  });

  it('never falls, whatever is asked of it', () => {
    const factor = (least: number, most: number): fc.Arbitrary<Factor> => {
      const number = fc.double({ min: least, max: most, noNaN: true });
      const each = fc.array(number, { minLength: SLOTS, maxLength: SLOTS });
      return fc.oneof(
        number,
        each.map((numbers) => bySlot(...numbers)),
      );
    };
    const modulation: fc.Arbitrary<Modulation> = fc.record({
      rate: factor(0, 20),
      level: factor(0, 2),
      scale: factor(0, 50),
      offset: factor(-5, 5),
    });
    fc.assert(
      fc.property(fc.array(modulation, { minLength: 6, maxLength: 6 }), (modulations) => {
        const source = make();
        let before: number[][] | undefined;
        run(source, {
          ticks: 5,
          modulate: (tick) => modulations[tick] as Modulation,
          afterTick: () => {
            const now = shownBy(source).map(totals);
            for (const [slot, numbers] of now.entries()) {
              expect(numbers.every((x, i) => x >= (before?.[slot]?.[i] ?? 0))).toBe(true);
            }
            before = now;
          },
        });
      }),
      { numRuns: 10, seed: 3 },
    );
  });

  it('rests at rate 0', () => {
    const source = make();
    let resting: number[][] = [];
    run(source, {
      ticks: TICKS,
      modulate: (tick) => ({ ...NEUTRAL, rate: tick > 4 ? 0 : 1 }),
      afterTick: (tick) => {
        const now = shownBy(source).map(totals);
        if (tick > 4) expect(now).toEqual(resting);
        resting = now;
      },
    });
  });
}

function testObservations(make: () => Source): void {
  it('counts about as many observations as the rate says', () => {
    const source = make();
    const counts = (rate: number): number => {
      run(source, { ticks: TICKS, modulate: () => ({ ...NEUTRAL, rate }) });
      return Array.from({ length: SLOTS }, (_, slot) => countOf(source, slot)).reduce(
        (sum, count) => sum + count,
      );
    };
    const once = counts(1);
    const twice = counts(2);
    expect(Math.abs(twice - 2 * once)).toBeLessThanOrEqual(6 * Math.sqrt(twice));
  });

  it('sums what it counts: the sum lies between the lowest and highest that the counts allow', () => {
    const source = make();
    const shown = run(source, { ticks: TICKS });
    const { column, family } = source;
    for (const [slot, numbers] of shown.entries()) {
      if (column.kind !== 'histogram') continue;
      const counts = numbers.slice(0, -1);
      const sum = numbers.at(-1) as number;
      const lowest = counts.reduce(
        (total, count, i) => total + (count === 0 ? 0 : count * (family.bounds[i - 1] ?? 0)),
        0,
      );
      const highest = counts.reduce(
        (total, count, i) =>
          total + (count === 0 ? 0 : count * (family.bounds[i] ?? Number.POSITIVE_INFINITY)),
        0,
      );
      // A partial sum is rounded to hundredths at most, and sums of doubles to their last digits.
      const slack = 0.005 * TICKS + 1e-9 * sum;
      expect(sum, `slot ${slot}`).toBeGreaterThanOrEqual(lowest - slack);
      expect(sum, `slot ${slot}`).toBeLessThanOrEqual(highest + slack);
    }
  });

  it('hands out raw observations that make up its counts and sums', () => {
    const source = make();
    const { column, family } = source;
    if (column.kind !== 'histogram' || !family.rawObservations) return;
    column.observations = { ends: new Uint32Array(family.size), values: new Float64Array(1) };
    const counts = new Float64Array(column.counts.length);
    const sums = new Float64Array(family.size);
    run(source, {
      ticks: TICKS,
      cuts: [0, 4, 11, SLOTS],
      modulate: (tick) => ({ ...NEUTRAL, rate: tick % 3, scale: 2 }),
      afterTick: () => {
        const { ends, values } = column.observations as NonNullable<typeof column.observations>;
        for (let slot = 0; slot < family.size; slot++) {
          let partial = 0;
          for (const x of values.subarray(ends[slot - 1] ?? 0, ends[slot])) {
            const above = family.bounds.findIndex((bound) => x <= bound);
            const bucket = slot * column.width + (above === -1 ? column.width - 1 : above);
            counts[bucket] = (counts[bucket] as number) + 1;
            partial += x;
          }
          sums[slot] = (sums[slot] as number) + partial;
        }
        expect(counts).toEqual(column.counts);
        expect(sums).toEqual(column.sums);
      },
    });
    expect(sums.some((sum) => sum > 0) || column.sums.every((sum) => sum === 0)).toBe(true);
  });
}

function testDistribution(distribution: Distribution): void {
  const { cdf, quantile, moments } = distribution;
  const rng = new Rng();
  const draws = Float64Array.from({ length: 20_000 }, (_, i) => {
    rng.seek(7, i, 1);
    return distribution.sample(rng);
  });
  const isPoint = quantile(0.001) === quantile(0.999);

  it('is never negative', () => {
    expect(draws.every((x) => x >= 0 && x < Number.POSITIVE_INFINITY)).toBe(true);
    expect(cdf(-1)).toBe(0);
    expect(cdf(Number.POSITIVE_INFINITY)).toBe(1);
  });

  it('is drawn as its distribution function says', () => {
    if (isPoint) expect(new Set(draws)).toEqual(new Set([quantile(0.5)]));
    else expect(kolmogorovP(draws, cdf)).toBeGreaterThan(1e-3);
  });

  it('has a quantile that inverts the distribution function', () => {
    const ps = [1e-9, 1e-4, 0.01, 0.2, 0.5, 0.77, 0.99, 0.9999, 1 - 1e-9];
    for (const p of ps) {
      if (isPoint) expect(cdf(quantile(p))).toBe(1);
      else expect(Math.abs(cdf(quantile(p)) - p)).toBeLessThan(1e-9 * p + 1e-15);
    }
    const quantiles = ps.map(quantile);
    expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
  });

  it('has the moments within an interval that integration of its distribution function finds', () => {
    const edges = [0, 0.001, 0.3, 0.3001, 0.6, 0.9, 0.99].map((p) => (p === 0 ? 0 : quantile(p)));
    for (const [i, hi] of edges.entries()) {
      for (const lo of [Number.NEGATIVE_INFINITY, ...edges.slice(0, i)]) {
        const found = moments(lo, hi);
        const mass = cdf(hi) - cdf(lo);
        if (mass === 0) continue;
        const integrated = isPoint ? { mean: hi, variance: 0 } : integrate(distribution, lo, hi);
        expect(found, `from ${lo} to ${hi}`).toBeDefined();
        // Integration takes the spread of the interval as its unit.
        const spread = Math.sqrt(integrated.variance);
        expect(Math.abs((found?.mean ?? 0) - integrated.mean)).toBeLessThanOrEqual(1e-4 * spread);
        expect(Math.abs((found?.variance ?? 0) - integrated.variance)).toBeLessThanOrEqual(
          1e-3 * spread * spread,
        );
      }
    }
  });

  it('has no moments where it has no mass', () => {
    expect(moments(-3, -2)).toBeUndefined();
  });

  it('draws observations of an interval as its distribution function says', () => {
    if (distribution.between === undefined || isPoint) return;
    const [lo, hi] = [quantile(0.2), quantile(0.97)];
    const inside = Float64Array.from({ length: 20_000 }, (_, i) => {
      rng.seek(8, i, 1);
      return distribution.between?.(rng, lo, hi) ?? Number.NaN;
    });
    const below = cdf(lo);
    expect(kolmogorovP(inside, (x) => (cdf(x) - below) / (cdf(hi) - below))).toBeGreaterThan(1e-3);
  });
}

/** Mean and variance given lo < X <= hi, by the midpoint rule over equal shares of the mass. */
function integrate(
  { cdf, quantile }: Distribution,
  lo: number,
  hi: number,
): { mean: number; variance: number } {
  const steps = 2000;
  const below = cdf(lo);
  const mass = cdf(hi) - below;
  const anchor = quantile(below + mass / 2);
  let first = 0;
  let second = 0;
  for (let i = 0; i < steps; i++) {
    const distance = quantile(below + (mass * (i + 0.5)) / steps) - anchor;
    first += distance / steps;
    second += (distance * distance) / steps;
  }
  return { mean: anchor + first, variance: second - first * first };
}
