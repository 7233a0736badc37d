/** Spikes: the requests of `POST /control/spike` as effects that start with the next tick. */
import type { SpikeRequest } from '../control/spike.ts';
import { spikeChange, type Effect, type Effects } from '../engine/effects.ts';
import { isMeasured, type Family } from '../series/family.ts';
import { LyrebirdError } from '../util/errors.ts';
import { isSpikeId } from './effects.ts';
import type { SpikeStatus } from './status.ts';
import { ticksIn } from './times.ts';
import { unknownMetric } from './unknown.ts';

export interface Spikes {
  /** `tick` is the last one done. */
  start(request: SpikeRequest, tick: number): SpikeStatus;
  cancel(id: string, tick: number): SpikeStatus;
  /** Those not over once tick + 1 is done. */
  active(tick: number): readonly SpikeStatus[];
}

/** Ids are `spike-1`, `spike-2`, ... in the order of asking, so that a recorded run names them again. */
export function createSpikes(
  effects: Effects,
  familiesNow: () => readonly Family[],
  intervalMs: number,
): Spikes {
  let count = 0;

  const describe = (effect: Effect, tick: number): SpikeStatus => ({
    id: effect.id,
    metric: effect.targets[0]?.family ?? '',
    // One of the two is 1.
    multiplier: effect.rate * effect.scale,
    from_tick: effect.fromTick,
    until_tick: effect.untilTick,
    duration_s: ((effect.untilTick - effect.fromTick) * intervalMs) / 1000,
    remaining_seconds:
      (Math.max(0, effect.untilTick - Math.max(tick + 1, effect.fromTick)) * intervalMs) / 1000,
  });

  const activeAt = (tick: number): readonly Effect[] =>
    effects.activeAt(tick).filter((effect) => isSpikeId(effect.id));

  return {
    start({ metric, multiplier, durationS }, tick) {
      const families = familiesNow();
      const family = families.find(({ name }) => name === metric);
      if (family === undefined)
        throw unknownMetric(
          metric,
          families.map(({ name }) => name),
        );
      if (!isMeasured(family)) {
        throw new LyrebirdError(
          'invalid_spike',
          `${metric} is of type ${family.declared}: its values are 0 and 1 and cannot be multiplied`,
        );
      }
      if (!(multiplier > 0 && Number.isFinite(multiplier))) {
        throw new LyrebirdError(
          'invalid_spike',
          `multiplier is ${multiplier}; allowed: a finite number above 0`,
        );
      }
      if (!(durationS > 0 && Number.isFinite(durationS))) {
        throw new LyrebirdError(
          'invalid_spike',
          `duration_s is ${durationS}; allowed: a finite number above 0`,
        );
      }
      const fromTick = tick + 1;
      const change = spikeChange(family.type);
      const effect: Effect = {
        id: `spike-${(count += 1)}`,
        targets: [{ family: metric, series: family.size, of: family.size }],
        series: '',
        rate: change === 'rate' ? multiplier : 1,
        scale: change === 'value' ? multiplier : 1,
        offset: 0,
        fromTick,
        untilTick: fromTick + ticksIn(durationS, intervalMs),
        shape: 'step',
        upTicks: 0,
        downFromTick: Number.POSITIVE_INFINITY,
        downTicks: 0,
      };
      effects.set(effect);
      return describe(effect, tick);
    },
    cancel(id, tick) {
      const effect = activeAt(tick + 1).find((candidate) => candidate.id === id);
      if (effect === undefined || !effects.cancel(id, tick + 1)) {
        const active = activeAt(tick + 1).map((candidate) => candidate.id);
        throw new LyrebirdError(
          'spike_not_found',
          `no spike ${id} is active; active: ${active.join(', ') || 'none'}`,
          {
            details: { active },
          },
        );
      }
      return describe({ ...effect, untilTick: Math.max(effect.fromTick, tick + 1) }, tick);
    },
    active: (tick) => activeAt(tick + 1).map((effect) => describe(effect, tick)),
  };
}
