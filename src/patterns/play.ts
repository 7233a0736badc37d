/** A pattern by itself, without a run: its values one after the other. */
import { parseDurationMs } from '../util/duration.ts';
import { LyrebirdError } from '../util/errors.ts';
import { namedKey } from '../util/key.ts';
import { Rng } from '../util/rng.ts';
import type { Pattern } from './pattern.ts';
import { createTrack } from './track.ts';

export interface PlayOptions {
  /** Time between ticks, in seconds or with a unit. Default: a second. */
  readonly interval?: number | string;
  /** Random numbers follow from it. Default: 42. */
  readonly seed?: number;
}

/** The values tick by tick until the pattern is over, perhaps never; `undefined` is a gap. Each iteration begins afresh. */
export function play(pattern: Pattern, options: PlayOptions = {}): Iterable<number | undefined> {
  const { interval = 1, seed = 42 } = options;
  const intervalMs = parseDurationMs(interval);
  if (intervalMs === undefined || intervalMs <= 0) {
    throw new LyrebirdError(
      'interval_invalid',
      `interval is ${JSON.stringify(interval)}; needs more than 0 seconds, or a text as "500ms"`,
    );
  }
  const track = createTrack(pattern, { intervalMs });
  const { hi, lo } = namedKey(seed, 'pattern');
  return {
    *[Symbol.iterator]() {
      const rng = new Rng();
      const draws = (tick: number, stream: number): Rng => {
        rng.seek(hi, lo, tick, stream);
        return rng;
      };
      for (let tick = 0; tick < track.length; tick++) {
        const value = track.at(tick, tick, draws);
        yield Number.isNaN(value) ? undefined : value;
      }
    },
  };
}
