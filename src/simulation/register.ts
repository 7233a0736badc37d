/** What is there by id from one tick to another: found, replaced and cancelled alike, whatever it is. */
import type { Frame } from '../series/frame.ts';
import { LyrebirdError } from '../util/errors.ts';
import { startTickOf, ticksIn } from './times.ts';

export interface Timed {
  readonly id: string;
  /** First tick, and first no longer; infinite until it is cancelled. */
  readonly fromTick: number;
  readonly untilTick: number;
}

/** What every request for such a thing has. */
export interface TimedRequest {
  readonly id?: string | undefined;
  readonly at?: number | string | undefined;
  readonly durationS?: number | undefined;
}

/** The part of a status that tells the time. */
export interface TimedStatus {
  readonly id: string;
  readonly from_tick: number;
  /** Null without an end. */
  readonly until_tick: number | null;
  readonly duration_s: number | null;
  /** Seconds of model time still to come. */
  readonly remaining_seconds: number | null;
}

export type RegisterOutcome = 'created' | 'replaced' | 'unchanged';

export interface Register<Request extends TimedRequest> {
  /** Those that are there or will be, and with `keepsEnded` those that were, in order of their first tick. */
  readonly all: readonly (Request & Timed)[];
  /** Those not over at a tick, in order of id. */
  activeAt(tick: number): readonly (Request & Timed)[];
  /** The ticks of a request. Throws `tick_past` or `invalid_<noun>`. */
  place(request: Request, now: Pick<Frame, 'tick' | 'modelMs'>): Request & Timed;
  /** Takes what was placed, or leaves what is there when the same is asked for again. */
  put(request: Request, placed: Request & Timed, tick: number): RegisterOutcome;
  /** Ends one with the next tick. Throws `<noun>_not_found`. */
  cancel(id: string, tick: number): Request & Timed;
  /** Throws `<noun>_not_found`. */
  find(id: string, tick: number): Request & Timed;
  /** Throws `invalid_<noun>`. */
  checkId(id: string | undefined): void;
  statusOf(one: Timed, tick: number): TimedStatus;
}

/**
 * Ids that are not given are `<noun>-1`, `<noun>-2`, ... in the order of asking, so that a recorded run names them again. One that has
 * ended is forgotten unless `keepsEnded`.
 */
export function createRegister<Request extends TimedRequest>(
  noun: 'explosion' | 'churn',
  intervalMs: number,
  { keepsEnded }: { readonly keepsEnded: boolean },
): Register<Request> {
  let all: readonly (Request & Timed)[] = [];
  let count = 0;
  /** What was asked for by id, to know the same request again. */
  const asked = new Map<string, string>();

  const invalid = (message: string): LyrebirdError => new LyrebirdError(`invalid_${noun}`, message);
  const activeAt = (tick: number) =>
    all.filter(({ untilTick }) => untilTick > tick).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const find = (id: string, tick: number) => {
    const active = activeAt(tick + 1);
    const found = active.find((one) => one.id === id);
    if (found !== undefined) return found;
    const ids = active.map((one) => one.id);
    throw new LyrebirdError(
      `${noun}_not_found`,
      `no ${noun} ${id} is active or to come; there are: ${ids.join(', ') || 'none'}`,
      { details: { active: ids } },
    );
  };
  /** Ends one at a tick; what has not begun by then has never been. */
  const end = (one: Request & Timed, untilTick: number): Request & Timed => {
    const ended = { ...one, untilTick: Math.max(one.fromTick, untilTick) };
    all = all.flatMap((other) => (other !== one ? [other] : ended.fromTick < untilTick ? [ended] : []));
    return ended;
  };

  return {
    get all() {
      return all;
    },
    activeAt,
    find,
    checkId(id) {
      if (id === undefined || /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) return;
      throw invalid(
        `id is ${JSON.stringify(id)}; allowed: up to 64 letters, digits, ., _ and -, not one of the last three first`,
      );
    },
    place(request, now) {
      const taken = new Set(activeAt(now.tick + 1).map(({ id }) => id));
      let next = count + 1;
      while (taken.has(`${noun}-${next}`)) next += 1;
      const fromTick = startTickOf(request.at, now, intervalMs, `invalid_${noun}`);
      const { durationS } = request;
      const untilTick =
        durationS === undefined ? Number.POSITIVE_INFINITY : fromTick + ticksIn(durationS, intervalMs);
      return { ...request, id: request.id ?? `${noun}-${next}`, fromTick, untilTick };
    },
    put(request, placed, tick) {
      const key = JSON.stringify({ ...request, id: placed.id });
      const before = activeAt(tick + 1).find(({ id }) => id === placed.id);
      if (before !== undefined && asked.get(placed.id) === key) return 'unchanged';
      if (before !== undefined) end(before, tick + 1);
      if (request.id === undefined) count += 1;
      const kept = keepsEnded ? all : all.filter(({ untilTick }) => untilTick > tick + 1);
      all = [...kept, placed].toSorted((a, b) => a.fromTick - b.fromTick);
      const active = new Set(activeAt(tick + 1).map(({ id }) => id));
      for (const id of asked.keys()) if (!active.has(id)) asked.delete(id);
      asked.set(placed.id, key);
      return before === undefined ? 'created' : 'replaced';
    },
    cancel: (id, tick) => end(find(id, tick), tick + 1),
    statusOf({ id, fromTick, untilTick }, tick) {
      const isOpen = !Number.isFinite(untilTick);
      const left = Math.max(0, untilTick - Math.max(tick + 1, fromTick));
      return {
        id,
        from_tick: fromTick,
        until_tick: isOpen ? null : untilTick,
        duration_s: isOpen ? null : ((untilTick - fromTick) * intervalMs) / 1000,
        remaining_seconds: isOpen ? null : (left * intervalMs) / 1000,
      };
    },
  };
}
