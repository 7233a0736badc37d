// Learnt generators: values over their quantiles, memory, steps, trends, and what series share.
import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { learnedObservations } from '../../src/generators/learned-observations.ts';
import type { ScalarColumn } from '../../src/series/column.ts';
import { createCourse, createProcess, type PathOf } from '../../src/series/path.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import { createPlant, type Plant, type Shard } from '../../src/simulation/plant.ts';
import { normal } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';
import { momentOf } from '../support/families.ts';

function plantOf(text: string, shard?: Shard): Plant {
  return createPlant(loadConfig({ text, file: 'test.yaml' }).config, shard);
}

/** What each slot of each scalar family shows, tick by tick from birth on. */
function play({ sources }: Plant, ticks: number): number[][][] {
  const shown = sources.map(({ family }) => Array.from({ length: family.size }, (): number[] => []));
  for (let tick = 0; tick <= ticks; tick++) {
    for (const [f, source] of sources.entries()) {
      const { size } = source.family;
      if (tick === 0) source.start(momentOf(0), 0, size);
      else source.advance(momentOf(tick), 0, size, NEUTRAL);
      const { values } = source.column as ScalarColumn;
      for (let slot = 0; slot < size; slot++) shown[f]?.[slot]?.push(values[slot] as number);
    }
  }
  return shown;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] as number;
    ab += (x - ma) * (y - mb);
    aa += (x - ma) ** 2;
    bb += (y - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

const rates = (totals: readonly number[]): number[] =>
  totals.slice(1).map((x, i) => x - (totals[i] as number));

/** What a path has for one replica at some ticks. */
function valuesOf(pathOf: PathOf, ticks: readonly number[], key = 2): number[] {
  const path = pathOf({ hi: Int32Array.of(7, 1), lo: Int32Array.of(7, key) }, 1, 2);
  const rng = new Rng();
  const out = new Float64Array(1);
  return ticks.map((tick) => {
    path(rng, tick, out);
    return out[0] as number;
  });
}

const ticksOf = (pathOf: PathOf, ticks: number, key?: number): number[] =>
  valuesOf(pathOf, [...Array(ticks).keys()], key);

describe('a shared factor', () => {
  it.each([
    ['a process without memory', createProcess(0)],
    ['a process', createProcess(11)],
    ['a course', createCourse([-1, 0, 3, -2], 3)],
  ])('that is %s has the same value at a tick whatever was asked for before', (_, pathOf) => {
    const whole = ticksOf(pathOf, 400);
    const order = Array.from({ length: 600 }, (_unused, i) => (i * 7919 + (i % 3) * 40) % 400);
    expect(valuesOf(pathOf, order)).toEqual(order.map((tick) => whole[tick]));
    for (const tick of [0, 1, 63, 64, 255, 399]) expect(valuesOf(pathOf, [tick])).toEqual([whole[tick]]);
  });

  it.each([0, 1, 7, 60])('with a memory of %d ticks is N(0, 1), and correlated as it should be', (memory) => {
    const values = ticksOf(createProcess(memory), 40_000);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    const slack = 5 * Math.sqrt(Math.max(1, 2 * memory) / values.length);
    expect(Math.abs(mean)).toBeLessThan(slack);
    expect(Math.abs(variance - 1)).toBeLessThan(2 * slack);
    for (const lag of [1, 3, 10]) {
      const wanted = memory === 0 ? 0 : Math.exp(-lag / memory);
      const found = correlation(values.slice(lag), values.slice(0, -lag));
      expect(Math.abs(found - wanted), `lag ${lag}`).toBeLessThan(slack);
    }
  });
});

describe('a factor with a course', () => {
  const along = (values: readonly number[], ticksApart: number, ticks: number, key = 2): number[] =>
    ticksOf(createCourse(values, ticksApart), ticks, key);

  it('goes through its values forth and back, each twice a pass', () => {
    const pass = along([1, 2, 3, 4], 1, 8);
    expect(pass.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    for (let i = 1; i < 8; i++)
      expect(Math.abs((pass[i] as number) - (pass[i - 1] as number))).toBeLessThan(2);
  });

  it('begins elsewhere with each pass and each replica', () => {
    const course = Array.from({ length: 100 }, (_, i) => i);
    expect(along(course, 1, 400).slice(200)).not.toEqual(along(course, 1, 200));
    expect(along(course, 1, 200, 3)).not.toEqual(along(course, 1, 200, 2));
  });

  it('is as spread between its values as at them', () => {
    const rng = new Rng();
    rng.seek(4, 5, 6);
    const course = Array.from({ length: 500 }, () => normal(rng));
    const values = along(course, 4, 4000);
    const squares = (part: number): number =>
      values.filter((_, tick) => tick % 4 === part).reduce((sum, x) => sum + x * x, 0) / 1000;
    for (const part of [1, 2, 3]) expect(squares(part) / squares(0)).toBeCloseTo(1, 0);
  });

  it('keeps beside others what was seen together', () => {
    const [levels = []] = play(
      plantOf(`
factors:
  up: { course: [-1.5, -0.5, 0.5, 1.5], every_s: 2 }
  down: { course: [1.5, 0.5, -0.5, -1.5], every_s: 2 }
metrics:
  - name: level
    type: gauge
    labels: { instance: { range: [1, 5], fmt: "i-{}" } }
    label_sets: [{ path: a }, { path: b }]
    algorithm: learned
    models: [{ values: [0, 1], factors: { up: 1 } }, { values: [0, 1], factors: { down: 1 } }]
`),
      100,
    );
    for (let replica = 0; replica < 5; replica++)
      for (const [tick, level] of (levels[replica] as number[]).entries())
        expect(level + (levels[replica + 5]?.[tick] as number)).toBeCloseTo(1, 9);
    expect(new Set(levels.slice(0, 5).map(String)).size).toBeGreaterThan(1);
  });

  it.each([
    ['{ course: [1, -1], memory_s: 3 }', /factors\.f\.memory_s.* does nothing beside course/],
    ['{ every_s: 3 }', /factors\.f\.every_s.* needs a course/],
    ['{ course: [1] }', /factors\.f\.course/],
  ])('as %s is refused', (model, message) => {
    expect(() => plantOf(`factors: { f: ${model} }\nmetrics: [{ name: a, type: gauge }]`)).toThrow(message);
  });
});

const pair = (loadings: readonly [number, number]) => `
factors: { load: { memory_s: 5 } }
metrics:
  - name: requests_total
    type: counter
    labels: { instance: { range: [1, 3], fmt: "i-{}" } }
    label_sets: [{ path: a }, { path: b }]
    algorithm: learned
    models:
      - { rates: [0, 10, 20], factors: { load: ${loadings[0]} }, start: 100 }
      - { rates: [1, 2], integer: true }
  - name: latency
    type: gauge
    labels: { instance: { range: [1, 3], fmt: "i-{}" } }
    algorithm: learned
    models: [{ values: [1, 2, 5], factors: { load: ${loadings[1]} }, memory_s: 3 }]
`;

describe('series that share a factor', () => {
  it('move together within a replica, and not across replicas', () => {
    const [requests = [], latency = []] = play(plantOf(pair([0.9, 0.9])), 4000);
    expect(correlation(rates(requests[0] as number[]), (latency[0] as number[]).slice(1))).toBeGreaterThan(
      0.7,
    );
    expect(
      Math.abs(correlation(rates(requests[0] as number[]), (latency[1] as number[]).slice(1))),
    ).toBeLessThan(0.15);
    expect(
      Math.abs(correlation(rates(requests[3] as number[]), (latency[0] as number[]).slice(1))),
    ).toBeLessThan(0.15);
  });

  it('move against each other when one loading is negative', () => {
    const [requests = [], latency = []] = play(plantOf(pair([0.9, -0.9])), 4000);
    expect(correlation(rates(requests[0] as number[]), (latency[0] as number[]).slice(1))).toBeLessThan(-0.7);
  });

  it('are the same without the others, and in a shard', () => {
    const text = pair([0.9, 0.9]);
    const whole = play(plantOf(text), 50);
    const alone = play(
      plantOf(
        `${text.slice(0, text.indexOf('  - name: requests'))}${text.slice(text.indexOf('  - name: latency'))}`,
      ),
      50,
    );
    expect(alone[0]).toEqual(whole[1]);
    for (const index of [0, 1]) {
      const part = play(plantOf(text, { index, count: 2 }), 50);
      expect(part.map((family) => family.length)).toEqual([3, index === 0 ? 1 : 2]);
      expect(part[0]).toEqual(whole[0]?.slice(index * 3, index * 3 + 3));
      expect(part[1]).toEqual(index === 0 ? whole[1]?.slice(0, 1) : whole[1]?.slice(1));
    }
  });

  it('name factors that are there', () => {
    expect(() => plantOf(pair([0.9, 0.9]).replaceAll('{ load: 0.9 }', '{ laod: 0.9 }'))).toThrow(
      /models\[0\]\.factors\.laod: unknown factor laod, did you mean load\?/,
    );
  });
});

const one = (type: string, model: string) =>
  plantOf(`metrics: [{ name: one_total, type: ${type}, algorithm: learned, models: [${model}] }]`);
const seriesOf = (type: string, model: string, ticks: number): number[] =>
  play(one(type, model), ticks)[0]?.[0] as number[];

describe('a learnt counter', () => {
  it('begins at its start and counts at its rates', () => {
    const totals = seriesOf('counter', '{ start: 1510, rates: [0.8, 0.9], every_s: 300 }', 600);
    expect(totals[0]).toBe(1510);
    for (const rate of rates(totals)) expect(rate).toBeGreaterThanOrEqual(0.8 - 1e-9);
    expect(totals[600]).toBeGreaterThan(1510 + 0.8 * 600 - 1e-6);
    expect(totals[600]).toBeLessThan(1510 + 0.9 * 600 + 1e-6);
  });

  it('draws a new rate each period, whose law is that of its quantiles', () => {
    const totals = seriesOf('counter', '{ rates: [0, 0, 4], every_s: 5 }', 20_000);
    const windows = Array.from(
      { length: 4000 },
      (_, i) => ((totals[5 * i + 5] as number) - (totals[5 * i] as number)) / 5,
    );
    expect(windows.filter((rate) => rate < 1e-9).length / 4000).toBeCloseTo(0.5, 1);
    expect(windows.filter((rate) => rate < 2).length / 4000).toBeCloseTo(0.75, 1);
    expect(Math.abs(correlation(windows.slice(1), windows.slice(0, -1)))).toBeLessThan(0.08);
  });

  it('counts whole numbers when it is told to, none lost between ticks', () => {
    const totals = seriesOf('counter', '{ rates: [0.1, 0.4], every_s: 10, integer: true }', 1000);
    expect(totals.every(Number.isInteger)).toBe(true);
    for (let i = 0; i < 100; i++) {
      const count = (totals[10 * i + 10] as number) - (totals[10 * i] as number);
      expect(count).toBeGreaterThanOrEqual(1);
      expect(count).toBeLessThanOrEqual(4);
    }
  });
});

describe('a learnt gauge', () => {
  it('remembers as its memory says', () => {
    const levels = seriesOf('gauge', '{ values: [0, 1, 2, 3], memory_s: 20 }', 20_000);
    expect(correlation(levels.slice(1), levels.slice(0, -1))).toBeCloseTo(Math.exp(-1 / 20), 1);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...levels)).toBeLessThanOrEqual(3);
  });

  it('that steps stays in between', () => {
    const levels = seriesOf('gauge', '{ values: [0, 100], changes_per_s: 0.1 }', 5000);
    const changes = levels.slice(1).filter((level, i) => level !== levels[i]).length;
    expect(changes / 5000).toBeCloseTo(1 - Math.exp(-0.1), 1);
  });

  it('goes along its trend and its day', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    const levels = seriesOf('gauge', `{ values: [7], trend_per_s: 2, hours: [${hours.join(', ')}] }`, 3600);
    expect(levels[0]).toBe(7);
    expect(levels[3600]).toBeCloseTo(7 + 7200 + 1, 9);
  });
});

describe('learnt observations', () => {
  it.each([
    [0, 0.005],
    [0.2, 0.2],
    [0.5, 0.5],
    [1, 0.995],
  ])('that lean %d lie at that part of their interval on average', (lean, mean) => {
    const { options, create } = learnedObservations;
    const distribution = create(options.parse({ models: [{ edges: [0, 1], weights: [1], lean }] }), {
      type: 'histogram',
      intervalMs: 1000,
    });
    expect(distribution.moments(-1, 2)?.mean).toBeCloseTo(mean, 9);
  });
});
