/**
 * Turnover of a label space: which slots are there at a tick, which have other labels, which begin anew. A pure function of the tick:
 * a space that steps to a tick at once is where one is that took every step.
 */
import { stepProcess, type Churn } from './churn/kinds.ts';
import { lowerBound, type Life, type Process } from './churn/process.ts';
import { stepVariation } from './churn/variation.ts';
import { atOnce } from '../util/slices.ts';
import type { Dimension, LabelSpace, Turnover } from './space.ts';

/** A churn with the ticks that it is there. */
export interface TimedChurn {
  readonly churn: Churn;
  /** Its time counts from here. */
  readonly fromTick: number;
  /** From here on everything is there, with the labels that it has then. */
  readonly untilTick: number;
}

export interface TurnoverOptions {
  /** All of one label. */
  readonly churns: readonly TimedChurn[];
  /** Seed, profile and label: what is drawn depends on it. */
  readonly key: string;
  readonly intervalMs: number;
  /** How many of the label's values turn over, the first ones: those of series that are listed by themselves stay. Default: all. */
  readonly values?: number | undefined;
  /** Series come one after the other in so much time, in page order, `each` slots at once; the slots of this space are those from `first` on, of `of`. */
  readonly ramp?:
    | { readonly ms: number; readonly first: number; readonly of: number; readonly each?: number }
    | undefined;
}

/** What a tick changes, in slots, ascending. */
export interface Step {
  /** They have other labels. */
  readonly turned: readonly number[];
  /** Series that begin: from zero, with a new birth. */
  readonly born: readonly number[];
}

export interface LiveTurnover extends Turnover {
  /** 1 for slots that are there; `undefined` when all are. */
  readonly presence: Uint8Array | undefined;
  /** How often the label of a slot has turned over: by it and the value as declared the label is known. */
  generation(slot: number): number;
  /** Label sets that there have been once so many ticks are done. */
  everSeen(ticks: number): number;
  /** Goes to a later tick, in steps of about a millisecond that nobody else may come between; the first is from before all ticks. */
  step(tick: number): Generator<void, Step>;
}

export interface LiveSpace extends LabelSpace {
  readonly turnover: LiveTurnover;
}

/** The turnover of a space that steps with the ticks; `undefined` where labels stay. */
export function liveTurnoverOf({ turnover }: LabelSpace): LiveTurnover | undefined {
  return turnover !== undefined && 'step' in turnover ? (turnover as LiveTurnover) : undefined;
}

/** A space whose labels turn over in place of those of the given one. O(slots) time. */
export function createLiveSpace(space: LabelSpace, options: TurnoverOptions): LiveSpace {
  return atOnce(stepLiveSpace(space, options));
}

/** The same in steps. */
export function* stepLiveSpace(space: LabelSpace, options: TurnoverOptions): Generator<void, LiveSpace> {
  const label = options.churns[0]?.churn.label;
  const d = label === undefined ? -1 : space.names.indexOf(label);
  const positions = d < 0 ? undefined : yield* stepPositions(space, d, options);
  const { size } = space;
  const { ramp, intervalMs } = options;
  const each = ramp?.each ?? 1;
  const presence = new Uint8Array(size);
  let present = 0;
  let lastTick = -1;
  let ramped = 0;
  const log = createLog(size);

  /** Slots before this one have come. */
  const rampedAt = (ms: number): number =>
    ramp === undefined || ms >= ramp.ms
      ? size
      : Math.min(size, Math.max(0, Math.floor(((ms / ramp.ms) * ramp.of) / each) * each - ramp.first));
  const set = (slot: number, there: number): void => {
    present += there - (presence[slot] as number);
    presence[slot] = there;
  };

  const turnover: LiveTurnover = {
    dimension: d,
    get version() {
      return log.version;
    },
    changedSince: log.since,
    get presence() {
      return present === size ? undefined : presence;
    },
    generation: (slot) => positions?.generation(slot) ?? 0,
    everSeen: (ticks) => positions?.everSeen(ticks) ?? rampedAt(ticks * intervalMs),
    *step(tick) {
      const turned: number[] = [];
      const born: number[] = [];
      const before = ramped;
      ramped = rampedAt(tick * intervalMs);
      yield* (
        positions?.step(lastTick, tick, (slots, change) => {
          for (const slot of slots) {
            if (change.turned) turned.push(slot);
            if (slot >= before) continue;
            set(slot, Number(change.alive));
            if (change.born && change.alive) born.push(slot);
          }
        }) ?? []
      );
      for (let slot = before; slot < ramped; slot++) {
        const isAlive = positions?.isAlive(slot) !== false;
        set(slot, Number(isAlive));
        if (isAlive) born.push(slot);
        if (slot % STEP === STEP - 1) yield;
      }
      lastTick = tick;
      const step = {
        turned: isAscending(turned) ? turned : yield* collect(unite([turned], size)),
        born: isAscending(born) ? born : yield* collect(unite([born], size)),
      };
      log.add(step.turned);
      return step;
    },
  };
  return {
    ...space,
    value: (slot, dimension) =>
      dimension === d && positions !== undefined ? positions.value(slot) : space.value(slot, dimension),
    turnover,
  };
}

