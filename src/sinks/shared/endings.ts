/** Which series have ended since they were last sent: push protocols say so once, with a point of its own. */
import type { FamiliesChange } from '../../series/change.ts';
import type { Family } from '../../series/family.ts';
import type { FamilyFrame, Frame } from '../../series/frame.ts';
import type { EndedSeries } from '../../wire/otlp.ts';
import { followOn } from './succession.ts';

export interface Endings {
  /** As `Sink.change`, before anything lets go of what families had; about a millisecond between yields. */
  change(change: FamiliesChange): Generator<void, void>;
  /** Notes which series a tick shows. To be told of every tick, before anything catches up with its labels. In steps. */
  tick(frame: Frame): Generator<void>;
  /** Points of an export after the last tick: series shown, and those whose end is still to be told. */
  points(): number;
  /**
   * The series that were sent before and the last tick does not show, with the time of the first tick without them; each is
   * given once. Series shown now count as sent from here on. One that is absent between two exports only is not told of. In steps.
   */
  take(): Generator<void, EndedSeries[]>;
}

/** Makes the end of the series that a slot of one family had when labels were last caught up with. */
export type MakeEnd = (slot: number, timeMs: number) => EndedSeries;

/** What is known of a family's series. */
interface Track {
  readonly size: number;
  /** Of every slot alike while `slots` is absent: whether the last tick showed its series, and whether that was sent. */
  shown: boolean;
  sent: boolean;
  /** Kept once some series was absent or replaced. */
  slots: Slots | undefined;
}

/** One entry a slot. */
interface Slots {
  /** As of the last tick. */
  readonly shown: Uint8Array;
  /** Whether every slot is shown. */
  whole: boolean;
  /** Whether the series that is there now was sent. */
  readonly sent: Uint8Array;
  /** Wall time of the first tick without it, where it is not shown. */
  readonly endedMs: Float64Array;
}

/** A family that is gone, until its ends are told. */
interface Departed {
  readonly track: Track;
  readonly end: MakeEnd;
  /** Whether a tick without it was seen. */
  hidden: boolean;
}

/** Slots looked at between two yields. */
const SLOTS_PER_STEP = 16_384;

