// Real scrapes are late, missing, or change their pace: what is learnt of a target does not change with them.
import { describe, expect, it } from 'vitest';

import { addPage, createHistory } from '../../src/learn/history.ts';
import { learnTarget, type LearntTarget } from '../../src/learn/target.ts';
import { meanOf, spreadOf } from '../../src/learn/statistics.ts';
import { normal } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';
import { parsePage } from '../../src/wire/parse.ts';

const EVERY_S = 15;
const SCRAPES = 400;
const LENGTH_S = EVERY_S * SCRAPES;

const rng = new Rng();
/** N(0, 1) that is remembered for so many seconds, second by second. */
function course(stream: number, memoryS: number): number[] {
  rng.seek(3, stream, 0);
  const memory = Math.exp(-1 / memoryS);
  const fresh = Math.sqrt(1 - memory * memory);
  let level = normal(rng);
  return Array.from({ length: LENGTH_S + EVERY_S }, () => (level = memory * level + fresh * normal(rng)));
}

const even = Array.from({ length: SCRAPES }, (_, i) => i * EVERY_S);

/** Whole seconds of scrapes. */
const UNEVEN: readonly [what: string, timesS: readonly number[]][] = [
  ['up to two seconds early or late', shifted(11, () => Math.round(4 * rng.float()) - 2)],
  ['missing one time in five', kept(12, () => rng.float() >= 0.2)],
  ['late by six seconds one time in ten', shifted(13, () => (rng.float() < 0.1 ? 6 : 0))],
  ['missing for a while, twice', kept(14, (i) => !(i >= 100 && i < 108) && !(i >= 230 && i < 245))],
  [
    'early, late and missing',
    shifted(15, () => Math.round(4 * rng.float()) - 2).filter(() => rng.float() >= 0.15),
  ],
];

function shifted(stream: number, by: (i: number) => number): number[] {
  rng.seek(4, stream, 0);
  return even.map((time, i) => Math.max(0, time + by(i)));
}

function kept(stream: number, isKept: (i: number) => boolean): number[] {
  rng.seek(4, stream, 0);
  return even.filter((_, i) => isKept(i));
}

/** What is learnt from pages of some seconds. */
function learnAt(timesS: readonly number[], page: (second: number) => string): LearntTarget {
  const history = createHistory();
  for (const second of timesS) addPage(history, parsePage(page(second), 'text'), second * 1000, 'page');
  return learnTarget(history);
}

interface Model {
  readonly values: readonly number[];
  readonly rates: readonly number[];
  readonly memory_s?: number;
  readonly changes_per_s?: number;
  readonly every_s?: number;
  readonly weights: readonly number[];
  readonly factors?: Readonly<Record<string, number>>;
}

function onlyModel({ families }: LearntTarget): Model {
  return families[0]?.series[0]?.model as unknown as Model;
}

