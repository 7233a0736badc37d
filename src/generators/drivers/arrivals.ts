/** How many observations a cell gets, and when so many that they are drawn together. */
import { poisson } from '../../util/draws.ts';
import type { Rng } from '../../util/rng.ts';

/** With more arrivals in a cell than this, observations are drawn together (bulk.ts), if the family may. */
export const RAW_LIMIT = 32;

export interface Arrivals {
  /** Mean per second and series; `undefined` is exactly one a tick. */
  readonly observationsPerS: number | undefined;
  /** `fixed`: the whole part of the mean, and one more by the chance of its fraction. `poisson`: a Poisson count. */
  readonly process: 'fixed' | 'poisson';
}

export const ONE_A_TICK: Arrivals = { observationsPerS: undefined, process: 'fixed' };

/** Mean arrivals of a tick before modulation. */
export function arrivalsPerTick({ observationsPerS }: Arrivals, intervalMs: number): number {
  return observationsPerS === undefined ? 1 : (observationsPerS * intervalMs) / 1000;
}

/** The number of arrivals in a cell with a given mean. */
export function drawArrivals(rng: Rng, process: Arrivals['process'], mean: number): number {
  if (process === 'poisson') return poisson(rng, mean);
  const whole = Math.floor(mean);
  const fraction = mean - whole;
  return fraction > 0 && rng.float() < fraction ? whole + 1 : whole;
}

/**
 * Whether a family keeps raw observations (`Family.rawObservations`): at most 32 arrivals are expected in a cell at the
 * top of its diurnal cycle. Such a family is drawn one by one always, also when an effect multiplies its arrivals:
 * its values must not depend on which sinks are on, so it becomes slower rather than different. Other families
 * are drawn one by one in cells of up to 32 arrivals and together above.
 */
export function hasRawObservations(arrivals: Arrivals, intervalMs: number, diurnalAmplitude = 0): boolean {
  return arrivalsPerTick(arrivals, intervalMs) * (1 + diurnalAmplitude) <= RAW_LIMIT;
}
