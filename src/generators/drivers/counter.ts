/** Counters: totals of what a scalar generator gives as increments. */
import { allocateBytes, allocateDoubles } from '../../series/allocate.ts';
import { createScalarColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import type { Source } from '../../series/source.ts';
import { adoptStates, statesOf } from '../../series/state.ts';
import type { ScalarGenerator } from '../generator.ts';
import { BLOCK, createBatch, createCells, inBlocks, mayBeAbsent, stateNamesOf } from './batch.ts';
import { createFactorProduct, diurnalFactor, type Diurnal } from './diurnal.ts';
import { createRoster, type Makers } from './instances.ts';
import { createMover } from './mover.ts';
import { quantise, unitsPerOne } from './quantise.ts';

/**
 * A source of totals. Increments are asked for at the rate of the modulation times the diurnal cycle and added in full
 * precision; `decimals` rounds what is shown only. Scale, offset and level do not touch a counter, which must not fall.
 */
export function createCounter(
  family: Family,
  generators: Makers<ScalarGenerator>,
  diurnal?: Diurnal,
): Source {
  const roster = createRoster(generators);
  const { size, decimals } = family;
  const column = createScalarColumn(family);
  const shown = column.values;
  const totals = decimals === undefined ? shown : allocateDoubles(size);
  const isFractional = roster.own.some(({ fractional }) => fractional === true);
  const carries = isFractional ? allocateDoubles(size) : undefined;
  const batch = createBatch(family, roster.own);
  const cells = createCells(batch.state);
  const increments = new Float64Array(BLOCK);
  const mover = createMover(cells);
  const product = createFactorProduct();
  const units = unitsPerOne(decimals);
  const presence = mayBeAbsent(roster.own) ? allocateBytes(size) : undefined;
  const states = {
    ...statesOf({ totals, ...(carries && { carries }) }),
    ...statesOf(batch.state, 'generator.'),
  };
  const show = (from: number, to: number): void => {
    if (decimals === undefined) return;
    for (let slot = from; slot < to; slot++) shown[slot] = quantise(totals[slot] as number, units);
  };

  return {
    family,
    column,
    presence,
    slotsPerMs: 20_000,
    start(moment, from, to) {
      shown.fill(0, from, to);
      totals.fill(0, from, to);
      carries?.fill(0, from, to);
      presence?.fill(1, from, to);
      const instances = roster.at(undefined);
      inBlocks(batch, { ...moment, intervalMs: 0 }, from, to, (block) => {
        cells.start(instances, block);
        if (moment.tick === 0) cells.total(instances, block, totals.subarray(block.from, block.to));
      });
      show(from, to);
    },
    advance(moment, from, to, modulation) {
      const rate = product(modulation.rate, diurnalFactor(diurnal, moment.modelMs));
      const instances = roster.at(modulation.variants);
      const { moves } = modulation;
      inBlocks(batch, moment, from, to, (block) => {
        cells.fill(instances, block, increments, rate);
        if (moves !== undefined) mover.move(moves, instances, block, increments, rate);
        if (presence !== undefined) takeAbsent(presence, increments, block.from, block.to);
        if (carries === undefined) add(totals, increments, block.from, block.to);
        else addCompensated(totals, carries, increments, block.from, block.to);
      });
      show(from, to);
    },
    states,
    adopt(before, from, begin, end) {
      adoptStates(states, before.states, from, begin, end);
      show(begin, end);
    },
  };
}

/** Bytes per slot of the column and states of a counter. */
export function counterBytesPerSlot(
  generators: readonly ScalarGenerator[],
  decimals: number | undefined,
): number {
  const isFractional = generators.some(({ fractional }) => fractional === true);
  const arrays = 1 + Number(decimals !== undefined) + Number(isFractional);
  return 8 * (arrays + stateNamesOf(generators).length) + Number(mayBeAbsent(generators));
}

/** Notes which slots have no increment, and has their totals stay. */
function takeAbsent(presence: Uint8Array, increments: Float64Array, from: number, to: number): void {
  for (let slot = from; slot < to; slot++) {
    const isAbsent = Number.isNaN(increments[slot - from]);
    presence[slot] = Number(!isAbsent);
    if (isAbsent) increments[slot - from] = 0;
  }
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
    // What rounding gave in advance is owed until increments make up for it: a total never falls.
    if (increment <= 0) {
      carries[slot] = -increment;
      continue;
    }
    const total = before + increment;
    carries[slot] = total - before - increment;
    totals[slot] = total;
  }
}
