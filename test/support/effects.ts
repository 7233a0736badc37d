/** Effects made by hand. */
import type { Effect } from '../../src/engine/effects.ts';

/** On every series of the family `load`, without change and without end, unless the parts say more. */
export function effectOf(id: string, parts: Partial<Effect> = {}): Effect {
  return {
    id,
    targets: [targetOf('load')],
    series: '',
    rate: 1,
    scale: 1,
    offset: 0,
    fromTick: 0,
    untilTick: Number.POSITIVE_INFINITY,
    shape: 'step',
    upTicks: 0,
    downFromTick: Number.POSITIVE_INFINITY,
    downTicks: 0,
    ...parts,
  };
}

/** `series` slots of a family of so many. */
export function targetOf(family: string, of = 1, series = of): Effect['targets'][number] {
  return { family, series, of };
}