describe.each(UNEVEN)('scrapes that are %s', (_, timesS) => {
  it('tell the rate of a counter, its spread and its memory', () => {
    let total = 0;
    const totals = course(1, 90).map((level) => (total += Math.round(50 + 15 * level)));
    const page = (second: number): string => `# TYPE c_total counter\nc_total ${totals[second]}\n`;
    const [one, other] = [onlyModel(learnAt(even, page)), onlyModel(learnAt(timesS, page))];
    expect(one.every_s).toBe(EVERY_S);
    expect(other.every_s).toBe(EVERY_S);
    expectClose(meanOf(other.rates), meanOf(one.rates), 0.02);
    expectClose(spreadOf(other.rates), spreadOf(one.rates), 0.1);
    expectClose(other.memory_s, one.memory_s, 0.2);
  });

  it('tell the levels of a gauge and its memory', () => {
    const levels = course(2, 60).map((level) => 100 + 10 * level);
    const page = (second: number): string => `# TYPE g gauge\ng ${levels[second]}\n`;
    const [one, other] = [onlyModel(learnAt(even, page)), onlyModel(learnAt(timesS, page))];
    expectClose(meanOf(other.values), meanOf(one.values), 0.02);
    expectClose(spreadOf(other.values), spreadOf(one.values), 0.1);
    expectClose(other.memory_s, one.memory_s, 0.2);
  });

  it('tell how often a gauge steps', () => {
    rng.seek(5, 1, 0);
    let level = 0;
    const levels = Array.from({ length: LENGTH_S + EVERY_S }, () => {
      if (rng.float() < 1 / 120) level = Math.floor(1000 * rng.float());
      return level;
    });
    const page = (second: number): string => `# TYPE g gauge\ng ${levels[second]}\n`;
    const [one, other] = [onlyModel(learnAt(even, page)), onlyModel(learnAt(timesS, page))];
    expectClose(one.changes_per_s, 1 / 120, 0.15);
    expectClose(other.changes_per_s, one.changes_per_s, 0.05);
  });

  it('tell how many observations arrive, and where they lie', () => {
    const counts = [0, 0, 0];
    const rows = course(3, 45).map((load) => {
      for (const [i, mean] of [6, 3, 1].entries())
        counts[i] = (counts[i] as number) + Math.max(0, Math.round(mean * (2 + 0.5 * load)));
      return [...counts];
    });
    const page = (second: number): string => {
      const [low = 0, middle = 0, high = 0] = rows[second] ?? [];
      const all = low + middle + high;
      return [
        '# TYPE h histogram',
        `h_bucket{le="1"} ${low}`,
        `h_bucket{le="2"} ${low + middle}`,
        `h_bucket{le="+Inf"} ${all}`,
        `h_sum ${all * 1.2}`,
        `h_count ${all}`,
        '',
      ].join('\n');
    };
    const [one, other] = [onlyModel(learnAt(even, page)), onlyModel(learnAt(timesS, page))];
    expectClose(meanOf(other.rates), meanOf(one.rates), 0.02);
    expectClose(spreadOf(other.rates), spreadOf(one.rates), 0.1);
    expectClose(other.memory_s, one.memory_s, 0.2);
    const [shareOfOther, shareOfOne] = [other, one].map(
      ({ weights }) => (weights[0] as number) / weights.reduce((sum, weight) => sum + weight, 0),
    );
    expectClose(shareOfOther, shareOfOne, 0.01);
  });
});

it('a level that was scraped less often for half of the time is there for half of the time', () => {
  const half = LENGTH_S / 2;
  const timesS = even.filter((time) => time < half || time % (4 * EVERY_S) === 0);
  const levels = course(6, 30).map((level, second) => (second < half ? 100 : 200) + level);
  const page = (second: number): string => `# TYPE g gauge\ng ${levels[second]}\n`;
  expectClose(meanOf(onlyModel(learnAt(timesS, page)).values), 150, 0.02);
});

describe('two targets that are scraped in turns', () => {
  const learnBoth = (levelsOf: (target: number) => readonly number[]): Model[] => {
    const history = createHistory();
    const targets = ['a', 'b'].map((instance, i) => ({ instance, delayS: 7 * i, levels: levelsOf(i) }));
    for (const time of even) {
      for (const { instance, delayS, levels } of targets) {
        const second = time + delayS;
        const page = parsePage(`# TYPE g gauge\ng ${100 + 10 * (levels[second] as number)}\n`, 'text');
        addPage(history, page, second * 1000, instance, { instance });
      }
    }
    return (learnTarget(history).families[0]?.series ?? []).map(({ model }) => model as unknown as Model);
  };

  it('keep their memory', () => {
    const models = learnBoth((target) => course(7 + target, 60));
    expect(models).toHaveLength(2);
    for (const { memory_s: memoryS } of models) expectClose(memoryS, 60, 0.25);
  });

  it('share what they move together by', () => {
    const shared = course(9, 120);
    const loadings = learnBoth(() => shared).map(({ factors = {} }) => factors['shared_1'] ?? 0);
    expect((loadings[0] as number) * (loadings[1] as number)).toBeGreaterThan(0.75);
  });
});

/** Within a share of what is expected. */
function expectClose(actual: number | undefined, expected: number | undefined, share: number): void {
  expect(expected).toBeGreaterThan(0);
  expect(Math.abs((actual ?? Number.NaN) - (expected as number)) / (expected as number)).toBeLessThan(share);
}
