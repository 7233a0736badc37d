/** Faults of a run: which there are, whom they spoil, and how often they have. They change nothing that is generated. */
import { spoilsNothing, type FaultRequest } from '../control/fault.ts';
import type { Frame } from '../series/frame.ts';
import {
  FAULT_KINDS,
  spoilPush,
  spoilScrape,
  type FaultKind,
  type Faults,
  type RequestFault,
  type Spoilt,
  type Way,
} from '../sinks/shared/faults.ts';
import { inPlace, LyrebirdError } from '../util/errors.ts';
import type { CancelRequest } from './register.ts';
import { startTickOf, ticksIn } from './times.ts';

/** A fault that is not over. */
export interface FaultStatus {
  readonly id: string;
  readonly kind: FaultKind;
  /** What it spoils. */
  readonly on: Way;
  readonly share: number;
  /** The options of its kind. */
  readonly options: Readonly<Record<string, number | string>>;
  readonly from_tick: number;
  /** The first tick that it no longer spoils; null without an end. */
  readonly until_tick: number | null;
  readonly remaining_seconds: number | null;
  /** Requests that it has spoilt so far. */
  readonly spoilt: number;
}

export interface FaultAnswer {
  readonly outcome: 'created' | 'replaced' | 'unchanged';
  readonly fault: FaultStatus;
}

/** What sees the faults, as far as it is known: none in a replay. */
export interface FaultTargets {
  /** The ways that exporters of the run use. */
  readonly ways: ReadonlySet<Way>;
  /** Told of every request that was spoilt. */
  readonly onSpoilt: (spoilt: Spoilt) => void;
}

export interface FaultControl extends Faults {
  /** Throws `fault_without_exporter`. */
  check(request: Pick<FaultRequest, 'kind'>): void;
  /** Takes the fault, or leaves the one that there is when the same is asked for again. Throws `tick_past` or `invalid_fault`. */
  set(request: FaultRequest, now: Pick<Frame, 'tick' | 'modelMs'>): FaultAnswer;
  /**
   * Those of a file, in place of those that the file had before: what is asked for again goes on, also over the API, the rest ends and
   * begins. Throws what one is refused with, with its place; else nothing can be refused any more, and `take` does it.
   */
  follow(
    requests: readonly FaultRequest[],
    now: Pick<Frame, 'tick' | 'modelMs'>,
  ): { readonly take: () => void };
  /** Ends a fault. Throws `fault_not_found`, `tick_past` or `invalid_fault`. */
  cancel(request: CancelRequest, now: Pick<Frame, 'tick' | 'modelMs'>): FaultStatus;
  /** Throws `fault_not_found`. */
  find(id: string, tick: number): FaultStatus;
  /** Those not over once tick + 1 is done, in order of id. */
  active(tick: number): readonly FaultStatus[];
  /** Requests spoilt so far, by kind. */
  readonly totals: ReadonlyMap<FaultKind, number>;
  /** What spoilt a request of this way at a tick, in words, as long as it is remembered. */
  spoiltAt(way: Way, tick: number): string | undefined;
  attach(targets: FaultTargets): void;
}

interface Entry {
  readonly fault: RequestFault;
  /** The request, to know the same one again. */
  readonly asked: string;
  spoilt: number;
}

const DEFAULT_STATUS = 503;
const DEFAULT_AFTER_BYTES = 512;
const DEFAULT_CONTENT_TYPE = 'text/html';
const REMEMBERED = 64;

