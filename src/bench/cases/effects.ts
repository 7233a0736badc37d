/** What effects cost: the same million counters quiet and under twenty effects, in turns. */
import { createEffects, type Effect } from '../../engine/effects.ts';
import type { Modulation } from '../../series/modulation.ts';
import type { Case, Contender } from '../case.ts';
import { consume } from '../consume.ts';
import { momentOf, runTicks } from '../frames.ts';
import { timed } from '../measure.ts';
import { createLoad, onlySource } from '../workload.ts';

const EFFECTS = 20;

/** Which slots an effect matches: a block of the first label, or every so many of the last. */
const MATCHES: Readonly<Record<string, (slot: number, effect: number, size: number) => boolean>> = {
  blocks: (slot, effect, size) => Math.floor((slot * 10) / size) === effect % 10,
  dense: (slot, effect) => slot % (effect + 3) === 0,
};

export const effects: Case = {
  name: 'effects',
  summary:
    'A tick of Poisson counters under twenty effects with label matchers, ramps moving at every tick. In place of a library: the same without an effect.',
  quick: true,
  trials: ({ series }) =>
    Object.keys(MATCHES).map((name) => ({
      name,
      measures: [{ name: '', unit: 'ms', items: { count: series, noun: 'series' } }],
      direct: contender(`${EFFECTS} effects`, name, series, EFFECTS),
      library: contender('no effect', name, series, 0),
    })),
};

function contender(what: string, match: string, series: number, count: number): Contender {
  return {
    what,
    prepare() {
      const source = onlySource(createLoad('counter', series));
      const { family } = source;
      const taken = createEffects();
      for (let effect = 0; effect < count; effect++) {
        const isHit = MATCHES[match] as (slot: number, effect: number, size: number) => boolean;
        const members = Uint8Array.from({ length: series }, (_, slot) => Number(isHit(slot, effect, series)));
        taken.set(ramping(`effect-${effect}`, family.name, series), new Map([[family.name, members]]));
      }
      const modulation: Modulation = { rate: 1, level: 1, scale: 1, offset: 0 };
      runTicks(source, 1);
      let tick = 1;
      return timed(() => {
        tick += 1;
        taken.modulate(family, tick, modulation);
        const step = Math.max(1, Math.floor(source.slotsPerMs));
        for (let from = 0; from < series; from += step)
          source.advance(momentOf(tick), from, Math.min(from + step, series), modulation);
        consume(source.column.kind === 'scalar' ? (source.column.values[series - 1] as number) : 0);
      });
    },
  };
}

/** Ten per cent more at the end of a ramp that no round of a benchmark comes to the end of. */
function ramping(id: string, family: string, series: number): Effect {
  return {
    id,
    targets: [{ family, series, of: series }],
    series: '',
    rate: 1.1,
    scale: 1,
    offset: 0,
    fromTick: 0,
    untilTick: Number.POSITIVE_INFINITY,
    shape: 'linear',
    upTicks: 100_000,
    downFromTick: Number.POSITIVE_INFINITY,
    downTicks: 0,
  };
}
