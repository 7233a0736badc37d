import { describe, expect, it } from 'vitest';

import { createSource } from '../../src/generators/registry.ts';
import { sine } from '../../src/generators/sine.ts';
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
    { options: { phase_spread: 1.5 }, path: 'phase_spread', says: 'Too big: expected number to be <=1' },
  ])('$options are refused at $path: $says', ({ options, path, says }) => {
    const { error } = sine.options.safeParse(options);
    expect(error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, says]]);
  });
});
