/** From the families that run to those of another configuration: what goes on, what is born, what ends. */
import { inputNames } from '../config/derived.ts';
import { factorsIn } from '../config/factors.ts';
import { stepFamilies, type ConfiguredFamily, type Shard } from '../config/families.ts';
import type { Metric } from '../config/metric.ts';
import type { Config } from '../config/schema.ts';
import { matchSlots } from '../labels/match.ts';
import type { FamiliesChange, Succession } from '../series/change.ts';
import { declaredType, type Family } from '../series/family.ts';

/**
 * What becomes of a metric: `same`, nothing at all; `kept`, its texts only; `changed`, its series go on with other numbers, or some of
 * them; `replaced`, all of its series end and others are born.
 */
export type Outcome = 'same' | 'kept' | 'changed' | 'replaced' | 'added' | 'removed';

/** A configuration with its families. */
export interface LineUp {
  readonly config: Config;
  readonly configured: readonly ConfiguredFamily[];
}

export interface ChangePlan extends LineUp {
  /** By name: those of the new configuration in its order, then those that are gone. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly change: FamiliesChange;
  /** Families that need a source of their own; those of the others go on. */
  readonly made: readonly ConfiguredFamily[];
}

/**
 * Compares two configurations metric by metric, by name. A metric that is the same keeps its Family object. Where type, buckets, quantiles, states,
 * label names or the names that backends see differ, series are others; else series of equal label sets go on. Changes nothing.
 * O(slots) for families whose label sets may be others, in steps.
 */
export function* planChange(before: LineUp, config: Config, shard?: Shard): Generator<void, ChangePlan> {
  const known = new Map(before.configured.map((entry) => [entry.metric.name, entry]));
  const outcomes = new Map<string, Outcome>();
  const successions = new Map<Family, Succession>();
  const made: ConfiguredFamily[] = [];
  const matches = new Map<string, Int32Array>();
  /** Families of one space and of another one share the way between the two. */
  function* match(entry: ConfiguredFamily, old: ConfiguredFamily): Generator<void, Int32Array> {
    const key = JSON.stringify([entry.space, old.space]);
    const slots = matches.get(key) ?? (yield* matchSlots(entry.family.labels, old.family.labels));
    matches.set(key, slots);
    return slots;
  }

  const entries = yield* stepFamilies(config, shard, before.configured);
  for (const entry of entries) {
    const old = known.get(entry.metric.name);
    const outcome = old === undefined ? 'added' : compare(entry, old);
    const isMoved =
      outcome !== 'added' && factorsOf(entry.metric, config) !== factorsOf(entry.metric, before.config);
    outcomes.set(
      entry.metric.name,
      isMoved && (outcome === 'same' || outcome === 'kept') ? 'changed' : outcome,
    );
  }
  spreadChanges(entries, outcomes);
  const configured: ConfiguredFamily[] = [];
  for (const entry of entries) {
    const { name } = entry.metric;
    const old = known.get(name);
    const outcome = outcomes.get(name);
    const isSame = outcome === 'same' && old !== undefined;
    configured.push(isSame ? old : entry);
    if (isSame) continue;
    made.push(entry);
    if (old === undefined || outcome === 'replaced') continue;
    const from = entry.space === old.space ? undefined : yield* match(entry, old);
    successions.set(entry.family, { before: old.family, from });
  }
  for (const name of known.keys()) if (!outcomes.has(name)) outcomes.set(name, 'removed');
  return {
    config,
    configured,
    outcomes,
    change: { families: configured.map(({ family }) => family), successions },
    made,
  };
}

/** What a configuration says of the factors that a metric reads. */
function factorsOf(metric: Metric, { factors }: Config): string {
  return JSON.stringify(Array.from(factorsIn(metric), ({ name }) => factors[name]));
}

/** What follows from metrics that are not the same has other numbers itself: its source reads theirs. */
function spreadChanges(entries: readonly ConfiguredFamily[], outcomes: Map<string, Outcome>): void {
  const isSame = (name: string): boolean => outcomes.get(name) === 'same';
  for (let progress = true; progress;) {
    progress = false;
    for (const { metric } of entries) {
      if (!isSame(metric.name) || inputNames(metric).every(isSame)) continue;
      outcomes.set(metric.name, 'changed');
      progress = true;
    }
  }
}

function compare(entry: ConfiguredFamily, old: ConfiguredFamily): Outcome {
  const { family, metric } = entry;
  const known = old.family;
  const isAnother =
    declaredType(family) !== declaredType(known) ||
    family.type !== known.type ||
    !isEqual(family.states?.names, known.states?.names) ||
    family.prometheus.name !== known.prometheus.name ||
    family.otel.name !== known.otel.name ||
    !isEqual([...family.bounds], [...known.bounds]) ||
    !isEqual([...family.quantiles], [...known.quantiles]) ||
    !isEqual(family.labels.names.toSorted(), known.labels.names.toSorted());
  if (isAnother) return 'replaced';
  if (entry.space !== old.space) return 'changed';
  const numbersOf = (of: Metric) => ({ ...of, help: undefined, unit: undefined });
  if (!isEqual(numbersOf(metric), numbersOf(old.metric))) return 'changed';
  return family.help === known.help && metric.unit === old.metric.unit ? 'same' : 'kept';
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
