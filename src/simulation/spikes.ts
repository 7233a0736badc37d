/** Spikes: the requests of `POST /control/spike` as effects. */
import { whyTooMuch, type SpikeRequest } from '../control/spike.ts';
import { spikeChange, type Effect, type Effects } from '../engine/effects.ts';
import { isMeasured, type Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError } from '../util/errors.ts';
import { endedAt, isSpikeId } from './effects.ts';
import type { CancelRequest } from './register.ts';
import type { SpikeStatus } from './status.ts';
import { startTickOf, ticksIn } from './times.ts';
import { unknownMetric } from './unknown.ts';

export interface Spikes {
  /** `now` is the tick last done. Throws `metric_not_found`, `invalid_spike` or `tick_past`. */
  start(request: SpikeRequest, now: Pick<Frame, 'tick' | 'modelMs'>): SpikeStatus;
  /** Throws `spike_not_found`, `tick_past` or `invalid_spike`. */
  cancel(request: CancelRequest, now: Pick<Frame, 'tick' | 'modelMs'>): SpikeStatus;
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
    start({ metric, multiplier, at, durationS }, now) {
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
      const change = spikeChange(family.type);
      const excess = whyTooMuch(multiplier, family);
      if (excess !== undefined) throw new LyrebirdError('invalid_spike', `multiplier ${excess}`);
      const fromTick = startTickOf(at, now, intervalMs, 'invalid_spike');
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
      return describe(effect, now.tick);
    },
    cancel({ id, at }, now) {
      const effect = activeAt(now.tick + 1).find((candidate) => candidate.id === id);
      if (effect === undefined) {
        const active = activeAt(now.tick + 1).map((candidate) => candidate.id);
        throw new LyrebirdError(
          'spike_not_found',
          `no spike ${id} is active; active: ${active.join(', ') || 'none'}`,
          {
            details: { active },
          },
        );
      }
      const tick = startTickOf(at, now, intervalMs, 'invalid_spike');
      effects.cancel(id, tick);
      return describe(endedAt(effect, tick), now.tick);
    },
    active: (tick) => activeAt(tick + 1).map((effect) => describe(effect, tick)),
  };
}
