import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createRateLimit } from '../../src/api/limits.ts';

/** A limit under a clock that the test moves. */
function createStage(perSecond: number) {
  let ms = 0;
  const take = createRateLimit(perSecond, () => ms);
  return {
    take,
    /** How many of so many requests are let through. */
    passed: (requests: number) => Array.from({ length: requests }, take).filter((wait) => wait === 0).length,
    advance: (by: number) => (ms += by),
  };
}

describe('a limit of requests', () => {
  it('lets those of one second through at once, and no more', () => {
    expect(createStage(5).passed(20)).toBe(5);
  });

  it('says how long to wait, and keeps to it', () => {
    const { take, passed, advance } = createStage(4);
    passed(4);
    expect(take()).toBe(0.25);
    advance(249);
    expect(take()).toBeCloseTo(0.001, 9);
    advance(1);
    expect([take(), take()]).toEqual([0, 0.25]);
  });

  it('saves no more than one second', () => {
    const { passed, advance } = createStage(5);
    advance(3_600_000);
    expect(passed(20)).toBe(5);
  });

  it('takes nothing for what it refuses', () => {
    const { passed, advance } = createStage(2);
    passed(1000);
    advance(1000);
    expect(passed(3)).toBe(2);
  });

  it('lets no more through in any time than that time and one second have', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), gaps, (perSecond, steps) => {
        const { passed, advance } = createStage(perSecond);
        let total = 0;
        let elapsed = 0;
        for (const step of steps) {
          advance(step);
          elapsed += step;
          total += passed(10);
        }
        expect(total).toBeLessThanOrEqual(perSecond * (1 + elapsed / 1000) + 1e-6);
      }),
      { seed: 42 },
    );
  });
});
