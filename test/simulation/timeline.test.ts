import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { scenarioFields } from '../../src/control/scenario.ts';
import { createTimeline } from '../../src/simulation/timeline.ts';

const spike = { metric: 'm', multiplier: 2 };

/** A timeline of steps [at, for] in seconds. */
function timelineOf(
  steps: readonly (readonly [at: number, length?: number])[],
  loop?: object,
  intervalMs = 1000,
) {
  const scenario = scenarioFields.parse({
    steps: steps.map(([at, length]) => ({ at, for: length, spike })),
    ...(loop && { loop }),
  });
  return createTimeline(scenario, intervalMs);
}

describe('a timeline', () => {
  it.each<[string, Parameters<typeof timelineOf>, number, (readonly [number, number])[]]>([
    ['one step', [[[0, 5]]], 5, [[0, 0]]],
    ['a step later', [[[10, 5]]], 15, [[10, 0]]],
    ['steps in the order of their ticks, not of the file', [[[7, 1], [2, 1]]], 8, [[2, 1], [7, 0]]], // prettier-ignore
    ['steps of one tick in the order of the file', [[[2, 1], [2, 9]]], 11, [[2, 0], [2, 1]]], // prettier-ignore
    ['a step without an end', [[[1]]], Infinity, [[1, 0]]],
    ['rounds one after the other', [[[0, 10]], { times: 3 }], 30, [[0, 0], [10, 0], [20, 0]]], // prettier-ignore
    ['rounds with a pause', [[[0, 3]], { every: 8, times: 2 }], 11, [[0, 0], [8, 0]]], // prettier-ignore
    ['rounds without an end', [[[5, 5]], { every: 10 }], Infinity, [[5, 0], [15, 0], [25, 0]]], // prettier-ignore
    ['times that are rounded up to ticks', [[[0.5, 0.5]], undefined, 1000], 2, [[1, 0]]],
    ['a tick that is shorter than a second', [[[0.5, 1]], undefined, 250], 6, [[2, 0]]],
  ])('has %s', (_, parts, ticks, due) => {
    const timeline = timelineOf(...parts);
    expect(timeline.ticks).toBe(ticks);
    expect(timeline.due(0, 29).map(({ tick, index }) => [tick, index])).toEqual(due);
  });

  it('has steps of one tick, which do not keep it going', () => {
    const scenario = scenarioFields.parse({
      loop: { every: 5 },
      steps: [{ at: 2, effect: { metrics: 'm', reset: true } }],
    });
    const timeline = createTimeline({ ...scenario, loop: undefined }, 1000);
    expect(timeline.ticks).toBe(3);
    expect(
      createTimeline(scenario, 1000)
        .due(0, 9)
        .map(({ tick }) => tick),
    ).toEqual([2, 7]);
  });

  it('is the same asked tick by tick, and over any gap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 })), { minLength: 1 }),
        fc.option(fc.integer({ min: 20, max: 30 })),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        (steps, every, gaps) => {
          const timeline = timelineOf(steps, every === null ? undefined : { every });
          let from = 0;
          const found = gaps.flatMap((gap) => {
            const part = timeline.due(from, from + gap - 1);
            from += gap;
            return part;
          });
          const single = Array.from({ length: from }, (_, tick) => timeline.due(tick, tick)).flat();
          expect(found).toEqual(single);
          expect(timeline.due(0, from - 1)).toEqual(single);
        },
      ),
    );
  });
});
