/** Counters: totals of what a scalar generator gives as increments. */
import { allocateDoubles } from '../../series/allocate.ts';
import { createScalarColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import type { Source } from '../../series/source.ts';
import type { ScalarGenerator } from '../generator.ts';
import { BLOCK, createBatch, inBlocks } from './batch.ts';
import { createFactorProduct, diurnalFactor, type Diurnal } from './diurnal.ts';
import { quantise, unitsPerOne } from './quantise.ts';

/**
 * A source of totals. Increments are asked for at the rate of the modulation times the diurnal cycle and added in full
 * precision; `decimals` rounds what is shown only. Scale, offset and level do not touch a counter, which must not fall.
 */
export function createCounter(family: Family, generator: ScalarGenerator, diurnal?: Diurnal): Source {
  const { size, decimals } = family;
  const column = createScalarColumn(family);
  const shown = column.values;
  const totals = decimals === undefined ? shown : allocateDoubles(size);
  const carries = generator.fractional === true ? allocateDoubles(size) : undefined;
  const batch = createBatch(family, generator);
  const increments = new Float64Array(BLOCK);
  const product = createFactorProduct(size);
  const units = unitsPerOne(decimals);

  return {
    family,
    column,
    slotsPerMs: 20_000,
    start(moment, from, to) {
      shown.fill(0, from, to);
      totals.fill(0, from, to);
      carries?.fill(0, from, to);
      inBlocks(batch, { ...moment, intervalMs: 0 }, from, to, (block) => generator.start?.(block));
    },
    advance(moment, from, to, modulation) {
      const rate = product(modulation.rate, diurnalFactor(diurnal, moment.modelMs), from, to);
      inBlocks(batch, moment, from, to, (block) => {
        generator.fill(block, increments, rate);
        if (carries === undefined) add(totals, increments, block.from, block.to);
        else addCompensated(totals, carries, increments, block.from, block.to);
      });
      if (decimals === undefined) return;
      for (let slot = from; slot < to; slot++) shown[slot] = quantise(totals[slot] as number, units);
    },
  };
}

/** Bytes per slot of the column and states of a counter. */
export function counterBytesPerSlot(generator: ScalarGenerator, decimals: number | undefined): number {
  const arrays = 1 + Number(decimals !== undefined) + Number(generator.fractional === true);
  return 8 * (arrays + generator.state.length);
}

function add(totals: Float64Array, increments: Float64Array, from: number, to: number): void {
  for (let slot = from; slot < to; slot++) {
    totals[slot] = (totals[slot] as number) + (increments[slot - from] as number);
  }
}

/** Kahan's summation: what rounding took from a total is kept and given back with the next increment. */
function addCompensated(
  totals: Float64Array,
  carries: Float64Array,
  increments: Float64Array,
  from: number,
  to: number,
): void {
  for (let slot = from; slot < to; slot++) {
    const before = totals[slot] as number;
    const increment = (increments[slot - from] as number) - (carries[slot] as number);
    const total = before + increment;
    carries[slot] = total - before - increment;
    totals[slot] = total;
  }
}
