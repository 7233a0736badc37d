/** Summaries: observations of a distribution, counted, summed, and kept in a sketch for their quantiles. */
import { allocateDoubles } from '../../series/allocate.ts';
import { predecessorOf } from '../../series/change.ts';
import type { SummaryColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import { factorAt } from '../../series/modulation.ts';
import type { Source } from '../../series/source.ts';
import { adoptStates, statesOf } from '../../series/state.ts';
import { Rng } from '../../util/rng.ts';
import type { Distribution, ScalarGenerator } from '../generator.ts';
import {
  arrivalsPerTick,
  createArrivalsCourse,
  createCounted,
  drawArrivals,
  OBSERVATION_STREAM,
  ONE_A_TICK,
  type Arrivals,
} from './arrivals.ts';
import { createDrawRoster, hasCourse, type Drawn } from './bulk.ts';
import { createFactorProduct, diurnalFactor, type Diurnal } from './diurnal.ts';
import { everyOne, type Makers } from './instances.ts';
import { quantise, unitsPerOne } from './quantise.ts';
import { createSketch, sketchBytesPerSlot, type Sketch } from './sketch.ts';

/** Sketches of summaries, which differ in their bins and are taken over in their own way. */
const sketches = new WeakMap<Source, Sketch>();

const DEFAULT_WINDOW_S = 60;
/** A sketch has far more bins than a histogram has buckets: drawing together pays later. */
const BULK_ABOVE = 128;
/** Slots a millisecond with one observation a tick, and with as many as are drawn one by one. */
const SLOTS_PER_MS = { one: 5000, many: 150 };

/**
 * A source of observations max(0, x * scale + offset), each rounded to `decimals` as the quantiles are; arrivals at the
 * rate of the modulation times the diurnal cycle. Count and sum are since birth, quantiles of the last `windowS`
 * seconds (60) of model time. Cells of more than 128 arrivals are drawn together unless the family is raw.
 */
export function createSummary(
  family: Family,
  distributions: Makers<Distribution>,
  options: {
    arrivals?: Arrivals | undefined;
    /** Says how many observations a tick has, in place of `arrivals`. */
    arrivalGenerators?: Makers<ScalarGenerator> | undefined;
    diurnal?: Diurnal | undefined;
    windowS?: number | undefined;
    /** What patterns count their ticks by. Default: a second. */
    intervalMs?: number | undefined;
  } = {},
): Source {
  const {
    arrivals = ONE_A_TICK,
    arrivalGenerators,
    diurnal,
    windowS = DEFAULT_WINDOW_S,
    intervalMs = 1000,
  } = options;
  const { size, quantiles, rawObservations } = family;
  const { hi, lo } = family.keys;
  const counts = allocateDoubles(size);
  const sums = allocateDoubles(size);
  const sketch = createSketch(size, everyOne(distributions), windowS);
  const rng = new Rng();
  const roster = createDrawRoster(distributions, sketch.edges);
  const drawn = new Float64Array(sketch.edges.length + 1);
  const product = createFactorProduct();
  const units = unitsPerOne(family.decimals);
  const { process } = arrivals;
  const counted = arrivalGenerators && createCounted(family, arrivalGenerators);
  const column: SummaryColumn = {
    kind: 'summary',
    counts,
    sums,
    overlay: undefined,
    readQuantiles(slot, out, at) {
      if (column.overlay?.(slot, out, at) === true) return;
      sketch.read(slot, quantiles, out, at);
      for (let i = at; i < at + quantiles.length; i++) out[i] = quantise(out[i] as number, units);
    },
  };

  const arrivalsOf = createArrivalsCourse(arrivals, family, intervalMs);
  const births = hasCourse(roster.own, arrivalsOf) ? allocateDoubles(size) : undefined;
  const states = {
    ...statesOf({ counts, sums, ...(births && { births }) }),
    ...statesOf(counted?.state ?? {}, 'arrivals.'),
  };

  const source: Source = {
    family,
    column,
    slotsPerMs:
      arrivals.observationsPerS === undefined && counted === undefined ? SLOTS_PER_MS.one : SLOTS_PER_MS.many,
    start(moment, from, to) {
      counted?.start(moment, from, to);
      counts.fill(0, from, to);
      sums.fill(0, from, to);
      births?.fill(moment.tick, from, to);
      for (let slot = from; slot < to; slot++) {
        sketch.age(slot, moment.modelMs);
        sketch.clear(slot);
      }
    },
    advance(moment, from, to, { rate, scale, offset, variants }) {
      const { tick } = moment;
      const { all, only, indexOf } = roster.at(variants);
      const rates = product(rate, diurnalFactor(diurnal, moment.modelMs));
      let mean = arrivalsPerTick(arrivals, moment.intervalMs);
      counted?.advance(moment, from, to, rates, variants);
      for (let slot = from; slot < to; slot++) {
        sketch.age(slot, moment.modelMs);
        const birth = births === undefined ? 0 : (births[slot] as number);
        if (arrivalsOf !== undefined) mean = arrivalsOf(slot, tick, birth);
        rng.seek(hi[slot] as number, lo[slot] as number, tick, counted && OBSERVATION_STREAM);
        const n = counted?.counts[slot] ?? drawArrivals(rng, process, mean * factorAt(rates, slot));
        const by = factorAt(scale, slot);
        const plus = factorAt(offset, slot);
        const own: Drawn = only ?? (all[indexOf(slot)] as Drawn);
        const { bulk, distribution } = own.at === undefined ? own : own.at(tick - birth - 1);
        let partial = 0;
        if (n > BULK_ABOVE && !rawObservations && by >= 0) {
          drawn.fill(0);
          partial = quantise(bulk.draw(rng, n, by, plus, drawn, 0), units);
          sketch.addAll(slot, drawn);
        } else {
          for (let i = 0; i < n; i++) {
            const observation = quantise(Math.max(0, distribution.sample(rng) * by + plus), units);
            sketch.add(slot, observation);
            partial += observation;
          }
        }
        counts[slot] = (counts[slot] as number) + n;
        sums[slot] = (sums[slot] as number) + partial;
      }
    },
    states,
    adopt(before, from, begin, end) {
      adoptStates(states, before.states, from, begin, end);
      const other = sketches.get(before);
      if (other === undefined) throw new TypeError(`${before.family.name} is not a summary`);
      sketch.adopt(other, (slot) => predecessorOf({ before: before.family, from }, slot), begin, end);
    },
  };
  sketches.set(source, sketch);
  return source;
}

/** Bytes per slot of the column and the sketch of a summary. */
export function summaryBytesPerSlot(
  distributions: readonly Distribution[],
  arrivals?: ScalarGenerator,
): number {
  return 16 + sketchBytesPerSlot(distributions) + 8 * (arrivals?.state.length ?? 0);
}
