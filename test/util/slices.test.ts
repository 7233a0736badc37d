import { describe, expect, it } from 'vitest';

import { atOnce, inSlices, SLICE_MS } from '../../src/util/slices.ts';

/** So many steps, each of which takes so long on the clock that is handed in. */
function* work(steps: number, take: () => void): Generator<void, string> {
  for (let step = 0; step < steps; step++) {
    take();
    yield;
  }
  return 'done';
}

describe('work in slices', () => {
  it.each([
    ['that is short has no turn of others in between', 3, 1, 0],
    ['lets others in as soon as a slice is full', 4, SLICE_MS, 4],
    ['gathers short steps into slices', 32, SLICE_MS / 4, 8],
  ])('%s', async (_, steps, ms, turns) => {
    let now = 0;
    let yielded = 0;
    const result = await inSlices(
      work(steps, () => (now += ms)),
      {
        nowMs: () => now,
        yieldNow() {
          yielded += 1;
          return Promise.resolve();
        },
      },
    );
    expect([result, yielded]).toEqual(['done', turns]);
  });

  it('fails as the work does', async () => {
    const failing = work(2, () => {
      throw new Error('no');
    });
    await expect(inSlices(failing, { nowMs: () => 0, yieldNow: () => Promise.resolve() })).rejects.toThrow(
      'no',
    );
  });

  it('gives the same at once', () => {
    expect(atOnce(work(3, () => undefined))).toBe('done');
  });
});