export function createFaultControl(seed: number, intervalMs: number): FaultControl {
  const entries = new Map<string, Entry>();
  const totals = new Map<FaultKind, number>();
  /** The last requests that were spoilt. */
  const last: Spoilt[] = [];
  let targets: FaultTargets | undefined;
  let count = 0;
  /** Of the file, with the ids that they have got. */
  let filed: readonly { readonly request: FaultRequest; readonly id: string }[] = [];

  const activeAt = (tick: number): Entry[] =>
    [...entries.values()]
      .filter(({ fault }) => fault.untilTick > tick)
      .sort((a, b) => (a.fault.id < b.fault.id ? -1 : 1));
  const entryOf = (id: string, tick: number): Entry => {
    const entry = activeAt(tick + 1).find(({ fault }) => fault.id === id);
    if (entry !== undefined) return entry;
    const ids = activeAt(tick + 1).map(({ fault }) => fault.id);
    throw new LyrebirdError(
      'fault_not_found',
      `no fault ${id} is active or to come; there are: ${ids.join(', ') || 'none'}`,
      { details: { active: ids } },
    );
  };
  const nextId = (): string => {
    do count += 1;
    while (entries.has(`fault-${count}`));
    return `fault-${count}`;
  };
  const statusOf = ({ fault, spoilt }: Entry, tick: number): FaultStatus => {
    const ends = Number.isFinite(fault.untilTick);
    const from = Math.max(tick + 1, fault.fromTick);
    return {
      id: fault.id,
      kind: fault.kind,
      on: FAULT_KINDS[fault.kind],
      share: fault.share,
      options: optionsOf(fault, intervalMs),
      from_tick: fault.fromTick,
      until_tick: ends ? fault.untilTick : null,
      remaining_seconds: ends ? (Math.max(0, fault.untilTick - from) * intervalMs) / 1000 : null,
      spoilt,
    };
  };
  const note = <S extends Spoilt>(spoilt: S | undefined): S | undefined => {
    if (spoilt === undefined) return undefined;
    for (const { id, kind } of spoilt.faults) {
      totals.set(kind, (totals.get(kind) ?? 0) + 1);
      const entry = entries.get(id);
      if (entry !== undefined) entry.spoilt += 1;
    }
    last.push(spoilt);
    if (last.length > REMEMBERED) last.shift();
    targets?.onSpoilt(spoilt);
    return spoilt;
  };
  const faults = (): RequestFault[] => [...entries.values()].map(({ fault }) => fault);

  const check: FaultControl['check'] = ({ kind }) => {
    const way = FAULT_KINDS[kind];
    if (targets === undefined || targets.ways.has(way)) return;
    throw new LyrebirdError('fault_without_exporter', spoilsNothing(kind));
  };

  const set: FaultControl['set'] = (request, now) => {
    const asked = askedOf(request);
    const { id: given } = request;
    const before =
      given === undefined ? undefined : activeAt(now.tick + 1).find(({ fault }) => fault.id === given);
    if (before !== undefined && before.asked === asked)
      return { outcome: 'unchanged', fault: statusOf(before, now.tick) };
    const fromTick = startTickOf(request.at, now, intervalMs, 'invalid_fault');
    // What is over is forgotten here: ids come back, and memory does not grow.
    for (const [id, { fault }] of entries) if (fault.untilTick <= now.tick) entries.delete(id);
    const fault = faultOf(request, given ?? nextId(), fromTick, intervalMs);
    const entry: Entry = { fault, asked, spoilt: 0 };
    entries.set(fault.id, entry);
    return { outcome: before === undefined ? 'created' : 'replaced', fault: statusOf(entry, now.tick) };
  };
  const cancel: FaultControl['cancel'] = ({ id, at }, now) => {
    const { fault, spoilt } = entryOf(id, now.tick);
    const tick = startTickOf(at, now, intervalMs, 'invalid_fault');
    const untilTick = Math.max(fault.fromTick, Math.min(fault.untilTick, tick));
    // A page of the last tick can still be asked for, until the next one is done. Asked for again, it is to last as it was asked for.
    const ended = { fault: { ...fault, untilTick }, asked: '', spoilt };
    entries.set(id, ended);
    return statusOf(ended, now.tick);
  };

  return {
    totals,
    check,
    any: (way) => faults().some(({ kind }) => FAULT_KINDS[kind] === way),
    scrape: (number, tick) => note(spoilScrape(faults(), seed, number, tick)),
    push: (number, tick) => note(spoilPush(faults(), seed, number, tick)),
    attach(to) {
      targets = to;
      for (const fault of faults()) check(fault);
    },
    set,
    follow(requests, now) {
      const left = [...filed];
      const next = requests.map((request, index) => {
        const at = left.findIndex((one) => JSON.stringify(one.request) === JSON.stringify(request));
        const [known] = at < 0 ? [] : left.splice(at, 1);
        if (known !== undefined) return known;
        try {
          check(request);
          startTickOf(request.at, now, intervalMs, 'invalid_fault');
        } catch (error) {
          throw inPlace(`faults[${index}]`, error);
        }
        return { request, id: undefined };
      });
      return {
        take() {
          const active = new Set(activeAt(now.tick + 1));
          for (const { request, id } of left) {
            const entry = entries.get(id);
            // One that was asked for otherwise since is not the file's any more.
            if (entry !== undefined && active.has(entry) && entry.asked === askedOf(request))
              cancel({ id }, now);
          }
          filed = next.map(({ request, id }) => ({ request, id: id ?? set(request, now).fault.id }));
        },
      };
    },
    cancel,
    find: (id, tick) => statusOf(entryOf(id, tick), tick),
    active: (tick) => activeAt(tick + 1).map((entry) => statusOf(entry, tick)),
    spoiltAt(way, tick) {
      const found = last.findLast((spoilt) => spoilt.way === way && spoilt.tick === tick);
      return found?.faults.map(({ id, kind }) => `${kind} (${id})`).join(', ');
    },
  };
}

/** A request, to know the same one again. */
function askedOf(request: FaultRequest): string {
  return JSON.stringify({ ...request, id: undefined });
}

function faultOf(request: FaultRequest, id: string, fromTick: number, intervalMs: number): RequestFault {
  const ticks = (seconds: number | undefined): number =>
    seconds === undefined ? 0 : ticksIn(seconds, intervalMs);
  const { duration_s: durationS } = request;
  return {
    id,
    kind: request.kind,
    share: request.share ?? 1,
    fromTick,
    untilTick: durationS === undefined ? Number.POSITIVE_INFINITY : fromTick + ticks(durationS),
    status: request.status ?? DEFAULT_STATUS,
    latencyMs: (request.latency_s ?? 0) * 1000,
    jitterMs: (request.jitter_s ?? 0) * 1000,
    afterBytes: request.after_bytes ?? DEFAULT_AFTER_BYTES,
    contentType: request.content_type ?? DEFAULT_CONTENT_TYPE,
    upTicks: ticks(request.up_s),
    downTicks: ticks(request.down_s),
    lagTicks: ticks(request.lag_s),
  };
}

/** In the words of a request, times in whole ticks. */
function optionsOf(fault: RequestFault, intervalMs: number): Readonly<Record<string, number | string>> {
  const seconds = (ticks: number): number => (ticks * intervalMs) / 1000;
  switch (fault.kind) {
    case 'slow':
      return { latency_s: fault.latencyMs / 1000, jitter_s: fault.jitterMs / 1000 };
    case 'fail':
      return { status: fault.status };
    case 'truncate':
      return { after_bytes: fault.afterBytes };
    case 'flap':
      return { up_s: seconds(fault.upTicks), down_s: seconds(fault.downTicks) };
    case 'content_type':
      return { content_type: fault.contentType };
    case 'delay':
    case 'late':
      return { lag_s: seconds(fault.lagTicks) };
    default:
      return {};
  }
}
