/** The daily cycle of a rate, of arrivals or of a level. */
import type { Factor } from '../../series/modulation.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Diurnal {
  /** From 0, no cycle, to 1, where the lowest point is 0. */
  readonly amplitude: number;
  /** Shift as a fraction of a day; 0.25 is six hours earlier. */
  readonly phase: number;
  /** Hours that local time is ahead of UTC. */
  readonly offsetHours: number;
}

/** The factor at a model time: D(t) = 1 + amplitude sin(2 pi (days(t) + phase)), 1 without a cycle. */
export function diurnalFactor(diurnal: Diurnal | undefined, modelMs: number): number {
  if (diurnal === undefined) return 1;
  const { amplitude, phase, offsetHours } = diurnal;
  const days = ((modelMs + offsetHours * HOUR_MS) % DAY_MS) / DAY_MS + phase;
  return 1 + amplitude * Math.sin(2 * Math.PI * (days - Math.floor(days)));
}

/** Multiplies factors by one number; the last product of groups is kept for the other slices of its tick. */
export function createFactorProduct(): (factor: Factor, by: number) => Factor {
  let last: { readonly factor: Factor; readonly by: number; readonly product: Factor } | undefined;
  return (factor, by) => {
    if (typeof factor === 'number') return factor * by;
    if (by === 1) return factor;
    if (last?.factor !== factor || last.by !== by) {
      const { of, byGroup } = factor;
      last = { factor, by, product: { of, byGroup: byGroup.map((one) => one * by) } };
    }
    return last.product;
  };
}
