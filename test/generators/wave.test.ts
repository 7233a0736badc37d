import { describe, expect, it } from 'vitest';

import { gaussianLevel } from '../../src/generators/gaussian-level.ts';
import { normalCdf } from '../../src/generators/gaussian.ts';
import { createSource } from '../../src/generators/registry.ts';
import { sine } from '../../src/generators/sine.ts';
import { square } from '../../src/generators/square.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import { createTestFamily } from '../support/families.ts';
import { kolmogorovP } from '../support/statistics.ts';

function levelsAt(seconds: number, algorithm: string, options: Record<string, unknown>, slots = 1): number[] {
  const source = createSource(createTestFamily('gauge', slots), { algorithm, options });
  source.start({ tick: 0, modelMs: 0, intervalMs: 1000 }, 0, slots);
  source.advance({ tick: 1, modelMs: seconds * 1000, intervalMs: 1000 }, 0, slots, NEUTRAL);
  return source.column.kind === 'scalar' ? [...source.column.values] : [];
}

describe('sine', () => {
  it.each([
    { seconds: 0, options: {}, level: 0.5, why: 'it starts in the middle' },
    { seconds: 900, options: {}, level: 1, why: 'a quarter of the default hour is the top' },
    { seconds: 2700, options: {}, level: 0, why: 'three quarters the bottom' },
    { seconds: 7200 + 900, options: {}, level: 1, why: 'and so in every period' },
    { seconds: 0, options: { phase: 0.25 }, level: 1, why: 'phase is a fraction of the period' },
    { seconds: 0, options: { phase: -0.25 }, level: 0, why: 'which may be negative' },
    { seconds: 5, options: { min: -10, max: 0, period_s: 20 }, level: 0, why: 'a maximum of 0 is a maximum' },
    {
      seconds: 15,
      options: { min: -10, max: 0, period_s: '20s' },
      level: -10,
      why: 'a period may have a unit',
    },
    { seconds: -900, options: {}, level: 0, why: 'before 1970 it swings as well' },
  ])('at $seconds s with $options is $level: $why', ({ seconds, options, level }) => {
    expect(levelsAt(seconds, 'sine', options)[0]).toBeCloseTo(level, 12);
  });
});

describe('sawtooth', () => {
  it.each([
    { seconds: 0, options: {}, level: 0, why: 'it starts at the bottom' },
    { seconds: 1800, options: {}, level: 0.5, why: 'rises evenly' },
    { seconds: 3600, options: {}, level: 0, why: 'and falls at once' },
    { seconds: 9, options: { min: -1, max: 4, period_s: 10 }, level: 3.5, why: 'from min to max' },
    { seconds: 9, options: { period_s: 10, phase: 0.2 }, level: 0.1, why: 'ahead by its phase' },
    { seconds: -1, options: { period_s: 10 }, level: 0.9, why: 'before 1970 it rises as well' },
  ])('at $seconds s with $options is $level: $why', ({ seconds, options, level }) => {
    expect(levelsAt(seconds, 'sawtooth', options)[0]).toBeCloseTo(level, 12);
  });
});

describe('the other waves', () => {
  it.each([
    { algorithm: 'cosine', options: {}, levels: [1, 0.5, 0, 0.5, 1], why: 'a sine that begins at max' },
    { algorithm: 'ramp', options: {}, levels: [0, 0.25, 0.5, 0.75, 0], why: 'as a sawtooth' },
    { algorithm: 'ramp', options: { invert: true }, levels: [1, 0.75, 0.5, 0.25, 1], why: 'that may fall' },
    { algorithm: 'triangle', options: {}, levels: [0, 0.5, 1, 0.5, 0], why: 'up and down' },
    { algorithm: 'triangle', options: { phase: 0.5 }, levels: [1, 0.5, 0, 0.5, 1], why: 'down and up' },
    { algorithm: 'square', options: {}, levels: [1, 1, 0, 0, 1], why: 'half of the period is high' },
    {
      algorithm: 'square',
      options: { duty_cycle: 0.25 },
      levels: [1, 0, 0, 0, 1],
      why: 'when the share is over, it is low at once',
    },
    {
      algorithm: 'square',
      options: { duty_cycle: 0.25, invert: true },
      levels: [0, 1, 1, 1, 0],
      why: 'inverted, the share is the low one',
    },
    { algorithm: 'square', options: { duty_cycle: 0 }, levels: [0, 0, 0, 0, 0], why: 'never is never' },
    { algorithm: 'square', options: { duty_cycle: 1 }, levels: [1, 1, 1, 1, 1], why: 'always is always' },
    {
      algorithm: 'step',
      options: { min: 10, max: 40 },
      levels: [10, 20, 30, 40, 10],
      why: 'four levels, both ends among them',
    },
    {
      algorithm: 'step',
      options: { steps: 2, invert: true },
      levels: [1, 1, 0, 0, 1],
      why: 'two levels, the upper one first',
    },
  ])('$algorithm with $options goes $levels: $why', ({ algorithm, options, levels }) => {
    const shown = levels.map((_, i) => levelsAt(i * 900, algorithm, options)[0] as number);
    for (const [i, level] of levels.entries()) expect(shown[i], `quarter ${i}`).toBeCloseTo(level, 12);
  });

  it('shows the bounds themselves at both ends, not what rounding makes of them', () => {
    const options = { min: 0.1, max: 0.7, period_s: 4 };
    const shown = [0, 1, 2, 3].map((seconds) => levelsAt(seconds, 'square', options)[0]);
    expect(shown).toEqual([0.7, 0.7, 0.1, 0.1]);
  });
});

