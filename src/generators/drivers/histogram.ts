/** Histograms: observations of a distribution, counted by bucket and summed. */
import { allocateDoubles } from '../../series/allocate.ts';
import { createHistogramColumn, type HistogramColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import { factorAt } from '../../series/modulation.ts';
import type { Source } from '../../series/source.ts';
import { adoptStates, statesOf, type States } from '../../series/state.ts';
import { Rng } from '../../util/rng.ts';
import type { Distribution, ScalarGenerator } from '../generator.ts';
import {
  arrivalsPerTick,
  createArrivalsCourse,
  createCounted,
  drawArrivals,
  OBSERVATION_STREAM,
  ONE_A_TICK,
  RAW_LIMIT,
  type Arrivals,
} from './arrivals.ts';
import { createDrawRoster, hasCourse, type Drawn } from './bulk.ts';
import { createFactorProduct, diurnalFactor, type Diurnal } from './diurnal.ts';
import type { Makers } from './instances.ts';
import { quantise, unitsPerOne } from './quantise.ts';

/** Slots a millisecond with one observation a tick, and with as many as are drawn one by one. */
const SLOTS_PER_MS = { one: 10_000, many: 300 };

/**
 * A source of observations max(0, x * scale + offset), each rounded to `decimals`; arrivals at the rate of the modulation
 * times the diurnal cycle. Sums get one partial sum a tick, in order of observation. Families without raw
 * observations draw cells of more than 32 arrivals together; there the partial sum is what is rounded.
 */
export function createHistogram(
  family: Family,
  distributions: Makers<Distribution>,
  options: {
    arrivals?: Arrivals | undefined;
    /** Says how many observations a tick has, in place of `arrivals`. */
    arrivalGenerators?: Makers<ScalarGenerator> | undefined;
    diurnal?: Diurnal | undefined;
    /** What patterns count their ticks by. Default: a second. */
    intervalMs?: number | undefined;
  } = {},
): Source {
  const { arrivals = ONE_A_TICK, arrivalGenerators, diurnal, intervalMs = 1000 } = options;
  const column = createHistogramColumn(family);
  const { counts, sums, width } = column;
  const { bounds, rawObservations } = family;
  const { hi, lo } = family.keys;
  const rng = new Rng();
  const roster = createDrawRoster(distributions, bounds);
  const product = createFactorProduct();
  const units = unitsPerOne(family.decimals);
  const { process } = arrivals;
  const counted = arrivalGenerators && createCounted(family, arrivalGenerators);
  const arrivalsOf = createArrivalsCourse(arrivals, family, intervalMs);
  const births = hasCourse(roster.own, arrivalsOf) ? allocateDoubles(family.size) : undefined;
  const states: States = {
    ...statesOf({ sums, ...(births && { births }) }),
    counts: { values: counts, width },
    ...statesOf(counted?.state ?? {}, 'arrivals.'),
  };

  return {
    family,
    column,
    slotsPerMs:
      arrivals.observationsPerS === undefined && counted === undefined ? SLOTS_PER_MS.one : SLOTS_PER_MS.many,
    start(moment, from, to) {
      counted?.start(moment, from, to);
      births?.fill(moment.tick, from, to);
      counts.fill(0, from * width, to * width);
      sums.fill(0, from, to);
      const recorder = createRecorder(column, from);
      for (let slot = from; slot < to; slot++) recorder?.endSlot(slot);
    },
    advance(moment, from, to, { rate, scale, offset, variants }) {
      const { tick } = moment;
      const { all, only, indexOf } = roster.at(variants);
      let own: Drawn = only ?? (all[0] as Drawn);
      const rates = product(rate, diurnalFactor(diurnal, moment.modelMs));
      let mean = arrivalsPerTick(arrivals, moment.intervalMs);
      counted?.advance(moment, from, to, rates, variants);
      const recorder = createRecorder(column, from);
      for (let slot = from; slot < to; slot++) {
        const birth = births === undefined ? 0 : (births[slot] as number);
        if (arrivalsOf !== undefined) mean = arrivalsOf(slot, tick, birth);
        rng.seek(hi[slot] as number, lo[slot] as number, tick, counted && OBSERVATION_STREAM);
        const n = counted?.counts[slot] ?? drawArrivals(rng, process, mean * factorAt(rates, slot));
        const by = factorAt(scale, slot);
        const plus = factorAt(offset, slot);
        const row = slot * width;
        if (only === undefined) own = all[indexOf(slot)] as Drawn;
        const { bulk, distribution } = own.at === undefined ? own : own.at(tick - birth - 1);
        let partial = 0;
        if (n > RAW_LIMIT && !rawObservations && by >= 0) {
          partial = quantise(bulk.draw(rng, n, by, plus, counts, row), units);
        } else {
          for (let i = 0; i < n; i++) {
            const observation = quantise(Math.max(0, distribution.sample(rng) * by + plus), units);
            const at = row + bucketOf(bounds, observation);
            counts[at] = (counts[at] as number) + 1;
            partial += observation;
            recorder?.add(observation);
          }
        }
        sums[slot] = (sums[slot] as number) + partial;
        recorder?.endSlot(slot);
      }
    },
    states,
    adopt: (before, from, begin, end) => adoptStates(states, before.states, from, begin, end),
  };
}

/** Bytes per slot of the column of a histogram; raw observations, when a sink asks for them, come on top. */
export function histogramBytesPerSlot(bounds: number, arrivals?: ScalarGenerator): number {
  return 8 * (bounds + 2 + (arrivals?.state.length ?? 0));
}

/** The first bucket whose upper bound is not below the observation. */
function bucketOf(bounds: Float64Array, observation: number): number {
  let bucket = 0;
  while (bucket < bounds.length && observation > (bounds[bucket] as number)) bucket++;
  return bucket;
}

/** Appends to the raw observations from a slot on; nothing when the column has none. */
function createRecorder({ observations }: HistogramColumn, from: number) {
  if (observations === undefined) return undefined;
  const { ends } = observations;
  let { values } = observations;
  let end = from === 0 ? 0 : (ends[from - 1] as number);
  return {
    add(observation: number): void {
      if (end === values.length) {
        values = new Float64Array(Math.max(64, 2 * end));
        values.set(observations.values);
        observations.values = values;
      }
      values[end++] = observation;
    },
    endSlot(slot: number): void {
      ends[slot] = end;
    },
  };
}
