/** How many observations a cell gets, and when so many that they are drawn together. */
import { createReader } from '../../patterns/reader.ts';
import type { Family } from '../../series/family.ts';
import { poisson } from '../../util/draws.ts';
import type { Factor, Variants } from '../../series/modulation.ts';
import type { Moment } from '../../series/source.ts';
import { Rng } from '../../util/rng.ts';
import type { Batch, ScalarGenerator } from '../generator.ts';
import { boundsOf, isPatterned, trackOf, type Patterned } from '../patterned.ts';
import { createBatch, createCells, inBlocks } from './batch.ts';
import { createRoster, type Makers } from './instances.ts';

/** With more arrivals in a cell than this, observations are drawn together (bulk.ts), if the family may. */
export const RAW_LIMIT = 32;

export interface Arrivals {
  /** Mean per second and series, perhaps tick by tick from the first after birth on; `undefined` is exactly one a tick. */
  readonly observationsPerS: number | Patterned | undefined;
  /** `fixed`: the whole part of the mean, and one more by the chance of its fraction. `poisson`: a Poisson count. */
  readonly process: 'fixed' | 'poisson';
}

/** Observations of a tick by slot, as a generator of increments gives them. */
export interface Counted {
  /** For `statesOf`. */
  readonly state: Batch['state'];
  start(moment: Moment, from: number, to: number): void;
  /** Fills `counts` for the slots [from, to). */
  advance(moment: Moment, from: number, to: number, rates: Factor, variants: Variants | undefined): void;
  readonly counts: Float64Array;
}

/** Arrivals by a generator; its draws are of stream 0, so observations are drawn from another. */
export function createCounted(family: Family, generators: Makers<ScalarGenerator>): Counted {
  const roster = createRoster(generators);
  const batch = createBatch(family, roster.own);
  const cells = createCells(batch.state);
  const counts = new Float64Array(family.size);
  return {
    state: batch.state,
    counts,
    start(moment, from, to) {
      const instances = roster.at(undefined);
      inBlocks(batch, { ...moment, intervalMs: 0 }, from, to, (block) => cells.start(instances, block));
    },
    advance(moment, from, to, rates, variants) {
      const instances = roster.at(variants);
      inBlocks(batch, moment, from, to, (block) =>
        cells.fill(instances, block, counts.subarray(block.from, block.to), rates),
      );
    },
  };
}

/** The stream of observations whose number a generator says. */
export const OBSERVATION_STREAM = 1;

export const ONE_A_TICK: Arrivals = { observationsPerS: undefined, process: 'fixed' };

/** Mean arrivals of a tick before modulation, the most of them where they follow a pattern. */
export function arrivalsPerTick({ observationsPerS: given }: Arrivals, intervalMs: number): number {
  if (given === undefined) return 1;
  return ((isPatterned(given) ? boundsOf(given)[1] : given) * intervalMs) / 1000;
}

/** Mean arrivals of a slot in a tick before modulation, where they follow a pattern. */
export type ArrivalsCourse = (slot: number, tick: number, birth: number) => number;

/** `undefined` where arrivals follow no pattern. In a gap nothing arrives. */
export function createArrivalsCourse(
  { observationsPerS: given }: Arrivals,
  { keys }: Pick<Family, 'keys'>,
  intervalMs: number,
): ArrivalsCourse | undefined {
  if (!isPatterned(given)) return undefined;
  const read = createReader(trackOf(given, { intervalMs }), new Rng());
  return (slot, tick, birth) => {
    const first = birth + 1;
    const perS = read(tick - first, first, keys.hi[slot] as number, keys.lo[slot] as number);
    return Number.isNaN(perS) ? 0 : (perS * intervalMs) / 1000;
  };
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
