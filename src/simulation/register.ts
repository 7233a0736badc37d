/** What is there by id from one tick to another: made, replaced, found and cancelled alike, whatever it is. */
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

/** What ends one before its time. */
export interface CancelRequest {
  readonly id: string;
  /** The first tick without it: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
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

type Now = Pick<Frame, 'tick' | 'modelMs'>;

export interface Register<Request extends TimedRequest, Status extends TimedStatus> {
  /** Those that are there or will be, and with `keepsEnded` those that were, in order of their first tick. */
  all(): readonly (Request & Timed)[];
  /** Those not over at a tick, in order of id. */
  activeAt(tick: number): readonly (Request & Timed)[];
  /** Throws what `set` throws of a request by itself. */
  check(request: Request): void;
  /**
   * Takes a request, or leaves what is there when the same is asked for again. Throws `tick_past`, `invalid_<noun>`, or what `check`
   * of the options throws.
   */
  set(request: Request, now: Now): { readonly outcome: RegisterOutcome; readonly status: Status };
  /** Ends one. Throws `<noun>_not_found`, `tick_past` or `invalid_<noun>`. */
  cancel(request: CancelRequest, now: Now): Status;
  /** Throws `<noun>_not_found`. */
  find(id: string, tick: number): Status;
  /** Those not over once tick + 1 is done, in order of id. */
  active(tick: number): readonly Status[];
}

export type RegisterOutcome = 'created' | 'replaced' | 'unchanged';

export interface RegisterOptions<Request extends TimedRequest, Status extends TimedStatus> {
  readonly noun: 'explosion' | 'churn';
  readonly intervalMs: number;
  /** Whether what has ended stays in `all`. */
  readonly keepsEnded: boolean;
  /** Refuses what cannot be beside all that there are: by itself, and with `placed` at its ticks. */
  check(request: Request, all: readonly (Request & Timed)[], placed: Timed | undefined): void;
  /** A status but for its times; `tick` is the one last done. */
  describe(one: Request & Timed, tick: number): Omit<Status, keyof TimedStatus>;
}

/** Ids that are not given are `<noun>-1`, `<noun>-2`, ... in the order of asking, so that a recorded run names them again. */
export function createRegister<Request extends TimedRequest, Status extends TimedStatus>(
  options: RegisterOptions<Request, Status>,
): Register<Request, Status> {
  const { noun, intervalMs } = options;
  type One = Request & Timed;
  let all: readonly One[] = [];
  let count = 0;
  /** What was asked for by id, to know the same request again. */
  const asked = new Map<string, string>();

  const activeAt = (tick: number): One[] =>
    all.filter(({ untilTick }) => untilTick > tick).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const find = (id: string, tick: number): One => {
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
  const checkId = (id: string | undefined): void => {
    if (id === undefined || /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) return;
    throw new LyrebirdError(
      `invalid_${noun}`,
      `id is ${JSON.stringify(id)}; allowed: up to 64 letters, digits, ., _ and -, not one of the last three first`,
    );
  };
  const place = (request: Request, now: Now): One => {
    const taken = new Set(activeAt(now.tick + 1).map(({ id }) => id));
    let next = count + 1;
    while (taken.has(`${noun}-${next}`)) next += 1;
    const fromTick = startTickOf(request.at, now, intervalMs, `invalid_${noun}`);
    const { durationS } = request;
    const untilTick =
      durationS === undefined ? Number.POSITIVE_INFINITY : fromTick + ticksIn(durationS, intervalMs);
    return { ...request, id: request.id ?? `${noun}-${next}`, fromTick, untilTick };
  };
  /** Ends one at a tick; what has not begun by then has never been. */
  const end = (one: One, tick: number): One => {
    const ended = { ...one, untilTick: Math.max(one.fromTick, Math.min(one.untilTick, tick)) };
    all = all.flatMap((other) => (other !== one ? [other] : ended.fromTick < tick ? [ended] : []));
    return ended;
  };
  const put = (request: Request, placed: One, tick: number): RegisterOutcome => {
    const key = JSON.stringify({ ...request, id: placed.id });
    const before = activeAt(tick + 1).find(({ id }) => id === placed.id);
    if (before !== undefined && asked.get(placed.id) === key) return 'unchanged';
    if (before !== undefined) end(before, tick + 1);
    if (request.id === undefined) count += 1;
    const kept = options.keepsEnded ? all : all.filter(({ untilTick }) => untilTick > tick + 1);
    all = [...kept, placed].toSorted((a, b) => a.fromTick - b.fromTick);
    const active = new Set(activeAt(tick + 1).map(({ id }) => id));
    for (const id of asked.keys()) if (!active.has(id)) asked.delete(id);
    asked.set(placed.id, key);
    return before === undefined ? 'created' : 'replaced';
  };
  const statusOf = (one: One, tick: number): Status => {
    const { id, fromTick, untilTick } = one;
    const isOpen = !Number.isFinite(untilTick);
    const left = Math.max(0, untilTick - Math.max(tick + 1, fromTick));
    const times: TimedStatus = {
      id,
      from_tick: fromTick,
      until_tick: isOpen ? null : untilTick,
      duration_s: isOpen ? null : ((untilTick - fromTick) * intervalMs) / 1000,
      remaining_seconds: isOpen ? null : (left * intervalMs) / 1000,
    };
    return { ...times, ...options.describe(one, tick) } as Status;
  };

  return {
    all: () => all,
    activeAt,
    check(request) {
      checkId(request.id);
      options.check(request, all, undefined);
    },
    set(request, now) {
      checkId(request.id);
      const placed = place(request, now);
      options.check(request, all, placed);
      const outcome = put(request, placed, now.tick);
      return { outcome, status: statusOf(find(placed.id, now.tick), now.tick) };
    },
    cancel({ id, at }, now) {
      const found = find(id, now.tick);
      const tick = startTickOf(at, now, intervalMs, `invalid_${noun}`);
      // Asked for again, it is to last as it was asked for.
      asked.delete(id);
      return statusOf(end(found, tick), now.tick);
    },
    find: (id, tick) => statusOf(find(id, tick), tick),
    active: (tick) => activeAt(tick + 1).map((one) => statusOf(one, tick)),
  };
}
