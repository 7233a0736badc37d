import { describe, expect, it } from 'vitest';
import { createFamilies, describeFamilies } from '../../src/config/families.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Family } from '../../src/series/family.ts';
import { namedKey } from '../../src/util/key.ts';

function families(input: object, shard?: { index: number; count: number }): Family[] {
  return createFamilies(parseConfig(input), shard).map(({ family }) => family);
}

function labelSets({ labels, size }: Family): string[] {
  return Array.from({ length: size }, (_, slot) =>
    labels.names.map((name, d) => `${name}=${labels.value(slot, d)}`).join(','),
  );
}

/** Keys by label set. */
function keysOf(family: Family): Map<string, string> {
  return new Map(
    labelSets(family).map((labels, slot) => [labels, `${family.keys.hi[slot]}:${family.keys.lo[slot]}`]),
  );
}

const PROFILES = {
  fleet: {
    labels: { region: { values: ['eu', 'us'] }, instance: { range: [1, 50], fmt: 'i-%02d' } },
    series_cap: 10,
    sampling_strategy: 'hash',
  },
  pair: { labels: { region: { values: ['eu', 'us'] }, zone: { values: ['a', 'b'] } } },
};

describe('families', () => {
  it('stand in file order, with names, help, labels and shape of their own', () => {
    const [counter, histogram, summary] = families({
      profiles: PROFILES,
      metrics: [
        {
          name: 'requests',
          type: 'counter',
          profile: 'pair',
          labels: { code: { values: [200] } },
          decimals: 2,
        },
        { name: 'http.duration', type: 'histogram', unit: 's', buckets: [0.5, 2.5], help: 'Time.' },
        { name: 'size', type: 'summary', unit: 'bytes', quantiles: [0.5] },
      ],
    });
    expect(counter).toMatchObject({
      name: 'requests',
      type: 'counter',
      help: 'Generated counter metric: requests',
      prometheus: { name: 'prom_requests_total', unit: '' },
      otel: { name: 'otel_requests', unit: '' },
      size: 4,
      bounds: new Float64Array(0),
      quantiles: new Float64Array(0),
      decimals: 2,
    });
    expect(labelSets(counter as Family)).toEqual([
      'region=eu,zone=a,code=200',
      'region=eu,zone=b,code=200',
      'region=us,zone=a,code=200',
      'region=us,zone=b,code=200',
    ]);
    expect(histogram).toMatchObject({
      help: 'Time.',
      prometheus: { name: 'prom_http_duration_seconds', unit: 'seconds' },
      otel: { name: 'otel_http.duration', unit: 's' },
      size: 1,
      bounds: Float64Array.of(0.5, 2.5),
      decimals: undefined,
    });
    expect(summary).toMatchObject({
      prometheus: { name: 'prom_size_bytes' },
      quantiles: Float64Array.of(0.5),
    });
  });

  it('of one profile keep the same label sets, whatever their names and seeds', () => {
    const [a, b] = families({
      profiles: PROFILES,
      metrics: [
        { name: 'a', type: 'gauge', profile: 'fleet' },
        { name: 'b', type: 'counter', profile: 'fleet', seed: 7 },
      ],
    });
    expect(labelSets(a as Family)).toHaveLength(10);
    expect(labelSets(a as Family)).toEqual(labelSets(b as Family));
  });

  it('keep the same label sets under another global seed', () => {
    const at = (seed: number) =>
      labelSets(
        families({
          global: { seed },
          profiles: PROFILES,
          metrics: [{ name: 'a', type: 'gauge', profile: 'fleet' }],
        })[0] as Family,
      );
    expect(at(1)).toEqual(at(2));
  });

  it("replace a profile's label at its place by their own of the same name", () => {
    const [family] = families({
      profiles: PROFILES,
      metrics: [{ name: 'a', type: 'gauge', profile: 'pair', labels: { region: { values: ['ap'] } } }],
    });
    expect(labelSets(family as Family)).toEqual(['region=ap,zone=a', 'region=ap,zone=b']);
  });

  it('have keys of the seed and the name without prefix', () => {
    const metric = (fields: object) => ({ name: 'a', type: 'gauge', ...fields });
    const keyOf = (input: object) => [...keysOf(families(input)[0] as Family).values()][0];
    const base = keyOf({ metrics: [metric({})] });
    expect(keyOf({ metrics: [metric({})], exporters: { prometheus: { prefix: 'x_' } } })).toBe(base);
    expect(keyOf({ metrics: [metric({ type: 'counter' })] })).toBe(base);
    expect(keyOf({ metrics: [metric({ seed: 42 })] })).toBe(base);
    expect(keyOf({ metrics: [metric({ seed: 0 })] })).toBe(
      keyOf({ global: { seed: 0 }, metrics: [metric({})] }),
    );
    expect(keyOf({ metrics: [metric({ seed: 0 })] })).not.toBe(base);
    expect(keyOf({ metrics: [metric({ name: 'b' })] })).not.toBe(base);
    expect(namedKey(42, 'a')).toEqual(namedKey(42, 'a'));
  });

  it('keep every key when a metric, a label value or room under the cap is added', () => {
    const before = keysOf(
      families({
        profiles: PROFILES,
        metrics: [{ name: 'a', type: 'gauge', profile: 'fleet' }],
      })[0] as Family,
    );
    const after = keysOf(
      families({
        profiles: { ...PROFILES, fleet: { ...PROFILES.fleet, series_cap: 100 } },
        metrics: [
          { name: 'new', type: 'gauge' },
          { name: 'a', type: 'gauge', profile: 'fleet' },
        ],
      })[1] as Family,
    );
    expect(after.size).toBe(100);
    for (const [labels, key] of before) expect(after.get(labels)).toBe(key);
  });

  it.each([
    [{}, 1, true],
    [{ observations_per_s: 32 }, 1, true],
    [{ observations_per_s: 33 }, 1, false],
    [{ observations_per_s: 32 }, 2, false],
    [{ observations_per_s: 20, diurnal_amp: 1 }, 1, false],
    [{ type: 'summary', observations_per_s: 33 }, 1, false],
    [{ type: 'counter' }, 100, true],
  ])('with %j and a tick of %d s keep raw observations: %s', (fields, tick, raw) => {
    const [family] = families({
      global: { tick_interval_s: tick },
      exporters: { otel: { export_interval_s: tick } },
      metrics: [{ name: 'm', type: 'histogram', ...fields }],
    });
    expect(family?.rawObservations).toBe(raw);
  });

  it.each([1, 2, 3, 7, 20])('split into %d shards hold every series once, in order', (count) => {
    const input = {
      profiles: PROFILES,
      metrics: [
        { name: 'a', type: 'gauge', profile: 'fleet' },
        { name: 'one', type: 'gauge' },
      ],
    };
    const whole = families(input).map(keysOf);
    const shards = Array.from({ length: count }, (_, index) => families(input, { index, count }).map(keysOf));
    for (const [f, family] of whole.entries()) {
      const joined = shards.flatMap((shard) => [...(shard[f] as Map<string, string>)]);
      expect(joined).toEqual([...family]);
    }
  });
});

