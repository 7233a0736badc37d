/**
 * Faults on the way: what is wrong with a request for the page, or with a frame that is pushed. A choice depends on the seed,
 * the fault's id and the number of the request alone, so that what was spoilt can be worked out again, whatever came of it.
 */
import { namedKey } from '../../util/key.ts';
import { Rng } from '../../util/rng.ts';

/** What kinds spoil: a scrape, which counts the requests for the page from 1, or a push, which counts exported frames from 1. */
export const FAULT_KINDS = {
  slow: 'scrape',
  fail: 'scrape',
  truncate: 'scrape',
  flap: 'scrape',
  content_type: 'scrape',
  delay: 'push',
  late: 'push',
  duplicate: 'push',
  drop: 'push',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;
export type Way = (typeof FAULT_KINDS)[FaultKind];

/** A fault from its first tick to the one that it no longer spoils. Options that its kind has not are not read. */
export interface RequestFault {
  readonly id: string;
  readonly kind: FaultKind;
  /** Of the requests, 0 to 1. */
  readonly share: number;
  readonly fromTick: number;
  readonly untilTick: number;
  readonly status: number;
  /** Slow: `latencyMs` and up to `jitterMs` more, uniformly. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly afterBytes: number;
  readonly contentType: string;
  /** Flap: from `fromTick` on so many ticks with answers, then so many without. */
  readonly upTicks: number;
  readonly downTicks: number;
  readonly lagTicks: number;
}

/** A request that was spoilt, and by what. */
export interface Spoilt {
  readonly way: Way;
  readonly number: number;
  /** The tick last done when a page was asked for; the tick that is pushed. */
  readonly tick: number;
  readonly faults: readonly { readonly id: string; readonly kind: FaultKind }[];
}

/** What happens to a request for the page. Waiting comes first; then a connection that breaks beats a status, which beats a page. */
export interface SpoiltScrape extends Spoilt {
  readonly delayMs: number;
  /** The connection is broken without an answer. */
  readonly breaks: boolean;
  readonly status: number | undefined;
  /** The connection is broken after so many bytes of the page. */
  readonly afterBytes: number | undefined;
  readonly contentType: string | undefined;
}

/** What happens to a frame that is pushed. A dropped one is nothing else. */
export interface SpoiltPush extends Spoilt {
  readonly drops: boolean;
  /** How often it is sent. */
  readonly copies: number;
  /** Sent so many ticks later; those behind it wait. */
  readonly delayTicks: number;
  /** Sent so many ticks later, behind newer frames. */
  readonly lateTicks: number;
}

/** Draws of a cell by what they are for. */
const CHOICE = 0;
const JITTER = 1;

const rng = new Rng();

/** A uniform number in [0, 1) for a fault and a request. */
function draw(seed: number | string, { id }: RequestFault, number: number, stream: number): number {
  const { hi, lo } = namedKey(seed, `fault\u0000${id}`);
  rng.seek(hi, lo, number, stream);
  return rng.float();
}

/** Faults, in order of id, that spoil a request. */
function hitsOf(
  faults: readonly RequestFault[],
  way: Way,
  seed: number | string,
  number: number,
  tick: number,
): RequestFault[] {
  return faults
    .filter((fault) => FAULT_KINDS[fault.kind] === way && tick >= fault.fromTick && tick < fault.untilTick)
    .filter((fault) => fault.kind !== 'flap' || isDown(fault, tick))
    .filter((fault) => fault.share >= 1 || draw(seed, fault, number, CHOICE) < fault.share)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isDown({ fromTick, upTicks, downTicks }: RequestFault, tick: number): boolean {
  return (tick - fromTick) % (upTicks + downTicks) >= upTicks;
}

function spoiltOf(way: Way, number: number, tick: number, hits: readonly RequestFault[]): Spoilt {
  return { way, number, tick, faults: hits.map(({ id, kind }) => ({ id, kind })) };
}

/** What happens to the request of a number, `tick` being the one last done; undefined when nothing does. */
export function spoilScrape(
  faults: readonly RequestFault[],
  seed: number | string,
  number: number,
  tick: number,
): SpoiltScrape | undefined {
  const hits = hitsOf(faults, 'scrape', seed, number, tick);
  if (hits.length === 0) return undefined;
  const first = (kind: FaultKind): RequestFault | undefined => hits.find((hit) => hit.kind === kind);
  const delayMs = hits
    .filter(({ kind }) => kind === 'slow')
    .reduce((sum, hit) => sum + hit.latencyMs + hit.jitterMs * draw(seed, hit, number, JITTER), 0);
  return {
    ...spoiltOf('scrape', number, tick, hits),
    delayMs,
    breaks: first('flap') !== undefined,
    status: first('fail')?.status,
    afterBytes: first('truncate')?.afterBytes,
    contentType: first('content_type')?.contentType,
  };
}

/** What happens to the exported frame of a number; undefined when nothing does. */
export function spoilPush(
  faults: readonly RequestFault[],
  seed: number | string,
  number: number,
  tick: number,
): SpoiltPush | undefined {
  const hits = hitsOf(faults, 'push', seed, number, tick);
  if (hits.length === 0) return undefined;
  const lagOf = (wanted: FaultKind): number =>
    hits.filter(({ kind }) => kind === wanted).reduce((sum, { lagTicks }) => sum + lagTicks, 0);
  const drops = hits.some(({ kind }) => kind === 'drop');
  // What is dropped was neither late nor sent twice.
  const shown = drops ? hits.filter(({ kind }) => kind === 'drop') : hits;
  return {
    ...spoiltOf('push', number, tick, shown),
    drops,
    copies: 1 + hits.filter(({ kind }) => kind === 'duplicate').length,
    delayTicks: lagOf('delay'),
    lateTicks: lagOf('late'),
  };
}

/** What sinks ask before they answer or send. */
export interface Faults {
  /** Whether any fault could spoil requests of this way now. */
  any(way: Way): boolean;
  /** Called between two ticks, `tick` being the last one. What is given is counted as spoilt. */
  scrape(number: number, tick: number): SpoiltScrape | undefined;
  push(number: number, tick: number): SpoiltPush | undefined;
}
