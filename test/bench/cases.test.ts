import { describe, expect, it } from 'vitest';

import { cases, findCase } from '../../src/bench/cases.ts';
import { figuresOf } from '../../src/bench/figure.ts';

const SERIES = 40;

describe('cases', () => {
  it('have names of their own', () => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(cases.map((found) => [found.name, found] as const))(
    '%s: trials have names of their own',
    (_, found) => {
      for (const series of found.sizes ?? [1, 1000, 1_000_000, 10_000_000]) {
        const names = found.trials({ series, minutes: 1 }).map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }
    },
  );

  it('says which there are when one is not', () => {
    expect(() => findCase('pages')).toThrow(/there is no case pages; cases: tick, page, /);
  });
});

// Those that start processes run in the end-to-end test of the command.
const inProcess = cases.filter(({ quick }) => quick);

describe.each(inProcess.map((found) => [found.name, found] as const))('%s', (_, found) => {
  it.each(found.trials({ series: SERIES, minutes: 1 }).map((trial) => [trial.name, trial] as const))(
    '%s: every contender gives a positive number for each measure, twice',
    async (_name, trial) => {
      const contenders = [trial.direct, ...(trial.library === undefined ? [] : [trial.library])];
      const measured = await Promise.all(
        contenders.map(async ({ prepare }) => {
          const round = await prepare();
          const numbers = [await round.run(), await round.run()];
          await round.close?.();
          return numbers;
        }),
      );
      for (const figure of figuresOf(found, trial, { series: SERIES }, measured)) {
        expect(figure.direct.min).toBeGreaterThan(0);
      }
    },
  );
});
