import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import * as build from '../../src/patterns/build.ts';
import { formatNotation, parseNotation, type NotationItem } from '../../src/patterns/notation.ts';
import { isEmpty, isEndless, withEnd, type EndStrategy, type Pattern } from '../../src/patterns/pattern.ts';
import { play } from '../../src/patterns/play.ts';
import { createTrack } from '../../src/patterns/track.ts';

const { abs, add, clamp, constant, div, gap, gaussian, hold, join, linear, loop } = build;
const { max, min, mul, random, round, sine, square, step, sub, take, triangle, values } = build;

/** What is seen of a pattern: `_` is a gap, `.` the end. */
function seen(pattern: Pattern, ticks = 12, interval: string | number = 1): (number | string)[] {
  const shown: (number | string)[] = [];
  for (const value of play(pattern, { interval })) {
    shown.push(value === undefined ? '_' : Math.round(value * 1e9) / 1e9);
    if (shown.length === ticks) return shown;
  }
  return [...shown, '.'];
}

const line = linear(10, 20, 3);

describe('what a pattern is tick by tick', () => {
  it.each<{ name: string; pattern: Pattern; is: (number | string)[]; why: string; every?: string }>([
    { name: 'a number', pattern: 7, is: [7, 7, 7, 7], why: 'goes on for ever' },
    { name: 'constant', pattern: constant(7, 2), is: [7, 7, '.'], why: 'unless it has a length' },
    { name: 'linear', pattern: linear(10, 20, 3), is: [10, 15, 20, '.'], why: 'both ends are included' },
    { name: 'linear, one tick', pattern: linear(10, 20, 1), is: [10, '.'], why: 'gives the start only' },
    { name: 'linear, down', pattern: linear(2, -1, 4), is: [2, 1, 0, -1, '.'], why: 'it may fall' },
    { name: 'values', pattern: values(1, null, 3), is: [1, '_', 3, '.'], why: 'in order, then it is over' },
    { name: 'gap', pattern: gap(2), is: ['_', '_', '.'], why: 'so many ticks without a value' },
    { name: 'gap 0', pattern: gap(0), is: ['.'], why: 'none is nothing' },
    {
      name: 'gap by time',
      pattern: gap('25s'),
      is: ['_', '_', '_', '.'],
      every: '10s',
      why: 'in whole ticks',
    },
    { name: 'join', pattern: join(line, gap(1), 3), is: [10, 15, 20, '_', 3, 3], why: 'one after the other' },
    { name: 'join of none', pattern: join(), is: ['.'], why: 'is over at once' },
    {
      name: 'join, twice the same',
      pattern: join(line, line),
      is: [10, 15, 20, 10, 15, 20, '.'],
      why: 'each begins afresh',
    },
    { name: 'a list', pattern: [line, values(1)], is: [10, 15, 20, 1, '.'], why: 'is a join' },
    { name: 'loop', pattern: loop(values(1, 2), 2), is: [1, 2, 1, 2, '.'], why: 'fresh passes' },
    { name: 'loop 0', pattern: loop(values(1, 2), 0), is: ['.'], why: 'no pass is nothing' },
    { name: 'loop for ever', pattern: loop(values(1, 2)), is: [1, 2, 1, 2, 1], why: 'it never ends' },
    { name: 'loop of nothing', pattern: loop(join()), is: ['.'], why: 'never spins' },
    { name: 'loop of no gap', pattern: loop(gap(0), 5), is: ['.'], why: 'nothing five times is nothing' },
    {
      name: 'nested',
      pattern: loop(join(loop(values(1), 2), gap(1)), 2),
      is: [1, 1, '_', 1, 1, '_', '.'],
      why: 'loops hold joins hold loops',
    },
    { name: 'hold', pattern: hold(line), is: [10, 15, 20, 20, 20], why: 'the last value stays' },
    {
      name: 'hold of a gap',
      pattern: hold(values(1, null)),
      is: [1, '_', '_', '_'],
      why: 'a last gap stays a gap',
    },
    { name: 'hold of nothing', pattern: hold(join()), is: ['.'], why: 'there is nothing to hold' },
    { name: 'take', pattern: take(loop(values(1, 2)), 3), is: [1, 2, 1, '.'], why: 'the beginning' },
    {
      name: 'notation',
      pattern: '0+10x2 _x2 stale 5x1',
      is: [0, 10, 20, '_', '_', '_', 5, 5, '.'],
      why: "promtool's own",
    },
    {
      name: 'add',
      pattern: add(line, values(1, null, 3, 4)),
      is: [11, '_', 23, '.'],
      why: 'a gap is a gap, the shortest ends it',
    },
    { name: 'sub', pattern: sub(20, line, 1), is: [9, 4, -1, '.'], why: 'the first less the others' },
    { name: 'mul', pattern: mul(line, 2), is: [20, 30, 40, '.'], why: 'a number goes with all' },
    {
      name: 'div',
      pattern: div(6, values(2, 0, 3)),
      is: [3, '_', 2, '.'],
      why: 'what is no number is a gap',
    },
    { name: 'min', pattern: min(line, 12), is: [10, 12, 12, '.'], why: 'the least' },
    { name: 'max', pattern: max(line, 12), is: [12, 15, 20, '.'], why: 'the greatest' },
    { name: 'clamp', pattern: clamp(line, 12, 18), is: [12, 15, 18, '.'], why: 'held between' },
    { name: 'abs', pattern: abs(linear(-1, 1, 3)), is: [1, 0, 1, '.'], why: 'without sign' },
    {
      name: 'round',
      pattern: round(values(1.25, -1.25, 2.5), 1),
      is: [1.3, -1.2, 2.5, '.'],
      why: 'halves upwards',
    },
    {
      name: 'sine',
      pattern: sine({ period_s: 4, min: -1, max: 1 }),
      is: [0, 1, 0, -1, 0],
      why: 'from its start',
    },
    {
      name: 'square',
      pattern: square({ period_s: 4, duty_cycle: 0.25 }),
      is: [1, 0, 0, 0, 1],
      why: 'a quarter is high',
    },
    {
      name: 'triangle',
      pattern: triangle({ period_s: 4, ticks: 5 }),
      is: [0, 0.5, 1, 0.5, 0, '.'],
      why: 'up and down',
    },
    {
      name: 'step',
      pattern: step({ period_s: 4, steps: 2, max: 10 }),
      is: [0, 0, 10, 10, 0],
      why: 'in steps',
    },
  ])('$name is $is: $why', ({ pattern, is, every }) => {
    expect(seen(pattern, is.at(-1) === '.' ? 100 : is.length, every)).toEqual(is);
  });

  it.each<{ open?: 'left' | 'right' | 'both' | 'none'; is: (number | string)[]; why: string }>([
    { is: [0, 10, 20, 30, '.'], why: 'the end is left to what follows' },
    { open: 'right', is: [0, 10, 20, 30, '.'], why: 'which can be said' },
    { open: 'none', is: [0, 10, 20, 30, 40, '.'], why: 'both ends are there' },
    { open: 'left', is: ['_', 10, 20, 30, 40, '.'], why: 'no value at the beginning' },
    { open: 'both', is: ['_', 10, 20, 30, '.'], why: 'no value at either end' },
  ])('a segment of 40 s, open $open, is $is every 10 s: $why', ({ open, is }) => {
    expect(seen(linear(0, 40, { for: '40s', open }), 100, '10s')).toEqual(is);
  });

  it('a segment whose time is no whole number of ticks has a value at each tick within', () => {
    expect(seen(linear(0, 25, '25s'), 100, '10s')).toEqual([0, 10, 20, '.']);
    expect(seen(linear(0, 25, { for: '25s', open: 'none' }), 100, '10s')).toEqual([0, 10, 20, '.']);
  });

  it.each<{ end: EndStrategy; is: (number | string)[]; why: string }>([
    { end: 'loop', is: [1, '_', 1, '_', 1, '_'], why: 'begins again, for ever' },
    { end: 'hold', is: [1, '_', '_', '_', '_', '_'], why: 'the last one stays, a gap here' },
    { end: 9, is: [1, '_', 9, 9, 9, 9], why: 'a value of its own' },
    { end: 'gap', is: [1, '_', '_', '_', '_', '_'], why: 'or none' },
    { end: 'remove', is: [1, '_', '.'], why: 'the series ends' },
  ])('the end strategy $end gives $is: $why', ({ end, is }) => {
    expect(seen(withEnd(values(1, null), end), 6)).toEqual(is);
  });
});

