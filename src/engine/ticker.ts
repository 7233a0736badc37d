/** One tick after the other, without a clock: what `render` runs as fast as it can and the engine runs by time. */
import { composeChanges, predecessorOf, type FamiliesChange, type Succession } from '../series/change.ts';
import { birthOf, type FamilyFrame, type Frame } from '../series/frame.ts';
import { liveTurnoverOf, type LiveTurnover, type Step } from '../labels/turnover.ts';
import type { Family } from '../series/family.ts';
import type { Modulation } from '../series/modulation.ts';
import { inputsFirst } from '../series/order.ts';
import type { Moment, Source } from '../series/source.ts';
import { inSlices } from '../util/slices.ts';
import { TICK_SLICING } from './clock.ts';
import type { Effects } from './effects.ts';
import type { Executor, SourcesChange } from './executor.ts';
import { createOverlay, type Overlay } from './overlays.ts';

/** Other families from the next tick on, with the sources of all of them. */
export interface TickerChange extends SourcesChange {
  readonly change: FamiliesChange;
}

export interface Ticker {
  /** The state after the last tick; whole only between calls. The same object always. */
  readonly frame: Frame;
  /** The sources of the families of the next tick, in page order. */
  readonly sources: readonly Source[];
  /** Tick 0: counters 0, gauges at their start. `wallMs` becomes every birth. A second call is a new beginning. */
  birth(wallMs: number): Promise<void>;
  /**
   * Has the next tick change the families. What is new then is born with that tick, what goes on keeps state and births, and the
   * rest has ended with the tick before. Called between two ticks; several changes become one.
   */
  change(change: TickerChange): void;
  /**
   * The next tick, or a later one when ticks are left out (`gap` in the record). Gives the change of families that came with it, which
   * sinks are told before they are shown the frame.
   */
  advance(wallMs: number, tick?: number): Promise<FamiliesChange | undefined>;
}

