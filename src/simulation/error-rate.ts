/** Error rates: increments that move from series with some label values to those that differ in these values alone. */
import { whyUnmovable } from '../config/options.ts';
import type { ErrorRate } from '../control/effect.ts';
import type { Effect } from '../engine/effects.ts';
import type { Links } from '../engine/moving.ts';
import { strengthAt } from '../engine/ramp.ts';
import { createKeysOf } from '../labels/keys.ts';
import { parseMatchers, type Matcher } from '../labels/matchers.ts';
import type { LabelSpace } from '../labels/space.ts';
import type { Family } from '../series/family.ts';
import type { GeneratorSpec } from '../series/source.ts';
import { LyrebirdError } from '../util/errors.ts';

/** Slots looked at between two turns of others. */
const SLICE = 16_384;
/** How far rounding may take shares over 1. */
const TOLERANCE = 1e-9;

/** Why increments of a family cannot be moved, in words; `undefined` when they can. */
export function findUnmovable(
  { name, type, labels, key }: Family,
  generators: readonly GeneratorSpec[],
): string | undefined {
  const reason = whyUnmovable(name, type, generators);
  if (reason !== undefined) return reason;
  if (labels.whole !== undefined && (generators.length > 1 || key === undefined))
    return `${name} has series of their own, which other shards do not know`;
  if (labels.whole !== undefined && labels.turnover !== undefined)
    return `${name} has series that come and go, which other shards do not know`;
  return undefined;
}

/** Matchers of the series that give. */
export function matchersOf(labels: Readonly<Record<string, string>>): readonly Matcher[] {
  return parseMatchers(
    `{${Object.entries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(',')}}`,
  );
}

/**
 * Finds for each source, given by slot of the whole space, the series that takes from it. Throws when one is missing; the error names
 * it. In slices.
 */
export async function linkSeries(
  family: Family,
  isSource: Uint8Array,
  { from, to }: ErrorRate,
  yieldNow: () => Promise<void>,
): Promise<Links> {
  const { labels } = family;
  const space = labels.whole?.space ?? labels;
  const changed = new Map(
    Object.entries(to).map(([name, value]) => digitOf(space, name, value, family.name)),
  );
  const kept = space.dimensions.map((_, d) => d).filter((d) => !changed.has(d));
  const digits = new Float64Array(space.dimensions.length);
  const isExact =
    space.dimensions.reduce((product, { count }) => product * count, 1) <= Number.MAX_SAFE_INTEGER;
  /** What two series have in common that differ in the changed labels alone. */
  const restOf = (): number | string =>
    isExact
      ? kept.reduce((number, d) => number * (space.dimensions[d]?.count ?? 1) + (digits[d] as number), 0)
      : kept.map((d) => digits[d]).join();

  const sources = new Map<number | string, number>();
  const targets = new Map<number | string, number>();
  for (let slot = 0; slot < space.size; slot++) {
    if (slot % SLICE === 0) await yieldNow();
    space.digits(slot, digits);
    if (isSource[slot] === 1) sources.set(restOf(), slot);
    if ([...changed].every(([d, digit]) => digits[d] === digit)) targets.set(restOf(), slot);
  }
  const missing = [...sources].filter(([rest]) => !targets.has(rest)).map(([, slot]) => slot);
  const [first] = missing;
  if (first !== undefined) {
    const set = labelsOf(space, first);
    throw invalid(
      `error_rate: ${missing.length} of ${sources.size} series of ${family.name} have no series to move to; ` +
        `${inBraces(set)} needs ${inBraces({ ...set, ...to })}`,
      { missing: missing.length, series: { ...set, ...to }, from },
    );
  }
  const { key } = family;
  return {
    sources: Float64Array.from(sources.values()),
    targets: Float64Array.from(sources.keys(), (rest) => targets.get(rest) as number),
    from: labels.whole?.from ?? 0,
    keysOf: (slots) =>
      key === undefined || slots.length === 0
        ? { hi: new Int32Array(0), lo: new Int32Array(0) }
        : createKeysOf(key, space, slots),
  };
}

/** Throws when error rates together take more from a series of a family than there is. */
export function checkShares(
  effect: Effect,
  others: readonly Effect[],
  family: string,
  linksOf: (id: string) => Links | undefined,
): void {
  const own = linksOf(effect.id);
  const overlapping = others.filter(
    (other) =>
      linksOf(other.id) !== undefined &&
      other.fromTick < effect.untilTick &&
      effect.fromTick < other.untilTick,
  );
  if (own === undefined || overlapping.length === 0) return;
  const mine = new Set(own.sources);
  const all = [effect, ...overlapping];
  for (const { fromTick } of all) {
    const active = all.filter((one) => strengthAt(one, fromTick) > 0);
    if (!active.includes(effect)) continue;
    const taken = new Map<number, number>();
    for (const one of active) {
      for (const slot of linksOf(one.id)?.sources ?? []) {
        if (!mine.has(slot)) continue;
        const share = (taken.get(slot) ?? 0) + (one.errorRate?.share ?? 0);
        taken.set(slot, share);
        if (share > 1 + TOLERANCE)
          throw invalid(
            `error_rate: shares of ${active.map(({ id }) => id).join(', ')} add up to more than 1 of a series of ${family}`,
          );
      }
    }
  }
}

function digitOf(space: LabelSpace, name: string, value: string, family: string): [number, number] {
  const d = space.names.indexOf(name);
  const dimension = space.dimensions[d];
  if (dimension === undefined || space.turnover?.dimension === d)
    throw invalid(`error_rate: ${family} has no label ${name} that stays as it is`);
  for (let index = 0; index < dimension.count; index++)
    if (dimension.value(index) === value) return [d, index];
  throw invalid(`error_rate: label ${name} of ${family} has no value ${JSON.stringify(value)}`);
}

function labelsOf(space: LabelSpace, slot: number): Record<string, string> {
  return Object.fromEntries(space.names.map((name, d) => [name, space.value(slot, d)]));
}

function inBraces(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}

function invalid(message: string, details?: object): LyrebirdError {
  return new LyrebirdError('invalid_effect', message, { details });
}