describe('descriptions', () => {
  const input = {
    profiles: PROFILES,
    metrics: [
      { name: 'c_total', type: 'counter', profile: 'fleet' },
      { name: 'c2', type: 'counter' },
      { name: 'h', type: 'histogram', profile: 'fleet', buckets: [0.5, 2.5] },
      { name: 's', type: 'summary', profile: 'pair', quantiles: [0.5, 0.9, 0.99] },
    ],
  };

  it('count what a backend stores, and name what is renamed', () => {
    const descriptions = describeFamilies(parseConfig(input));
    expect(
      descriptions.map(({ name, product, slots, storedSeries, renamed }) => [
        name,
        product,
        slots,
        storedSeries,
        renamed,
      ]),
    ).toEqual([
      ['c_total', 100, 10, 10, false],
      ['c2', 1, 1, 1, true],
      ['h', 100, 10, 50, false],
      ['s', 4, 4, 20, false],
    ]);
    expect(descriptions[0]?.labels).toEqual([
      { name: 'region', count: 2, dependent: false },
      { name: 'instance', count: 50, dependent: false },
    ]);
    expect(descriptions[2]).toMatchObject({
      type: 'histogram',
      algorithm: 'lognormal',
      bounds: [0.5, 2.5],
      quantiles: [],
    });
  });

  it('tell bounds that read differently over the two paths', () => {
    const described = describeFamilies(
      parseConfig({
        metrics: [
          { name: 'h', type: 'histogram', buckets: [0.00001, 0.5, 1, 2.5, 1000000.5] },
          { name: 's', type: 'summary', quantiles: [0, 0.5, 1] },
        ],
      }),
    );
    expect(described.map(({ differingBounds }) => differingBounds)).toEqual([
      [0.00001, 1, 1000000.5],
      [0, 1],
    ]);
  });

  it('agree with the families that are made, shard by shard', () => {
    const config = parseConfig(input);
    for (const shard of [undefined, { index: 0, count: 3 }, { index: 2, count: 3 }]) {
      const made = createFamilies(config, shard).map(({ family }) => ({
        name: family.name,
        slots: family.size,
        product: family.labels.product,
      }));
      const described = describeFamilies(config, shard).map(({ name, slots, product }) => ({
        name,
        slots,
        product,
      }));
      expect(described).toEqual(made);
    }
  });

  it('build nothing: 10^15 label sets are described at once', () => {
    const labels = { a: { range: [1, 1e5] }, b: { range: [1, 1e5] }, c: { range: [1, 1e5] } };
    const config = parseConfig({
      profiles: { p: { labels, series_cap: 20_000_000, sampling_strategy: 'hash' } },
      metrics: [{ name: 'a', type: 'gauge', profile: 'p' }],
    });
    expect(describeFamilies(config)[0]).toMatchObject({ product: 1e15, slots: 20_000_000 });
  });
});