/** What happened to the slots of a position. */
interface Change {
  readonly alive: boolean;
  readonly turned: boolean;
  readonly born: boolean;
}

/** The values of one label that slots have, with the life of each. */
interface Positions {
  everSeen(ticks: number): number;
  generation(slot: number): number;
  isAlive(slot: number): boolean;
  value(slot: number): string;
  /** Reports what there is to report of slots, some thousand at a time, in steps. */
  step(fromTick: number, toTick: number, report: Report): Generator<void>;
}

type Report = (slots: Uint32Array, change: Change) => void;

/** Slots between two turns of others: about a millisecond. */
const STEP = 4096;

/** The numbers of some lists that are below a limit, each once and ascending. Few are sorted; for many all below the limit are looked at. */
function* unite(lists: readonly ArrayLike<number>[], limit: number): Generator<number> {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  if (count * 16 < limit) {
    const sorted = new Float64Array(count);
    let filled = 0;
    for (const list of lists) {
      sorted.set(list, filled);
      filled += list.length;
    }
    sorted.sort();
    for (const [i, number] of sorted.entries()) if (number < limit && number !== sorted[i - 1]) yield number;
    return;
  }
  const isListed = new Uint8Array(limit);
  for (const list of lists) for (let i = 0; i < list.length; i++) isListed[list[i] as number] = 1;
  for (let number = 0; number < limit; number++) if (isListed[number] === 1) yield number;
}

function isAscending(numbers: readonly number[]): boolean {
  for (let i = 1; i < numbers.length; i++)
    if ((numbers[i - 1] as number) >= (numbers[i] as number)) return false;
  return true;
}

function* below(limit: number): Generator<number> {
  for (let number = 0; number < limit; number++) yield number;
}

/** A list of numbers that come one by one, in steps. */
function* collect(numbers: Iterable<number>): Generator<void, readonly number[]> {
  const list: number[] = [];
  for (const number of numbers) {
    list.push(number);
    if (list.length % STEP === 0) yield;
  }
  return list;
}

