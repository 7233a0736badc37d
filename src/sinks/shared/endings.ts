/** Which series have ended since they were last sent: push protocols say so once, with a point of its own. */
import type { Family } from '../../series/family.ts';
import type { FamilyFrame, Frame } from '../../series/frame.ts';
import type { EndedSeries } from '../../wire/otlp.ts';

export interface Endings {
  /** Notes which series a tick shows. To be told of every tick. */
  tick(frame: Frame): void;
  /** Points of an export after the last tick: series shown, and those whose end is still to be told. */
  points(): number;
  /**
   * The series that were sent before and the last tick does not show, with the time of the first tick without them; each is
   * given once. Series shown now count as sent from here on. One that is absent between two exports only is not told of.
   */
  take(): EndedSeries[];
}

/** Kept for families of which some series was ever absent. One entry a slot. */
interface Track {
  /** As of the last tick. */
  readonly shown: Uint8Array;
  readonly sent: Uint8Array;
  /** Wall time of the first tick without it, where it is not shown. */
  readonly endedMs: Float64Array;
}

export function createEndings(families: readonly Family[]): Endings {
  const tracks = families.map((): Track | undefined => undefined);
  let seen = false;
  let sentBefore = false;

  const trackOf = ({ family, presence }: FamilyFrame, index: number): Track | undefined => {
    if (tracks[index] !== undefined || presence === undefined) return tracks[index];
    const { size } = family;
    // Until now every series was shown, and so sent if anything was.
    const track = {
      shown: new Uint8Array(size).fill(Number(seen)),
      sent: new Uint8Array(size).fill(Number(sentBefore)),
      endedMs: new Float64Array(size),
    };
    tracks[index] = track;
    return track;
  };

  return {
    tick(frame) {
      for (const [index, entry] of frame.families.entries()) {
        const track = trackOf(entry, index);
        if (track === undefined) continue;
        const { shown, endedMs } = track;
        const { presence } = entry;
        for (let slot = 0; slot < shown.length; slot++) {
          const now = presence === undefined ? 1 : (presence[slot] as number);
          if (now < (shown[slot] as number)) endedMs[slot] = frame.wallMs;
          shown[slot] = now;
        }
      }
      seen = true;
    },
    points() {
      let points = 0;
      for (const [index, { size }] of families.entries()) {
        const track = tracks[index];
        if (track === undefined) points += size;
        else
          for (let slot = 0; slot < size; slot++)
            points += (track.shown[slot] as number) | (track.sent[slot] as number);
      }
      return points;
    },
    take() {
      const ended: EndedSeries[] = [];
      for (const [family, track] of tracks.entries()) {
        if (track === undefined) continue;
        const { shown, sent, endedMs } = track;
        for (let slot = 0; slot < sent.length; slot++) {
          if (sent[slot] === 1 && shown[slot] === 0)
            ended.push({ family, slot, timeMs: endedMs[slot] as number });
          sent[slot] = shown[slot] as number;
        }
      }
      sentBefore = true;
      return ended;
    },
  };
}
