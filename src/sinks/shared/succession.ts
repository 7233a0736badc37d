/** Which series a backend goes on with when families change: those that have the same identity over OTLP. */
import type { FamiliesChange, Succession } from '../../series/change.ts';
import type { Family } from '../../series/family.ts';

/** Slots looked at between two yields. */
const SLOTS_PER_STEP = 4096;

/**
 * By new family, those of `before` whose series go on in it as far as a backend can tell; the declared one first. A declared
 * succession under another name, unit, type or other label names is none to a backend; one that was not declared is one where
 * name, unit, type and labels are those of a series that is gone: its total starts again, but it has not ended.
 */
export function* followOn(
  before: readonly Family[],
  { families, successions }: FamiliesChange,
): Generator<void, ReadonlyMap<Family, readonly Succession[]>> {
  const known = new Set(before);
  const kept = new Set(families);
  const taken = new Set<Family>();
  const declared = new Map<Family, Succession>();
  for (const family of families) {
    const succession = successions.get(family);
    if (known.has(family) || succession === undefined || kept.has(succession.before)) continue;
    if (!isSameStream(succession.before, family)) continue;
    declared.set(family, succession);
    taken.add(succession.before);
  }
  const found = new Map<Family, readonly Succession[]>();
  for (const family of families) {
    if (known.has(family)) continue;
    const succession = declared.get(family);
    const all = succession === undefined ? [] : [succession];
    for (const earlier of before) {
      if (kept.has(earlier) || taken.has(earlier) || !isSameStream(earlier, family)) continue;
      all.push({ before: earlier, from: yield* matchLabels(earlier, family) });
    }
    found.set(family, all);
  }
  return found;
}

function isSameStream(a: Family, b: Family): boolean {
  return (
    a.otel.name === b.otel.name &&
    a.otel.unit === b.otel.unit &&
    a.type === b.type &&
    a.labels.names.toSorted().join() === b.labels.names.toSorted().join()
  );
}

/** For each slot of a family the slot of the other that has the same labels, -1 for none. */
function* matchLabels(before: Family, family: Family): Generator<void, Int32Array> {
  const slots = new Map<string, number>();
  const keyOfOld = createKey(before);
  for (let slot = 0; slot < before.size; slot++) {
    slots.set(keyOfOld(slot), slot);
    if (slot % SLOTS_PER_STEP === 0) yield;
  }
  const from = new Int32Array(family.size);
  const keyOf = createKey(family);
  for (let slot = 0; slot < family.size; slot++) {
    from[slot] = slots.get(keyOf(slot)) ?? -1;
    if (slot % SLOTS_PER_STEP === 0) yield;
  }
  return from;
}

/** The labels of a slot as one text, whatever the order of their names. */
function createKey({ labels }: Family): (slot: number) => string {
  const order = Array.from(labels.names.keys()).sort((a, b) =>
    (labels.names[a] as string) < (labels.names[b] as string) ? -1 : 1,
  );
  return (slot) => JSON.stringify(order.map((dimension) => labels.value(slot, dimension)));
}
