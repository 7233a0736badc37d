/**
 * Effects: time-limited changes of what is generated (invariant 3). They start and end on ticks, and what a family
 * is asked for at a tick is a pure function of the effects taken, so a run can be recomputed from its record.
 */
import type { Family, MetricType } from '../series/family.ts';
import type { Modulation } from '../series/modulation.ts';

export interface Effect {
  readonly id: string;
  /** Name of the family it changes. */
  readonly family: string;
  /** Multiplies arrivals and increments (`rate`), or levels and observations (`value`). */
  readonly change: 'rate' | 'value';
  readonly multiplier: number;
  /** First tick that it changes, and first that it no longer does. */
  readonly fromTick: number;
  readonly untilTick: number;
}

export interface Effects {
  /** Adds an effect, or replaces the one with its id. */
  set(effect: Effect): void;
  /** Takes an effect back from the given tick on; false when there is none by this id, or it is over. */
  cancel(id: string, tick: number): boolean;
  /** Those not over at a tick, in order of id. */
  activeAt(tick: number): readonly Effect[];
  /** Writes what a family is asked for at a tick into `out`. Effects fold in order of id; scales multiply. */
  modulate(family: Family, tick: number, out: Modulation): void;
}

/** What a spike changes: the rate of a counter; the level of a gauge; the observations of the others. */
export function spikeChange(type: MetricType): Effect['change'] {
  return type === 'counter' ? 'rate' : 'value';
}

export function createEffects(): Effects {
  const byId = new Map<string, Effect>();
  let ordered: readonly Effect[] = [];
  const reorder = (): void => {
    ordered = [...byId.values()].toSorted((a, b) => compareIds(a.id, b.id));
  };

  return {
    set(effect) {
      byId.set(effect.id, effect);
      reorder();
    },
    cancel(id, tick) {
      const effect = byId.get(id);
      if (effect === undefined || effect.untilTick <= tick) return false;
      // One that has not begun leaves no trace; one under way ends before the given tick.
      if (effect.fromTick >= tick) byId.delete(id);
      else byId.set(id, { ...effect, untilTick: tick });
      reorder();
      return true;
    },
    activeAt: (tick) => ordered.filter((effect) => tick < effect.untilTick),
    modulate(family, tick, out) {
      let rate = 1;
      let scale = 1;
      for (const effect of ordered) {
        if (effect.family !== family.name || tick < effect.fromTick || tick >= effect.untilTick) continue;
        if (effect.change === 'rate') rate *= effect.multiplier;
        else scale *= effect.multiplier;
      }
      out.rate = rate;
      out.level = 1;
      out.scale = scale;
      out.offset = 0;
    },
  };
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