describe('random patterns', () => {
  it('draw for themselves: two in one pattern differ, and so do passes of a loop', () => {
    const [first, second] = [0, 1].map((i) =>
      seen(i === 0 ? random(0, 1, 50) : sub(add(random(0, 1), random(0, 1)), random(0, 1)), 50),
    );
    expect(new Set(first).size).toBeGreaterThan(45);
    expect(first).not.toEqual(second);
    const passes = seen(loop(random(0, 1, 5), 2), 100);
    expect(passes.slice(0, 5)).not.toEqual(passes.slice(5, 10));
  });

  it('are the same with the same seed, and held at the very value of their last tick', () => {
    expect([...play(random(5, 6, 4), { seed: 1 })]).toEqual([...play(random(5, 6, 4), { seed: 1 })]);
    expect([...play(random(5, 6, 4), { seed: 1 })]).not.toEqual([...play(random(5, 6, 4), { seed: 2 })]);
    const held = seen(hold(random(5, 6, 4)), 9);
    expect(new Set(held.slice(3)).size).toBe(1);
    expect(held.slice(0, 4)).toEqual(seen(random(5, 6, 4)).slice(0, 4));
  });

  it('lie within the bounds that are known beforehand', () => {
    const pattern = add(gaussian(10, 2), random(-1, 1));
    const { low, high } = createTrack(pattern, { intervalMs: 1000 });
    expect([low, high]).toEqual([-17, 37]);
    for (const value of play(take(pattern, 1000)))
      expect(value).toSatisfy((x: number) => x >= low && x <= high);
  });
});