describe('the value kinds of mocktrics', () => {
  const period = 40;
  const turns = Array.from({ length: 100 }, (_, seconds) => ({ seconds, p: (seconds % period) / period }));

  it.each([
    {
      kind: 'static',
      algorithm: 'constant',
      options: { start: 7.5 },
      formula: () => 7.5,
    },
    {
      kind: 'ramp',
      algorithm: 'ramp',
      options: { min: 3, max: 15, period_s: '40s' },
      formula: (p: number) => p * 12 + 3,
    },
    {
      kind: 'ramp, inverted',
      algorithm: 'ramp',
      options: { min: 3, max: 15, period_s: '40s', invert: true },
      formula: (p: number) => 12 - p * 12 + 3,
    },
    {
      kind: 'square: its duty includes the instant at which it ends, so ours is a hair longer',
      algorithm: 'square',
      options: { min: -2, max: 6, period_s: '40s', duty_cycle: 0.25000001 },
      formula: (p: number) => (p <= 0.25 ? 8 : 0) - 2,
    },
    {
      kind: 'square, inverted',
      algorithm: 'square',
      options: { min: -2, max: 6, period_s: '40s', duty_cycle: 0.25, invert: true },
      formula: (p: number) => (p < 0.25 ? 0 : 8) - 2,
    },
    {
      kind: 'sine',
      algorithm: 'sine',
      options: { min: -5, max: 15, period_s: '40s' },
      formula: (p: number) => Math.sin(2 * Math.PI * p) * 10 + 5,
    },
  ])('$kind is $algorithm with $options', ({ algorithm, options, formula }) => {
    const shown = turns.map(({ seconds }) => levelsAt(seconds, algorithm, options)[0]);
    for (const [i, { p }] of turns.entries()) expect(shown[i], `second ${i}`).toBeCloseTo(formula(p), 12);
  });

  it('gaussian is gaussian: mean and sigma, anew every tick and series', () => {
    const options = { mean: 20, sigma: 4 };
    const first = levelsAt(0, 'gaussian', options, 5000);
    const mean = first.reduce((sum, x) => sum + x, 0) / first.length;
    expect(Math.abs(mean - 20)).toBeLessThan(0.25);
    expect(kolmogorovP(first, (x) => normalCdf((x - 20) / 4))).toBeGreaterThan(1e-3);
  });
});

describe('gaussian', () => {
  it('is held within its clamp, by day and night', () => {
    const levels = levelsAt(0, 'gaussian', { sigma: 10, clamp: [-1, 2] }, 500);
    expect(new Set(levels.filter((x) => x < -0.999 || x > 1.999))).toEqual(new Set([-1, 2]));
    expect(levels.every((x) => x >= -1 && x <= 2)).toBe(true);
  });

  it('refuses a clamp whose bounds are the wrong way round', () => {
    const { error } = gaussianLevel.options.safeParse({ clamp: [2, -1] });
    expect(error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual([
      'clamp is [2, -1]; the first bound is the lower one: [-1, 2]',
    ]);
  });
});

describe('phase_spread', () => {
  it.each([
    { spread: 0, why: 'all together' },
    { spread: 0.5, why: 'over half the period' },
    { spread: 1, why: 'anywhere in the period' },
  ])('$spread puts series $why', ({ spread }) => {
    const levels = levelsAt(0, 'sawtooth', { phase_spread: spread }, 5000);
    if (spread === 0) expect(new Set(levels)).toEqual(new Set([0]));
    else expect(kolmogorovP(levels, (x) => Math.min(1, x / spread))).toBeGreaterThan(1e-3);
  });

  it('stays with a series', () => {
    const options = { phase_spread: 1, period_s: 100 };
    const [before, after] = [0, 30].map((seconds) => levelsAt(seconds, 'sawtooth', options, 50));
    for (const [slot, level] of (before ?? []).entries()) {
      expect(((after?.[slot] ?? 0) - level + 1) % 1).toBeCloseTo(0.3, 9);
    }
  });
});

describe('options of waves', () => {
  it.each([
    { options: { min: 2 }, path: 'max', says: 'is 1; it must be min (2) or more' },
    { options: { period_s: 0 }, path: 'period_s', says: 'is 0 s; needs more than 0' },
    { options: { period_s: -5 }, path: 'period_s', says: 'is -5 s; needs more than 0' },
    {
      algorithm: square,
      options: { duty_cycle: 25 },
      path: 'duty_cycle',
      says: 'is 25; needs a share from 0 to 1: a quarter (25 %) is 0.25',
    },
    {
      algorithm: square,
      options: { min: 2, invert: true },
      path: 'max',
      says: 'is 1; it must be min (2) or more',
    },
    { options: { phase_spread: 1.5 }, path: 'phase_spread', says: 'Too big: expected number to be <=1' },
  ])('$options are refused at $path: $says', ({ algorithm = sine, options, path, says }) => {
    const { error } = algorithm.options.safeParse(options);
    expect(error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, says]]);
  });
});
