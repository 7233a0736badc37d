import { describe, expect, it } from 'vitest';

import { generatorDefinitions } from '../../src/generators/builtin.ts';
import { mayFollow } from '../../src/generators/patterned.ts';
import { createSource, hasRawObservations, stateBytesPerSlot } from '../../src/generators/registry.ts';
import { NEUTRAL, type OptionChanges } from '../../src/series/modulation.ts';
import type { Source } from '../../src/series/source.ts';
import { countOf, createTestFamily, momentOf, run, shownBy } from '../support/families.ts';

type Options = Readonly<Record<string, unknown>>;

const fixed = (observationsPerS: unknown) =>
  ({ arrivals: { observationsPerS, process: 'fixed' } }) as { arrivals: never };

function sourceOf(type: 'gauge' | 'counter' | 'histogram' | 'summary', algorithm: string, options: Options) {
  return createSource(createTestFamily(type, 1), { algorithm, options });
}

/** What a slot of a scalar family shows by tick. */
function history(source: Source, ticks: number): number[] {
  const shown: number[] = [];
  run(source, { ticks, afterTick: () => shown.push(shownBy(source)[0]?.[0] as number) });
  return shown;
}

function changing(change: OptionChanges) {
  return () => ({ ...NEUTRAL, variants: { of: undefined, changes: [change] } });
}

describe('an option that follows a pattern', () => {
  it.each([
    {
      source: () => sourceOf('gauge', 'constant', { start: { pattern: '0+10x2 5' } }),
      is: [0, 10, 20, 5, 5],
      why: 'a gauge is at its first value when it is born, and holds the last',
    },
    {
      source: () => sourceOf('counter', 'constant', { base_rate: { pattern: '1 2 3', end: 'loop' } }),
      is: [0, 1, 3, 6, 7, 9],
      why: 'a rate begins with the first tick after birth',
    },
    {
      source: () => sourceOf('counter', 'constant', { base_rate: { pattern: '1 2', end: 0 } }),
      is: [0, 1, 3, 3, 3],
      why: 'and may go on with a value',
    },
    {
      source: () => sourceOf('gauge', 'random_walk', { start: 7, step: { pattern: '0x3' } }),
      is: [7, 7, 7, 7, 7],
      why: 'a walk without steps stays',
    },
  ])('shows $is: $why', ({ source, is }) => {
    expect(history(source(), is.length - 1)).toEqual(is);
  });

  it('changes nothing before and after a step but what the numbers say', () => {
    const stepped = history(
      sourceOf('gauge', 'random_walk', { step: { pattern: [{ constant: { value: 0.1, ticks: 5 } }, 0] } }),
      9,
    );
    const plain = history(sourceOf('gauge', 'random_walk', { step: 0.1 }), 9);
    expect(stepped.slice(0, 5)).toEqual(plain.slice(0, 5));
    expect(new Set(stepped.slice(4)).size).toBe(1);
  });

  it('is changed by effects from the value that it has', () => {
    const rate = { pattern: '0+1x9' };
    const source = sourceOf('counter', 'constant', { base_rate: rate });
    const modulate = changing({ base_rate: { scale: 2, offset: 1 } });
    // 1, 3, 5, 7 in place of 0, 1, 2, 3.
    expect(run(source, { ticks: 4, modulate })).toEqual([[16]]);
  });

  it('counts its ticks from the birth of each series', () => {
    const source = createSource(createTestFamily('counter', 3), {
      algorithm: 'constant',
      options: { base_rate: { pattern: '1 10 100 1000' } },
    });
    source.start(momentOf(0), 0, 3);
    source.advance(momentOf(1), 0, 3, { ...NEUTRAL });
    source.start(momentOf(1), 1, 2);
    source.advance(momentOf(2), 0, 3, { ...NEUTRAL });
    source.advance(momentOf(3), 0, 3, { ...NEUTRAL });
    expect(shownBy(source)).toEqual([[111], [11], [111]]);
  });

  it.each(['histogram', 'summary'] as const)(
    'of a %s makes its observations larger from a tick on',
    (type) => {
      const mu = { pattern: [{ constant: { value: -3, ticks: 10 } }, 2] };
      const source = sourceOf(type, 'lognormal', { mu, sigma: 0 });
      const sumOf = (ticks: number): number => {
        run(source, { ticks });
        return source.column.kind === 'scalar' ? Number.NaN : (source.column.sums[0] as number);
      };
      expect(sumOf(10)).toBeCloseTo(10 * Math.exp(-3), 12);
      expect(sumOf(13)).toBeCloseTo(10 * Math.exp(-3) + 3 * Math.exp(2), 12);
    },
  );

  it('has quantiles of a summary right at both ends of what it comes to', () => {
    const mu = { pattern: [{ constant: { value: -12, ticks: 4 } }, 12] };
    const source = createSource(createTestFamily('summary', 1, { quantiles: Float64Array.of(0.5) }), {
      algorithm: 'lognormal',
      options: { mu, sigma: 0 },
      windowS: 3,
    });
    const median = (ticks: number): number => run(source, { ticks })[0]?.[2] as number;
    expect(Math.abs(median(4) / Math.exp(-12) - 1)).toBeLessThan(0.05);
    expect(Math.abs(median(9) / Math.exp(12) - 1)).toBeLessThan(0.05);
  });

  it('draws many observations together in every state of it', () => {
    const family = createTestFamily('histogram', 1, {
      rawObservations: false,
      bounds: Float64Array.of(1, 4),
    });
    const source = createSource(family, {
      algorithm: 'uniform',
      options: { max: { pattern: '1 1 4' }, min: { pattern: '0 0 1' } },
      ...fixed(1000),
    });
    expect(run(source, { ticks: 2 })[0]?.slice(0, 3)).toEqual([2000, 0, 0]);
    expect(run(source, { ticks: 5 })[0]?.slice(0, 3)).toEqual([2000, 3000, 0]);
  });

  it('is one of these, and no whole number', () => {
    const names = generatorDefinitions.flatMap(({ name, types, options }) =>
      Object.entries(options.shape)
        .filter(([, schema]) => mayFollow(schema))
        .map(([option]) => `${types[0]} ${name}.${option}`),
    );
    expect(names).toEqual(expect.arrayContaining(['counter poisson.base_rate', 'histogram lognormal.mu']));
    expect(names).toEqual(expect.arrayContaining(['gauge random_walk.step', 'gauge sine.period_s']));
    for (const none of ['gauge step.steps', 'gauge pattern.end', 'histogram mixture.components'])
      expect(names).not.toContain(none);
  });
});

