/** fast-check arbitrary of runs in which families change and labels turn over. */
import fc from 'fast-check';

import { BIRTH_MS, type FamilyInput } from './frames.ts';

const TYPES = ['counter', 'gauge', 'histogram', 'summary'] as const;

/** What happens to a slot in a tick. */
const SLOT = fc.record({
  present: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  /** Gets another pod, and so is another series. */
  turns: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  /** Starts again with a birth of its own. */
  restarts: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  value: fc.nat(1000),
});

/** What a family is in a tick, if it is there. */
const FAMILY = fc.option(
  fc.record({
    /** Another one is another family: fewer slots, another help, other label names. */
    variant: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3)),
    succeeds: fc.boolean(),
    slots: fc.tuple(SLOT, SLOT, SLOT),
  }),
  { freq: 6 },
);

/** The families at tick 1, 2, ... No pod has the name of an earlier one in its place. */
export const sequences: fc.Arbitrary<FamilyInput[][]> = fc
  .array(fc.tuple(FAMILY, FAMILY, FAMILY, FAMILY), { minLength: 2, maxLength: 8 })
  .map((ticks) => {
    const generations = TYPES.map(() => [0, 0, 0]);
    const births = TYPES.map(() => [BIRTH_MS, BIRTH_MS, BIRTH_MS]);
    return ticks.map((families, tick) =>
      families.flatMap((family, f): FamilyInput[] => {
        const generation = generations[f] as number[];
        const birth = births[f] as number[];
        const { slots = [] } = family ?? {};
        for (const [slot, { turns, restarts }] of slots.entries()) {
          if (turns) generation[slot] = (generation[slot] as number) + 1;
          if (turns || restarts) birth[slot] = BIRTH_MS + 1000 * (tick + 1);
        }
        if (family === null) return [];
        const { variant, succeeds } = family;
        const type = TYPES[f] as FamilyInput['type'];
        const series = slots.slice(0, variant === 1 ? 2 : 3).map(({ present, value }, slot) => ({
          labels: { pod: `${slot}-${generation[slot]}`, ...(variant === 2 ? { zone: 'a' } : {}) },
          present,
          birthMs: birth[slot],
          value,
          counts: [value, 1],
          quantiles: [value / 7],
          count: value + 1,
          sum: value / 3,
        }));
        return [
          {
            name: type,
            type,
            help: variant === 3 ? 'Other.' : '',
            bounds: [1],
            quantiles: [0.5],
            turnover: 'pod',
            ...(succeeds ? { succeeds: type } : {}),
            series,
          } as FamilyInput,
        ];
      }),
    );
  });
