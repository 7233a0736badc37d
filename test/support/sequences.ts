/** fast-check arbitrary of runs in which families change and labels turn over. */
import fc from 'fast-check';

import type { DeclaredType } from '../../src/series/family.ts';
import { BIRTH_MS, type FamilyInput } from './frames.ts';

/** What tells one family from the others. */
type Kind = Pick<FamilyInput, 'name' | 'type' | 'prometheus' | 'otel'> & { readonly declared?: DeclaredType };

const BUILD_INFO = { name: 'build_info', unit: '' };

const KINDS: readonly Kind[] = [
  { name: 'counter', type: 'counter' },
  { name: 'gauge', type: 'gauge' },
  { name: 'histogram', type: 'histogram' },
  { name: 'summary', type: 'summary' },
  { name: 'updown', type: 'gauge', declared: 'updown' },
  { name: 'build', type: 'gauge', declared: 'info', prometheus: BUILD_INFO, otel: BUILD_INFO },
];

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
  .array(fc.tuple(...KINDS.map(() => FAMILY)), { minLength: 2, maxLength: 6 })
  .map((ticks) => {
    const generations = KINDS.map(() => [0, 0, 0]);
    const births = KINDS.map(() => [BIRTH_MS, BIRTH_MS, BIRTH_MS]);
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
        const kind = KINDS[f] as Kind;
        const series = slots.slice(0, variant === 1 ? 2 : 3).map(({ present, value }, slot) => ({
          labels: { pod: `${slot}-${generation[slot]}`, ...(variant === 2 ? { zone: 'a' } : {}) },
          present,
          birthMs: birth[slot],
          value: kind.declared === 'info' ? 1 : value,
          counts: [value, 1],
          quantiles: [value / 7],
          count: value + 1,
          sum: value / 3,
        }));
        return [
          {
            ...kind,
            help: variant === 3 ? 'Other.' : '',
            bounds: [1],
            quantiles: [0.5],
            turnover: 'pod',
            ...(succeeds ? { succeeds: kind.name } : {}),
            series,
          } as FamilyInput,
        ];
      }),
    );
  });
