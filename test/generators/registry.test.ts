import { describe, expect, it } from 'vitest';

import { generatorDefinitions } from '../../src/generators/builtin.ts';
import {
  algorithmsOf,
  createSource,
  defaultAlgorithm,
  findGenerator,
  stateBytesPerSlot,
} from '../../src/generators/registry.ts';
import { createTestFamily } from '../support/families.ts';

const names = (type: Parameters<typeof algorithmsOf>[0]): string[] =>
  algorithmsOf(type).map(({ name }) => name);

describe('the algorithms of a type', () => {
  it.each([
    { type: 'counter', found: ['poisson', 'constant', 'pattern', 'derived', 'learned'] },
    { type: 'info', found: ['one'] },
    { type: 'stateset', found: ['markov'] },
    {
      type: 'gauge',
      found: [
        'random_walk',
        'sine',
        'cosine',
        'sawtooth',
        'ramp',
        'triangle',
        'square',
        'step',
        'gaussian',
        'pattern',
        'bernoulli',
        'constant',
        'time_since',
        'last_event',
        'derived',
        'learned',
      ],
    },
    {
      type: 'histogram',
      found: ['lognormal', 'exponential', 'normal', 'uniform', 'pareto', 'mixture', 'learned'],
    },
    {
      type: 'summary',
      found: ['lognormal', 'exponential', 'normal', 'uniform', 'pareto', 'mixture', 'learned'],
    },
  ] as const)('$type has $found, the first by default', ({ type, found }) => {
    expect(names(type)).toEqual(found);
    expect(defaultAlgorithm(type)).toBe(found[0]);
  });

  it('have one definition for each type and name', () => {
    const pairs = generatorDefinitions.flatMap(({ name, types }) => types.map((type) => `${type} ${name}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('may share a name: constant is a rate for counters and a level for gauges', () => {
    expect(Object.keys(findGenerator('counter', 'constant')?.options.shape ?? {})).toEqual(['base_rate']);
    expect(Object.keys(findGenerator('gauge', 'constant')?.options.shape ?? {})).toEqual(['start']);
  });

  it('are not found for another type', () => {
    expect(findGenerator('counter', 'sine')).toBeUndefined();
  });
});

describe('createSource', () => {
  it('names the algorithms of the type when it has none of that name', () => {
    expect(() => createSource(createTestFamily('counter', 1), { algorithm: 'sine', options: {} })).toThrow(
      'a counter has no algorithm sine; it has poisson, constant, pattern, derived',
    );
  });

  it('refuses options that the algorithm does not take', () => {
    const make = (): unknown =>
      createSource(createTestFamily('gauge', 1), { algorithm: 'bernoulli', options: { p: 2 } });
    expect(make).toThrow('expected number to be <=1');
  });
});

describe('stateBytesPerSlot', () => {
  it.each([
    { type: 'counter', algorithm: 'poisson', decimals: undefined, bytes: 16, why: 'key and total' },
    { type: 'counter', algorithm: 'poisson', decimals: 2, bytes: 24, why: 'and what is shown' },
    {
      type: 'counter',
      algorithm: 'constant',
      decimals: undefined,
      bytes: 24,
      why: 'and what is carried over',
    },
    { type: 'gauge', algorithm: 'sine', decimals: 2, bytes: 16, why: 'key and level' },
    { type: 'gauge', algorithm: 'random_walk', decimals: undefined, bytes: 24, why: 'and its own state' },
    {
      type: 'histogram',
      algorithm: 'lognormal',
      decimals: undefined,
      bytes: 8 + 8 * 8,
      why: 'six bounds, +Inf, sum',
    },
  ] as const)(
    '$type $algorithm, decimals $decimals: $bytes, $why',
    ({ type, algorithm, decimals, bytes }) => {
      const family = createTestFamily(type, 1, { decimals });
      expect(stateBytesPerSlot(family, { algorithm, options: {} })).toBe(bytes);
    },
  );

  it('of a summary is a few kilobytes, by the span of its distribution', () => {
    const family = createTestFamily('summary', 1);
    const bytes = (sigma: number): number =>
      stateBytesPerSlot(family, { algorithm: 'lognormal', options: { sigma } });
    expect(bytes(0.1)).toBeGreaterThan(1000);
    expect(bytes(0.1)).toBeLessThan(bytes(2));
    expect(bytes(50)).toBeLessThan(30_000);
  });
});