function* stepPositions(space: LabelSpace, d: number, options: TurnoverOptions): Generator<void, Positions> {
  const { churns, key, intervalMs } = options;
  const { size } = space;
  const { count: all, value } = space.dimensions[d] as Dimension;
  const { values: count = all } = options;
  const digits = new Float64Array(space.dimensions.length);
  const positions = new Float64Array(size);
  for (let slot = 0; slot < size; slot++) {
    space.digits(slot, digits);
    positions[slot] = digits[d] as number;
    if (slot % STEP === STEP - 1) yield;
  }
  const used = Float64Array.from(yield* collect(unite([positions], count)));
  /** -1 for slots that stay. */
  const indexes = new Int32Array(size);
  for (let slot = 0; slot < size; slot++) {
    const position = positions[slot] as number;
    indexes[slot] = position < count ? lowerBound(used, position) : -1;
    if (slot % STEP === STEP - 1) yield;
  }
  // Slots by position: those of index i are slots[starts[i] .. starts[i + 1]).
  const starts = new Uint32Array(used.length + 1);
  for (const index of indexes) if (index >= 0) starts[index + 1] = (starts[index + 1] as number) + 1;
  for (let i = 0; i < used.length; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const slots = new Uint32Array(starts[used.length] as number);
  const next = starts.slice();
  for (let slot = 0; slot < size; slot++) {
    const index = indexes[slot] as number;
    if (index < 0) continue;
    slots[next[index] as number] = slot;
    next[index] = (next[index] as number) + 1;
    if (slot % STEP === STEP - 1) yield;
  }

  const processes: (Pick<TimedChurn, 'fromTick' | 'untilTick'> & { readonly process: Process })[] = [];
  for (const { churn, ...ticks } of churns)
    processes.push({ ...ticks, process: yield* stepProcess(churn, { count, used, key }) });
  const alive = new Uint8Array(used.length).fill(1);
  const generations = new Uint32Array(used.length);
  const births = new Uint32Array(used.length).fill(1);
  const vary = yield* stepVariation(key, { count: all, value, isListed: all <= MAX_LISTED });
  const own: Life = { alive: true, generation: 0, births: 1 };

  /** Brings a position to a tick; `undefined` where nothing has happened to it. */
  const update = (index: number, tick: number): Change | undefined => {
    const life = lifeOf(processes, used[index] as number, tick, intervalMs, own);
    const turned = life.generation !== generations[index];
    const born = life.births !== births[index];
    if (!turned && !born && Number(life.alive) === alive[index]) return undefined;
    generations[index] = life.generation;
    births[index] = life.births;
    alive[index] = Number(life.alive);
    return { alive: life.alive, turned, born };
  };
  function* tell(index: number, change: Change, report: Report): Generator<void> {
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at += STEP) {
      report(slots.subarray(at, Math.min(at + STEP, end)), change);
      yield;
    }
  }
  return {
    /** Each life under a label set of its own, of all slots; a position that is not there at first has none yet. */
    everSeen(ticks: number): number {
      let seen = size - slots.length;
      for (const [index, position] of used.entries()) {
        const isThere = lifeOf(processes, position, 0, intervalMs, own).alive;
        const { generation } = lifeOf(processes, position, ticks, intervalMs, own);
        seen += ((starts[index + 1] as number) - (starts[index] as number)) * (generation + Number(isThere));
      }
      return seen;
    },
    generation: (slot: number): number => generations[indexes[slot] as number] ?? 0,
    isAlive: (slot: number): boolean => alive[indexes[slot] as number] !== 0,
    value(slot: number): string {
      const index = indexes[slot] as number;
      return index < 0
        ? value(positions[slot] as number)
        : vary(used[index] as number, generations[index] as number);
    },
    *step(fromTick, toTick, report) {
      for (const { process, fromTick: begin, untilTick: end } of processes) {
        if (toTick < begin || fromTick >= end) continue;
        const isEdge = fromTick < begin || toTick >= end;
        const ranges: Iterable<readonly [number, number]> = isEdge
          ? [[0, used.length]]
          : process.changed((fromTick - begin) * intervalMs, (toTick - begin) * intervalMs);
        for (const [from, to] of ranges) {
          for (let index = from; index < to; index++) {
            const change = update(index, toTick);
            if (change !== undefined) yield* tell(index, change, report);
            if (index % STEP === STEP - 1) yield;
          }
        }
      }
    },
  };
}

/** Above so many values a label is a range of numbers, whose texts cannot be mistaken for variations. */
const MAX_LISTED = 100_000;

/** What several churns make of a position together: it is there when it is there for each of them. */
function lifeOf(
  processes: readonly { readonly process: Process; readonly fromTick: number; readonly untilTick: number }[],
  position: number,
  tick: number,
  intervalMs: number,
  out: Life,
): Life {
  const life = { alive: true, generation: 0, births: 1 };
  for (const { process, fromTick, untilTick } of processes) {
    if (tick < fromTick) continue;
    const isOver = tick >= untilTick;
    process.lifeAt(position, (Math.min(tick, untilTick) - fromTick) * intervalMs, out);
    const comesBack = Number(isOver && !out.alive);
    life.generation += out.generation + (process.renews ? comesBack : 0);
    life.births += out.births - 1 + comesBack;
    life.alive &&= out.alive || isOver;
  }
  return life;
}

/** Which slots turned with which version, as far back as it is cheaper to know than to look at all. */
function createLog(size: number) {
  const versions: { readonly version: number; readonly turned: readonly number[] }[] = [];
  let version = 0;
  let kept = 0;
  return {
    get version() {
      return version;
    },
    add(turned: readonly number[]): void {
      if (turned.length === 0) return;
      version += 1;
      versions.push({ version, turned });
      kept += turned.length;
      while (kept > size && versions.length > 1) kept -= versions.shift()?.turned.length ?? 0;
    },
    since(after: number): Iterable<number> {
      if (after >= version) return [];
      const oldest = versions[0]?.version ?? version + 1;
      if (after < oldest - 1) return below(size);
      const changed = versions.filter((entry) => entry.version > after).map(({ turned }) => turned);
      if (changed.length === 1) return changed[0] as readonly number[];
      return unite(changed, size);
    },
  };
}
