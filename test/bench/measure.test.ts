import { describe, expect, it } from 'vitest';

import type { Contender } from '../../src/bench/case.ts';
import { measure, timed, type MeasureOptions } from '../../src/bench/measure.ts';

/** Contenders that write down what is done with them and take so many milliseconds of a clock of ours. */
function createStage() {
  const log: string[] = [];
  let now = 0;
  const contender = (name: string, takesMs: number): Contender => ({
    what: name,
    prepare() {
      log.push(`${name}: prepare`);
      return {
        run() {
          log.push(name);
          now += takesMs;
          return [takesMs];
        },
        close() {
          log.push(`${name}: close`);
        },
      };
    },
  });
  const options: MeasureOptions = {
    rounds: { least: 2, most: 3 },
    warmUp: { rounds: 0, limitMs: 0 },
    limitMs: 1000,
    nowMs: () => now,
    collectGarbage: () => void log.push('gc'),
  };
  return { log, contender, options };
}

describe('measure', () => {
  it('takes rounds in turns, with garbage collected before each', async () => {
    const { log, contender, options } = createStage();
    const measured = await measure([contender('a', 1), contender('b', 2)], options);
    expect(log.join(' ')).toBe('a: prepare b: prepare gc a gc b gc a gc b gc a gc b a: close b: close');
    expect(measured).toEqual([
      [[1], [1], [1]],
      [[2], [2], [2]],
    ]);
  });

  it('warms up so often and so long, and does not count that', async () => {
    const { log, contender, options } = createStage();
    const rounds = { least: 1, most: 1 };
    const measured = await measure([contender('slow', 50), contender('fast', 10)], {
      ...options,
      rounds,
      warmUp: { rounds: 2, limitMs: 40 },
    });
    expect(log.filter((entry) => entry === 'slow')).toHaveLength(2 + 1);
    expect(log.filter((entry) => entry === 'fast')).toHaveLength(4 + 1);
    expect(measured).toEqual([[[50]], [[10]]]);
  });

  it.each([
    ['all rounds when there is time', 1, 3],
    ['no more than the time allows', 1001, 2],
  ])('runs %s', async (_, takesMs, expected) => {
    const { contender, options } = createStage();
    const [rounds] = await measure([contender('a', takesMs)], options);
    expect(rounds).toHaveLength(expected);
  });

  it('closes what it opened when a round fails', async () => {
    const { log, contender, options } = createStage();
    const broken: Contender = {
      what: 'broken',
      prepare: () => ({
        run() {
          throw new Error('no numbers today');
        },
      }),
    };
    await expect(measure([contender('a', 1), broken], options)).rejects.toThrow('no numbers today');
    expect(log.at(-1)).toBe('a: close');
  });
});

describe('timed', () => {
  it.each([
    ['work', () => 1],
    ['work that is waited for', () => Promise.resolve(1)],
  ])('gives the milliseconds of %s', async (_, work) => {
    let now = 100;
    const round = timed(work, () => (now += 5));
    expect(await round.run()).toEqual([5]);
  });
});