export function createEndings(families: readonly Family[], endsOf: (family: Family) => MakeEnd): Endings {
  let tracks = new Map(families.map((family) => [family, createTrack(family)]));
  const departed = new Map<Family, Departed>();
  /** Of slots that are others' by now. */
  let over: EndedSeries[] = [];
  /** For the first tick after a change, by new family: what was sent of the one that goes on in it. */
  let inherited = new Map<Family, MakeEnd>();

  /** Ends the series of slots that have other labels now. */
  function* turn(track: Track, { family, turned }: FamilyFrame, wallMs: number): Generator<void> {
    if (turned === undefined) return;
    const { shown, sent, endedMs } = slotsOf(track);
    const end = inherited.get(family) ?? endsOf(family);
    for (const [index, slot] of turned.entries()) {
      if (sent[slot] === 1) over.push(end(slot, shown[slot] === 1 ? wallMs : (endedMs[slot] as number)));
      sent[slot] = 0;
      if (index % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
    }
  }

  return {
    *change(change) {
      const followed = yield* followOn([...tracks.keys(), ...departed.keys()], change);
      const next = new Map<Family, Track>();
      for (const family of change.families) {
        const track = tracks.get(family) ?? departed.get(family)?.track ?? createTrack(family);
        next.set(family, track);
        for (const { before, from } of followed.get(family) ?? []) {
          const gone = departed.get(before);
          const earlier = gone?.track ?? tracks.get(before);
          if (earlier === undefined) continue;
          yield* takeOver(track, earlier, from);
          if (change.successions.get(family)?.before !== before) continue;
          const end = gone?.end ?? endsOf(before);
          inherited.set(family, (slot, timeMs) => end(from?.[slot] ?? slot, timeMs));
        }
      }
      for (const family of next.keys()) departed.delete(family);
      for (const [family, track] of tracks) {
        if (next.has(family) || !wasSent(track)) continue;
        departed.set(family, { track, end: endsOf(family), hidden: false });
      }
      tracks = next;
    },
    *tick({ families: entries, wallMs }) {
      for (const family of departed.values()) {
        if (!family.hidden) hide(family.track, wallMs);
        family.hidden = true;
      }
      for (const entry of entries) {
        const track = tracks.get(entry.family) as Track;
        yield* turn(track, entry, wallMs);
        show(track, entry.presence, wallMs);
      }
      inherited = new Map();
    },
    points() {
      let points = over.length;
      for (const track of tracks.values()) points += countShown(track);
      for (const { track } of departed.values()) points += countShown(track);
      return points;
    },
    *take() {
      const ended = over;
      for (const [family, track] of tracks) yield* collectEnds(track, endsOf(family), ended);
      for (const { track, end } of departed.values()) yield* collectEnds(track, end, ended);
      departed.clear();
      over = [];
      return ended;
    },
  };
}

/** Whether some series was sent whose end may have to be told. */
function wasSent({ sent, slots }: Track): boolean {
  return slots === undefined ? sent : slots.sent.includes(1);
}

/** Series that an export shows or tells the end of. */
function countShown({ size, shown, sent, slots }: Track): number {
  if (slots === undefined) return shown || sent ? size : 0;
  let count = 0;
  for (let slot = 0; slot < size; slot++)
    count += (slots.shown[slot] as number) | (slots.sent[slot] as number);
  return count;
}

/** Adds the ends of series that were sent and are not shown; those shown count as sent. */
function* collectEnds(track: Track, end: MakeEnd, ended: EndedSeries[]): Generator<void> {
  track.sent = track.shown;
  if (track.slots === undefined) return;
  const { shown, sent, endedMs } = track.slots;
  for (let slot = 0; slot < sent.length; slot++) {
    if (sent[slot] === 1 && shown[slot] === 0) ended.push(end(slot, endedMs[slot] as number));
    if (slot % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
  }
  sent.set(shown);
}

function createTrack({ size }: Family): Track {
  return { size, shown: false, sent: false, slots: undefined };
}

/** Tells the slots of a track apart from here on. */
function slotsOf(track: Track): Slots {
  const { size, shown, sent } = track;
  return (track.slots ??= {
    shown: new Uint8Array(size).fill(Number(shown)),
    whole: shown,
    sent: new Uint8Array(size).fill(Number(sent)),
    endedMs: new Float64Array(size),
  });
}

/** Notes which series of a family a tick shows. */
function show(track: Track, presence: Uint8Array | undefined, wallMs: number): void {
  if (presence === undefined) {
    const { slots } = track;
    if (slots?.whole === false) {
      slots.shown.fill(1);
      slots.whole = true;
    }
    track.shown = true;
    return;
  }
  const slots = slotsOf(track);
  const { shown, endedMs } = slots;
  slots.whole = false;
  for (let slot = 0; slot < shown.length; slot++) {
    const now = presence[slot] as number;
    if (now < (shown[slot] as number)) endedMs[slot] = wallMs;
    shown[slot] = now;
  }
}

/** Moves what is known of series to the slots in which they go on; what stays behind as sent has ended. */
function* takeOver(track: Track, before: Track, from: Int32Array | undefined): Generator<void, void> {
  if (from === undefined && before.slots === undefined && before.size === track.size) {
    track.shown = before.shown;
    track.sent = before.sent;
    before.sent = false;
    return;
  }
  const own = slotsOf(track);
  const theirs = slotsOf(before);
  for (let slot = 0; slot < track.size; slot++) {
    if (slot % SLOTS_PER_STEP === 0) yield;
    const earlier = from === undefined ? slot : (from[slot] as number);
    if (earlier < 0 || earlier >= before.size) continue;
    if (theirs.sent[earlier] === 0) continue;
    own.sent[slot] = 1;
    own.shown[slot] = theirs.shown[earlier] as number;
    own.endedMs[slot] = theirs.endedMs[earlier] as number;
    theirs.sent[earlier] = 0;
  }
}

/** Notes that a tick is the first to show none of a family's series. */
function hide(track: Track, wallMs: number): void {
  const slots = slotsOf(track);
  const { shown, endedMs } = slots;
  for (let slot = 0; slot < shown.length; slot++) if (shown[slot] === 1) endedMs[slot] = wallMs;
  shown.fill(0);
  slots.whole = false;
}