// ---- Laws

const leaf: fc.Arbitrary<Pattern> = fc.oneof(
  fc
    .record({
      from: fc.integer({ min: -9, max: 9 }),
      to: fc.integer({ min: -9, max: 9 }),
      n: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ from, to, n }) => linear(from, to, n)),
  fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { maxLength: 4 }).map((list) => values(...list)),
  fc.nat(3).map((n) => gap(n)),
  fc.integer({ min: 1, max: 4 }).map((n) => random(0, 1, n)),
  fc.constantFrom('0+2x3 _x2 7', '', '_', 'stale 1'),
);
const finite: fc.Arbitrary<Pattern> = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('pattern'), { maxLength: 3 }).map((parts) => join(...parts)),
    fc.tuple(tie('pattern'), fc.nat(3)).map(([of, times]) => loop(of, times)),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => add(a, b)),
    fc.tuple(tie('pattern'), fc.integer({ min: 1, max: 9 })).map(([of, n]) => take(of, n)),
  ),
})).pattern;

const SETTINGS = { numRuns: 200, seed: 5 };
/** Without draws, whose streams depend on where they stand. */
const settled = finite.filter((pattern) => !createTrack(pattern, { intervalMs: 1000 }).isRandom);

describe('laws', () => {
  it('a loop of one pass is the pattern', () => {
    fc.assert(
      fc.property(finite, (p) => {
        expect(seen(loop(p, 1), 500)).toEqual(seen(p, 500));
      }),
      SETTINGS,
    );
  });

  it('join is associative, and nothing is its unit', () => {
    fc.assert(
      fc.property(settled, settled, settled, (a, b, c) => {
        expect(seen(join(join(a, b), c), 500)).toEqual(seen(join(a, join(b, c)), 500));
        expect(seen(join(a, join()), 500)).toEqual(seen(a, 500));
        expect(seen(join(join(), a), 500)).toEqual(seen(a, 500));
      }),
      SETTINGS,
    );
  });

  it('lengths add up, gaps keep theirs, and a loop is its passes joined', () => {
    fc.assert(
      fc.property(settled, fc.nat(5), fc.nat(3), (p, n, times) => {
        const length = (one: Pattern): number => createTrack(one, { intervalMs: 1000 }).length;
        expect(length(join(p, gap(n)))).toBe(length(p) + n);
        expect(seen(join(gap(n), p), 500)).toEqual(
          [...Array.from({ length: n }, () => '_'), ...seen(p, 500)].slice(0, 500),
        );
        expect(seen(loop(p, times), 500)).toEqual(seen(join(...Array.from({ length: times }, () => p)), 500));
      }),
      SETTINGS,
    );
  });

  it('values lie within the bounds, gaps are announced, and emptiness and endlessness are known without an interval', () => {
    fc.assert(
      fc.property(finite, fc.constantFrom<EndStrategy>('hold', 'loop', 'remove', 'gap', 3), (p, end) => {
        const whole = withEnd(p, end);
        const { low, high, hasGaps, length } = createTrack(whole, { intervalMs: 1000 });
        expect(isEndless(whole)).toBe(length === Number.POSITIVE_INFINITY);
        expect(isEmpty(whole)).toBe(length === 0);
        const shown = seen(whole, 60).filter((x) => x !== '.');
        for (const x of shown) {
          if (x === '_') expect(hasGaps).toBe(true);
          else expect(x as number).toSatisfy((value: number) => value >= low - 1e-9 && value <= high + 1e-9);
        }
      }),
      SETTINGS,
    );
  });
});