describe('arrivals that follow a pattern', () => {
  const rising = { pattern: { linear: { from: 0, to: 10, ticks: 11 } } };

  it.each(['histogram', 'summary'] as const)('of a %s are as many as it says', (type) => {
    const source = createSource(createTestFamily(type, 2), {
      algorithm: 'lognormal',
      options: {},
      ...fixed(rising),
    });
    const counts: number[] = [];
    run(source, { ticks: 13, afterTick: () => counts.push(countOf(source, 1)) });
    expect(counts).toEqual([0, 0, 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 65, 75]);
  });

  it.each([
    { given: { pattern: '3 _ 5' }, is: [0, 3, 3, 8, 13], why: 'in a gap nothing is observed' },
    {
      given: { pattern: '3 2', end: 'gap' },
      is: [0, 3, 5, 5, 5],
      why: 'and after a pattern that ends with one',
    },
    { given: { pattern: '3 2', end: 'loop' }, is: [0, 3, 5, 8, 10], why: 'or again and again' },
  ])('$given: $is, $why', ({ given, is }) => {
    const source = createSource(createTestFamily('histogram', 1), {
      algorithm: 'lognormal',
      options: {},
      ...fixed(given),
    });
    const counts: number[] = [];
    run(source, { ticks: is.length - 1, afterTick: () => counts.push(countOf(source, 0)) });
    expect(counts).toEqual(is);
    expect(source.presence).toBeUndefined();
  });

  it('are per second, whatever the tick, and multiplied as effects ask', () => {
    const source = createSource(createTestFamily('histogram', 1), {
      algorithm: 'lognormal',
      options: {},
      intervalMs: 2000,
      ...fixed({ pattern: { linear: { from: 4, to: 0, for: '4s', open: 'none' } } }),
    });
    run(source, { ticks: 3, intervalMs: 2000, modulate: () => ({ ...NEUTRAL, rate: 3 }) });
    expect(countOf(source, 0)).toBe(3 * (8 + 4 + 0));
  });

  it('may draw, each series by itself', () => {
    const source = createSource(createTestFamily('summary', 2), {
      algorithm: 'lognormal',
      options: {},
      ...fixed({ pattern: { round: { of: { random: { min: 0, max: 1000 } } } } }),
    });
    run(source, { ticks: 1 });
    expect(countOf(source, 0)).not.toBe(countOf(source, 1));
  });

  it.each([
    { pattern: { linear: { from: 0, to: 32, ticks: 9 } }, raw: true, why: '32 at most' },
    { pattern: '1 2 33', raw: false, why: 'more at one tick' },
    { pattern: { gap: {} }, raw: true, why: 'never any' },
  ])('are recorded one by one by the most there may be: $why', ({ pattern, raw }) => {
    expect(hasRawObservations({ observationsPerS: { pattern }, process: 'fixed' }, 1000)).toBe(raw);
  });
});

describe('a family that follows patterns', () => {
  const options = { mu: { pattern: '0+0.1x20', end: 'loop' }, sigma: 0.5 };
  const specOf = (type: 'histogram' | 'summary') => ({
    type,
    spec: { algorithm: 'lognormal', options, ...fixed({ pattern: '1 7 40', end: 'loop' }) },
  });

  it.each([specOf('histogram'), specOf('summary')])('$type is the same in slices', ({ type, spec }) => {
    const make = (): Source => createSource(createTestFamily(type, 9), spec);
    expect(run(make(), { ticks: 7, cuts: [0, 2, 3, 9] })).toEqual(run(make(), { ticks: 7 }));
  });

  it.each([specOf('histogram'), specOf('summary')])(
    '$type goes on where it was when another source takes its place',
    ({ type, spec }) => {
      const family = createTestFamily(type, 3);
      const first = createSource(family, spec);
      run(first, { ticks: 4 });
      const second = createSource(family, spec);
      second.start(momentOf(5), 0, 3);
      second.adopt(first, undefined, 0, 3);
      for (const source of [first, second]) source.advance(momentOf(5), 0, 3, { ...NEUTRAL });
      expect(shownBy(second)).toEqual(shownBy(first));
    },
  );

  it('keeps a birth for each series', () => {
    const { type, spec } = specOf('histogram');
    const family = createTestFamily(type, 1);
    const plain = { algorithm: 'lognormal', options: {} };
    expect(stateBytesPerSlot(family, spec) - stateBytesPerSlot(family, plain)).toBe(8);
  });
});
