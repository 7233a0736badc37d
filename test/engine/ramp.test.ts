import { describe, expect, it } from 'vitest';

import { rampStrength, strengthAt, type Course, type Shape } from '../../src/engine/ramp.ts';

const course = (parts: Partial<Course>): Course => ({
  fromTick: 2,
  untilTick: Number.POSITIVE_INFINITY,
  shape: 'linear',
  upTicks: 0,
  downFromTick: Number.POSITIVE_INFINITY,
  downTicks: 0,
  ...parts,
});

const strengths = (parts: Partial<Course>, ticks: number): number[] =>
  Array.from({ length: ticks }, (_, tick) => strengthAt(course(parts), tick));

describe('the strength of an effect', () => {
  it.each<[string, Partial<Course>, number[]]>([
    ['is full from its first tick on without ramps', {}, [0, 0, 1, 1]],
    ['is none from its end on', { untilTick: 4 }, [0, 0, 1, 1, 0]],
    ['grows to full in the last tick of the ramp up', { upTicks: 4 }, [0, 0, 0.25, 0.5, 0.75, 1, 1]],
    [
      'falls from full in the first tick of the ramp down, as the mirror image',
      { untilTick: 8, downFromTick: 4, downTicks: 4 },
      [0, 0, 1, 1, 1, 0.75, 0.5, 0.25, 0],
    ],
    [
      'is the weaker one where ramps overlap',
      { untilTick: 5, upTicks: 2, downFromTick: 3, downTicks: 2 },
      [0, 0, 0.5, 1, 0.5, 0],
    ],
    ['may be there for one tick, with a ramp of one', { untilTick: 3, upTicks: 1 }, [0, 0, 1, 0]],
    [
      'ends at once when it is cut short, and was before what it was',
      { untilTick: 6, downFromTick: 4, downTicks: 4 },
      [0, 0, 1, 1, 1, 0.75, 0, 0],
    ],
  ])('%s', (_, parts, expected) => {
    expect(strengths(parts, expected.length)).toEqual(expected);
  });

  it.each<[Shape, number, number, number]>([
    ['step', 1, 1, 1],
    ['linear', 0.25, 0.5, 0.75],
    ['sine', 0.14644660940672624, 0.5, 0.8535533905932737],
    // (e^5p - 1) / (e^5 - 1)
    ['exponential', 0.01689362722176621, 0.07585818002124355, 0.2816646916247862],
  ])('%s after a quarter, a half and three quarters of a ramp', (shape, ...expected) => {
    const found = [0.25, 0.5, 0.75].map((p) => rampStrength(shape, p));
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 14);
  });

  it.each<Shape>(['linear', 'sine', 'exponential'])('%s goes from 0 to 1 and never back', (shape) => {
    const found = Array.from({ length: 101 }, (_, i) => rampStrength(shape, i / 100));
    expect([found[0], found[100]]).toEqual([0, 1]);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });
});
