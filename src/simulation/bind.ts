/** Which series of a family an effect changes, and which it moves increments between. */
import type { ErrorRate } from '../control/effect.ts';
import type { Target } from '../engine/effects.ts';
import type { Links } from '../engine/moving.ts';
import type { Matcher } from '../labels/matchers.ts';
import type { Selection } from '../labels/selection.ts';
import type { LabelSpace } from '../labels/space.ts';
import type { Family } from '../series/family.ts';
import { yieldNow } from '../util/turns.ts';
import { linkSeries, matchersOf } from './error-rate.ts';

/** What an effect is on, by family. */
export interface Bound {
  readonly targets: Target[];
  /** 1 for each slot that it changes, where these are not all. */
  readonly members: Map<string, Uint8Array>;
  readonly links: Map<string, Links>;
  /** Of families that other shards have parts of: 1 for each slot of the whole space. */
  readonly everywhere: Map<string, Uint8Array>;
}

export function createBound(): Bound {
  return { targets: [], members: new Map(), links: new Map(), everywhere: new Map() };
}

/**
 * Adds a family to what an effect is on, unless none of its series match, in any shard. Throws when series that lose increments have
 * nobody to give them to.
 */
export async function bindFamily(
  family: Family,
  matchers: readonly Matcher[],
  errorRate: ErrorRate | undefined,
  { targets, members, links, everywhere }: Bound,
  select: (space: LabelSpace, matchers: readonly Matcher[]) => Promise<Selection>,
): Promise<void> {
  const { name, size, labels } = family;
  // What turns over in other shards is not known here; increments are not moved between them.
  const whole = labels.turnover === undefined ? labels.whole : undefined;
  const space = whole?.space ?? labels;
  const from = whole?.from ?? 0;
  if (errorRate !== undefined) {
    const sources = await select(space, [...matchers, ...matchersOf(errorRate.from)]);
    if (sources.count === 0) return;
    links.set(name, await linkSeries(family, sources.members, errorRate, yieldNow));
  }
  if (matchers.length === 0) {
    targets.push({ family: name, series: size, of: size });
    return;
  }
  const selection = await select(space, matchers);
  if (selection.count === 0) return;
  const own = selection.members.subarray(from, from + size);
  const selected = own.reduce((count, one) => count + one, 0);
  targets.push({ family: name, series: selected, of: size });
  if (selected < size) members.set(name, own);
  if (whole !== undefined) everywhere.set(name, selection.members);
}
