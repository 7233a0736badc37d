/** Gauges: levels of a scalar generator, as effects change them. */
import { allocateBytes } from '../../series/allocate.ts';
import { createScalarColumn } from '../../series/column.ts';
import type { Family } from '../../series/family.ts';
import { factorAt, NEUTRAL, type Modulation } from '../../series/modulation.ts';
import type { Moment, Source } from '../../series/source.ts';
import { adoptStates, statesOf } from '../../series/state.ts';
import type { ScalarGenerator } from '../generator.ts';
import { BLOCK, createBatch, createCells, inBlocks, mayBeAbsent, stateNamesOf } from './batch.ts';
import { diurnalFactor, type Diurnal } from './diurnal.ts';
import { createRoster, type Makers } from './instances.ts';
import { quantise, unitsPerOne } from './quantise.ts';

type Clamp = NonNullable<ScalarGenerator['clamp']>;
const UNBOUNDED: Clamp = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/**
 * A source of levels: clamp(level x modulation.level x D(t)) x scale + offset, rounded to `decimals`. The generator's
 * state knows nothing of that, so that a gauge returns to its path when effects are over. Rate does not touch a gauge.
 */
export function createGauge(family: Family, generators: Makers<ScalarGenerator>, diurnal?: Diurnal): Source {
  const roster = createRoster(generators);
  const column = createScalarColumn(family);
  const shown = column.values;
  const batch = createBatch(family, roster.own);
  const cells = createCells(batch.state);
  const levels = new Float64Array(BLOCK);
  const units = unitsPerOne(family.decimals);
  const presence = mayBeAbsent(roster.own) ? allocateBytes(family.size) : undefined;

  const show = (moment: Moment, from: number, to: number, modulation: Modulation): void => {
    const { level, scale, offset } = modulation;
    const cycle = diurnalFactor(diurnal, moment.modelMs);
    const instances = roster.at(modulation.variants);
    const clamps = instances.all.map(({ clamp = UNBOUNDED }) => clamp);
    const alike =
      clamps.length === 1 &&
      presence === undefined &&
      typeof level === 'number' &&
      typeof scale === 'number' &&
      typeof offset === 'number'
        ? { factor: level * cycle, scale, offset, units }
        : undefined;
    inBlocks(batch, moment, from, to, (block) => {
      cells.fill(instances, block, levels, 1);
      let [min, max] = clamps[0] as Clamp;
      if (alike !== undefined) {
        showAlike(levels, shown.subarray(block.from, block.to), [min, max], alike);
        return;
      }
      for (let slot = block.from; slot < block.to; slot++) {
        if (clamps.length > 1) [min, max] = clamps[instances.indexOf(slot)] as Clamp;
        let x = (levels[slot - block.from] as number) * (factorAt(level, slot) * cycle);
        if (presence !== undefined) {
          presence[slot] = Number(!Number.isNaN(x));
          if (Number.isNaN(x)) {
            shown[slot] = 0;
            continue;
          }
        }
        if (x < min) x = min;
        else if (x > max) x = max;
        shown[slot] = quantise(x * factorAt(scale, slot) + factorAt(offset, slot), units);
      }
    });
  };
  const states = { ...statesOf({ shown }), ...statesOf(batch.state, 'generator.') };
  return {
    family,
    column,
    presence,
    slotsPerMs: 20_000,
    start(moment, from, to) {
      const birth = { ...moment, intervalMs: 0 };
      inBlocks(batch, birth, from, to, (block) => cells.start(roster.at(undefined), block));
      show(birth, from, to, NEUTRAL);
    },
    advance: show,
    follow(moment, from, to, modulation) {
      const { all, only, indexOf } = roster.at(modulation.variants);
      const follows = ({ state }: ScalarGenerator): boolean => state.length === 0;
      if (only !== undefined) {
        if (follows(only)) show(moment, from, to, modulation);
        return;
      }
      for (let slot = from; slot < to; slot++)
        if (follows(all[indexOf(slot)] as ScalarGenerator)) show(moment, slot, slot + 1, modulation);
    },
    states,
    adopt: (before, from, begin, end) => adoptStates(states, before.states, from, begin, end),
  };
}

/** Shows levels that all change in the same way. */
function showAlike(
  levels: Float64Array,
  shown: Float64Array,
  [min, max]: Clamp,
  { factor, scale, offset, units }: Readonly<Record<'factor' | 'scale' | 'offset' | 'units', number>>,
): void {
  for (let i = 0; i < shown.length; i++) {
    let x = (levels[i] as number) * factor;
    if (x < min) x = min;
    else if (x > max) x = max;
    shown[i] = quantise(x * scale + offset, units);
  }
}

/** Bytes per slot of the column and states of a gauge. */
export function gaugeBytesPerSlot(generators: readonly ScalarGenerator[]): number {
  return 8 * (1 + stateNamesOf(generators).length) + Number(mayBeAbsent(generators));
}
