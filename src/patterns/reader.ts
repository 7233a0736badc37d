import type { Rng } from '../util/rng.ts';
import type { Track } from './track.ts';

/**
 * The value for a series at `since` ticks of the track, which began with tick `first`; NaN where it has none. Series of one age share
 * it, so it is worked out once for all that are asked for one after the other, unless it draws: then from their own cells.
 */
export type Reader = (since: number, first: number, keyHi: number, keyLo: number) => number;

/** `rng` is left anywhere. */
export function createReader(track: Track, rng: Rng): Reader {
  let first = 0;
  let hi = 0;
  let lo = 0;
  const draws = (tick: number, stream: number): Rng => {
    rng.seek(hi, lo, first + tick, stream);
    return rng;
  };
  let last = Number.NaN;
  let value = Number.NaN;
  return (since, own, keyHi, keyLo) => {
    if (since === last && !track.isRandom) return value;
    first = own;
    hi = keyHi;
    lo = keyLo;
    last = since;
    value = since < track.length ? track.at(since, since, draws) : Number.NaN;
    return value;
  };
}
