/** Gauges: levels of a scalar generator, as effects change them. */
import { createScalarColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import { factorAt, NEUTRAL, type Modulation } from '../../series/modulation.ts';
import type { Moment, Source } from '../../series/source.ts';
import type { ScalarGenerator } from '../generator.ts';
import { BLOCK, createBatch, inBlocks } from './batch.ts';
import { diurnalFactor, type Diurnal } from './diurnal.ts';
import { quantise, unitsPerOne } from './quantise.ts';

/**
 * A source of levels: clamp(level x modulation.level x D(t)) x scale + offset, rounded to `decimals`. The generator's
 * state knows nothing of that, so that a gauge returns to its path when effects are over. Rate does not touch a gauge.
 */
export function createGauge(family: Family, generator: ScalarGenerator, diurnal?: Diurnal): Source {
  const column = createScalarColumn(family);
  const shown = column.values;
  const batch = createBatch(family, generator);
  const levels = new Float64Array(BLOCK);
  const units = unitsPerOne(family.decimals);
  const [min, max] = generator.clamp ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

  const show = (moment: Moment, from: number, to: number, { level, scale, offset }: Modulation): void => {
    const cycle = diurnalFactor(diurnal, moment.modelMs);
    inBlocks(batch, moment, from, to, (block) => {
      generator.fill(block, levels, 1);
      for (let slot = block.from; slot < block.to; slot++) {
        let x = (levels[slot - block.from] as number) * (factorAt(level, slot) * cycle);
        if (x < min) x = min;
        else if (x > max) x = max;
        shown[slot] = quantise(x * factorAt(scale, slot) + factorAt(offset, slot), units);
      }
    });
  };
  return {
    family,
    column,
    slotsPerMs: 20_000,
    start(moment, from, to) {
      const birth = { ...moment, intervalMs: 0 };
      inBlocks(batch, birth, from, to, (block) => generator.start?.(block));
      show(birth, from, to, NEUTRAL);
    },
    advance: show,
  };
}

/** Bytes per slot of the column and states of a gauge. */
export function gaugeBytesPerSlot(generator: ScalarGenerator): number {
  return 8 * (1 + generator.state.length);
}