export interface TickerOptions {
  readonly sources: readonly Source[];
  readonly executor: Executor;
  readonly effects: Effects;
  /** Told of families whose labels are others with a tick, before it is asked what the tick should be. */
  readonly onTurned?: ((families: readonly Family[], tick: number) => Promise<void>) | undefined;
  /** t_0, milliseconds since the Unix epoch. Default: the wall time of birth. */
  readonly startMs?: number | undefined;
  readonly intervalMs: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What there is of a family from tick to tick. */
interface Entry {
  readonly source: Source;
  readonly shown: Mutable<FamilyFrame>;
  readonly modulation: Modulation;
  readonly overlay: Overlay;
  readonly turnover: LiveTurnover | undefined;
  /** Of the labels that slot keys were worked out from. */
  keysVersion: number;
}

/** By turnover, what it did at a tick. */
type Steps = Map<LiveTurnover, Step>;

/** Neighbouring slots, `to` not included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** What becomes of a change of families, and the slots that begin with its tick. */
interface Applied {
  /** With the series that go on as labels have them at this tick. */
  readonly change: FamiliesChange;
  /** Sources all of whose slots begin. */
  readonly whole: ReadonlySet<Source>;
  /** Sources of which the change itself tells what other labels slots have. */
  readonly relabelled: ReadonlySet<Source>;
  readonly slots: readonly { readonly source: Source; readonly ranges: Iterable<Range> }[];
}

export function createTicker(options: TickerOptions): Ticker {
  const { executor, effects, intervalMs } = options;
  let startMs = options.startMs ?? 0;
  let entries = options.sources.map((source) => createEntry(source, 0));
  /** The same in the order in which series begin: what follows from others begins as they have begun. */
  let ordered = inOrder(entries);
  let pending: TickerChange | undefined;
  const frame = {
    tick: -1,
    modelMs: startMs,
    wallMs: 0,
    families: entries.map(({ shown }) => shown) as readonly FamilyFrame[],
  };

  const momentOf = (tick: number): Moment => ({ tick, modelMs: startMs + tick * intervalMs, intervalMs });
  const show = (tick: number, wallMs: number): void => {
    frame.tick = tick;
    frame.modelMs = startMs + tick * intervalMs;
    frame.wallMs = wallMs;
  };

  /** Has labels, and keys with them, be those of a tick. `steps` are those taken already, and gets the others. */
  const turn = async (of: readonly Entry[], tick: number, steps: Steps = new Map()): Promise<Steps> => {
    for (const entry of of) {
      const { turnover, source } = entry;
      if (turnover === undefined) continue;
      if (!steps.has(turnover)) steps.set(turnover, await inSlices(turnover.step(tick), TICK_SLICING));
      await inSlices(refreshKeys(source.family, turnover.changedSince(entry.keysVersion)), TICK_SLICING);
      entry.keysVersion = turnover.version;
    }
    return steps;
  };
  const tellTurned = async (of: readonly Entry[], tick: number): Promise<void> => {
    if (of.length === 0) return;
    await options.onTurned?.(
      of.map(({ source }) => source.family),
      tick,
    );
  };

  /** Begins the series that a step brings, but those that a change has begun. */
  const bear = async (
    steps: Steps,
    applied: Applied | undefined,
    moment: Moment,
    wallMs: number,
  ): Promise<void> => {
    for (const { source, shown, turnover } of ordered) {
      const step = turnover && steps.get(turnover);
      const isTold = applied?.relabelled.has(source) === true;
      shown.turned = step === undefined || step.turned.length === 0 || isTold ? undefined : step.turned;
      if (step === undefined || step.born.length === 0 || applied?.whole.has(source) === true) continue;
      shown.births ??= new Float64Array(source.family.size).fill(shown.birthMs);
      for (const slot of step.born) shown.births[slot] = wallMs;
      await startSlots(source, moment, runsOf(step.born));
    }
  };

  /** Puts other sources in the place of those that there are; the series that go on do so in them. */
  const apply = async (
    { change, ...sources }: TickerChange,
    moment: Moment,
    wallMs: number,
    steps: Steps,
  ): Promise<Applied> => {
    const before = new Map(entries.map((entry) => [entry.source.family, entry]));
    const next = sources.sources.map((source) => {
      const entry = before.get(source.family);
      return entry?.source === source ? entry : createEntry(source, wallMs);
    });
    const nextOrdered = inOrder(next);
    const fresh = nextOrdered.filter((entry) => before.get(entry.source.family) !== entry);
    await executor.change(sources);
    // Up to the tick before in silence, and then as all others.
    for (const { turnover } of fresh)
      if (turnover !== undefined && !steps.has(turnover))
        await inSlices(turnover.step(frame.tick), TICK_SLICING);
    await turn(fresh, moment.tick, steps);
    await tellTurned(
      fresh.filter(({ turnover }) => turnover !== undefined),
      moment.tick,
    );
    await executor.start(moment, new Set(fresh.map(({ source }) => source)));
    const whole = new Set<Source>();
    const slots: Applied['slots'][number][] = [];
    const relabelled = new Set<Source>();
    const successions = new Map(change.successions);
    for (const entry of fresh) {
      const { source, shown, overlay } = entry;
      const planned = change.successions.get(source.family);
      const old = planned && before.get(planned.before);
      if (planned === undefined || old === undefined) {
        whole.add(source);
        continue;
      }
      const { labelled, living } = await inSlices(settle(planned, old, entry), TICK_SLICING);
      if (labelled !== planned) relabelled.add(source);
      successions.set(source.family, labelled);
      old.overlay.putBack();
      await inTurns(source, [{ from: 0, to: source.family.size }], (from, to) =>
        source.adopt(old.source, living.from, from, to),
      );
      await inSlices(inheritBirths(shown, old.shown, living), TICK_SLICING);
      await inSlices(
        overlay.inherit(old.overlay, (slot) => predecessorOf(living, slot)),
        TICK_SLICING,
      );
      slots.push({ source, ranges: bornIn(living, source.family.size) });
    }
    for (const { source, overlay } of fresh) overlay.lift(effects.faultsAt(source.family, moment.tick));
    entries = next;
    ordered = nextOrdered;
    frame.families = entries.map(({ shown }) => shown);
    const settled = relabelled.size === 0 ? change : { ...change, successions };
    return { change: settled, whole, relabelled, slots };
  };

  return {
    frame,
    get sources() {
      return pending?.sources ?? entries.map(({ source }) => source);
    },
    async birth(wallMs) {
      startMs = options.startMs ?? wallMs;
      await turn(entries, 0);
      for (const { shown, turnover } of entries) {
        shown.birthMs = wallMs;
        shown.presence = turnover?.presence;
      }
      await executor.start(momentOf(0));
      show(0, wallMs);
    },
    change(change) {
      if (pending === undefined) {
        pending = change;
        return;
      }
      const families = entries.map(({ source }) => source.family);
      pending = {
        sources: change.sources,
        blueprints: [...pending.blueprints, ...change.blueprints],
        change: composeChanges(families, pending.change, change.change),
      };
    },
    async advance(wallMs, tick = frame.tick + 1) {
      const moment = momentOf(tick);
      const coming = pending && new Set(pending.sources);
      const staying = entries.filter(({ source }) => coming?.has(source) !== false);
      const steps = await turn(staying, tick);
      await tellTurned(
        staying.filter(({ turnover }) => turnover && (steps.get(turnover)?.turned.length ?? 0) > 0),
        tick,
      );
      for (const { source, overlay } of staying) overlay.lift(effects.faultsAt(source.family, tick));
      const applied = pending && (await apply(pending, moment, wallMs, steps));
      pending = undefined;
      for (const { source, modulation } of entries) effects.modulate(source.family, tick, modulation);
      await executor.advance(
        moment,
        entries.map(({ modulation }) => modulation),
      );
      if (applied !== undefined) {
        await executor.start(moment, applied.whole);
        for (const { source, ranges } of applied.slots) await startSlots(source, moment, ranges);
      }
      await bear(steps, applied, moment, wallMs);
      await reset(ordered, effects, moment, wallMs);
      for (const { source, shown, overlay, turnover } of entries) {
        overlay.lay(turnover && steps.get(turnover)?.born);
        shown.presence = overlay.presence(bothOf(source.presence, turnover?.presence));
      }
      effects.forget(tick + 1);
      show(tick, wallMs);
      return applied?.change;
    },
  };
}

function createEntry(source: Source, birthMs: number): Entry {
  const shown = {
    family: source.family,
    column: source.column,
    presence: source.presence,
    births: undefined,
    birthMs,
    turned: undefined,
  };
  return {
    source,
    shown,
    modulation: { rate: 1, level: 1, scale: 1, offset: 0 },
    overlay: createOverlay(shown),
    turnover: liveTurnoverOf(source.family.labels),
    keysVersion: 0,
  };
}

/** Slots whose keys are worked out anew from their labels between two turns of others. */
const KEYS_STEP = 256;
/** Slots that something quick is done to between two turns of others. */
const STEP = 4096;

/** What others follow from first. */
function inOrder(entries: readonly Entry[]): Entry[] {
  return inputsFirst(entries.map(({ source }) => source)).map((index) => entries[index] as Entry);
}

/** Has keys of slots be those of the labels that they have now. */
function* refreshKeys({ keys }: Family, changed: Iterable<number>): Generator<void> {
  if (keys.refresh === undefined) return;
  let slots: number[] = [];
  for (const slot of changed) {
    slots.push(slot);
    if (slots.length < KEYS_STEP) continue;
    keys.refresh(slots);
    slots = [];
    yield;
  }
  keys.refresh(slots);
}

/** Has slots of a source begin. */
function startSlots(source: Source, moment: Moment, ranges: Iterable<Range>): Promise<void> {
  return inTurns(source, ranges, (from, to) => source.start(moment, from, to));
}

/** Does something to slots of a source, in turns with others. */
function inTurns(
  source: Source,
  ranges: Iterable<Range>,
  run: (from: number, to: number) => void,
): Promise<void> {
  return inSlices(stepRanges(source, ranges, run), TICK_SLICING);
}

function* stepRanges(
  { slotsPerMs }: Source,
  ranges: Iterable<Range>,
  run: (from: number, to: number) => void,
): Generator<void> {
  const step = Math.max(1, Math.floor(slotsPerMs));
  for (const { from, to } of ranges) {
    for (let at = from; at < to; at += step) {
      run(at, Math.min(to, at + step));
      yield;
    }
  }
}

/**
 * Begins the series anew that effects reset at this tick: they show nothing yet, and were born now. Levels that follow from them do so
 * once more.
 */
async function reset(
  ordered: readonly Entry[],
  effects: Effects,
  moment: Moment,
  wallMs: number,
): Promise<void> {
  /** Slots that show something else than when they were advanced. */
  const anew = new Map<Source, readonly Uint32Array[]>();
  for (const { source, shown, modulation } of ordered) {
    const slots = effects.faultsAt(source.family, moment.tick)?.reset;
    if (slots !== undefined && slots.length > 0) {
      shown.births ??= new Float64Array(source.family.size).fill(shown.birthMs);
      for (const slot of slots) shown.births[slot] = wallMs;
      await startSlots(source, moment, runsOf(slots));
      anew.set(source, [slots]);
    } else if (source.follow !== undefined && anew.size > 0) {
      const followed = (source.inputs ?? []).flatMap((input) => anew.get(input) ?? []);
      for (const some of followed)
        await inTurns(source, runsOf(some), (from, to) => source.follow?.(moment, from, to, modulation));
      anew.set(source, followed);
    }
  }
}

/**
 * The slots that have the labels that they had, and those of them whose series go on, which were not away: where labels turn over
 * otherwise than before, slots are not what they were.
 */
function* settle(
  succession: Succession,
  old: Entry,
  entry: Entry,
): Generator<void, Record<'labelled' | 'living', Succession>> {
  const { labels: before } = old.source.family;
  const { labels: now, size } = entry.source.family;
  if (before === now || (old.turnover === undefined && entry.turnover === undefined))
    return { labelled: succession, living: succession };
  const isOneLabel =
    before.names[old.turnover?.dimension ?? -1] === now.names[entry.turnover?.dimension ?? -1];
  const hasSameLabels = (slot: number, known: number): boolean => {
    const [was, is] = [old.turnover?.generation(known) ?? 0, entry.turnover?.generation(slot) ?? 0];
    return was === is && (isOneLabel || is === 0);
  };
  const labelled = new Int32Array(size);
  const living = new Int32Array(size);
  const presence = old.turnover?.presence;
  for (let slot = 0; slot < size; slot++) {
    const known = predecessorOf(succession, slot);
    const isSame = known >= 0 && hasSameLabels(slot, known);
    labelled[slot] = isSame ? known : -1;
    living[slot] = isSame && presence?.[known] !== 0 ? known : -1;
    if (slot % STEP === STEP - 1) yield;
  }
  return { labelled: { ...succession, from: labelled }, living: { ...succession, from: living } };
}

/** Series that go on were born when they were; `shown.birthMs` is the birth of the others. */
function* inheritBirths(
  shown: Mutable<FamilyFrame>,
  before: FamilyFrame,
  succession: Succession,
): Generator<void> {
  const { size } = shown.family;
  const births = new Float64Array(size);
  let differ = false;
  for (let slot = 0; slot < size; slot++) {
    const from = predecessorOf(succession, slot);
    births[slot] = from < 0 ? shown.birthMs : birthOf(before, from);
    differ ||= births[slot] !== births[0];
    if (slot % STEP === STEP - 1) yield;
  }
  shown.birthMs = births[0] ?? shown.birthMs;
  shown.births = differ ? births : undefined;
}

/** Slots that are there for both; `undefined` is all of them. */
function bothOf(one: Uint8Array | undefined, other: Uint8Array | undefined): Uint8Array | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.map((there, slot) => there & (other[slot] as number));
}

/** Runs of neighbours among ascending slots. */
function* runsOf(slots: ArrayLike<number>): Generator<Range> {
  for (let i = 0; i < slots.length; i++) {
    const from = slots[i] as number;
    while (slots[i + 1] === (slots[i] as number) + 1) i += 1;
    yield { from, to: (slots[i] as number) + 1 };
  }
}

/** Runs of slots whose series are new. */
function* bornIn(succession: Succession, size: number): Generator<Range> {
  for (let slot = 0; slot < size; slot++) {
    if (predecessorOf(succession, slot) >= 0) continue;
    const from = slot;
    while (slot + 1 < size && predecessorOf(succession, slot + 1) < 0) slot += 1;
    yield { from, to: slot + 1 };
  }
}