describe("promtool's notation", () => {
  it.each([
    ['-2+4x3', [-2, 2, 6, 10]],
    ['1-2x4', [1, -1, -3, -5, -7]],
    ['1x4', [1, 1, 1, 1, 1]],
    ['1 _x3', [1, '_', '_', '_']],
    ['4 stale 4e1', [4, '_', 40]],
    ['  7\n8\t.5  ', [7, 8, 0.5]],
  ])('%s is %j', (text, is) => {
    expect(seen(text)).toEqual([...is, '.']);
  });

  it('sums as promtool does, step by step', () => {
    expect([...play('0+0.1x3')]).toEqual([0, 0.1, 0.2, 0.1 + 0.1 + 0.1]);
  });

  it.each([
    ['1 2y 3', 'has an item "2y"; needs values, a+bxn, a-bxn, axn, _, _xn or stale'],
    ['1+x3', 'has an item "1+x3"'],
    ['0x10x', 'has an item "0x10x"'],
    ['{{schema:0}}', 'histograms cannot be written so'],
    ['NaN', 'has an item "NaN"'],
    ['1x99999999', 'comes to 100000000 samples; at most 10000000 are possible'],
    ['1e308+1e308x5', 'has an item "1e308+1e308x5" beyond what a number holds'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseNotation(text)).toThrow(message);
  });

  it('reads back what it writes', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((x) => x + 0);
    const item = fc.oneof<fc.Arbitrary<NotationItem>[]>(
      fc.record({
        kind: fc.constant('run' as const),
        start: number,
        step: number,
        times: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ kind: fc.constant('run' as const), start: number, step: fc.constant(0), times: fc.nat(9) }),
      fc.record({ kind: fc.constant('gap' as const), ticks: fc.nat(9) }),
      fc.constant({ kind: 'stale' as const }),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), (items) => {
        expect(parseNotation(formatNotation(items))).toEqual(items);
        expect(formatNotation(parseNotation(formatNotation(items)))).toBe(formatNotation(items));
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
