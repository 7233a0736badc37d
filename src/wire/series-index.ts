/** Label sets found again, whatever the order of their labels: by a hash that is the sum of those of their labels. */
import type { Label } from './page.ts';

/** The hash of no text. */
export const HASH_BEGIN = 0x811c9dc5 | 0;

/** The hash of a text with one more UTF-16 unit behind it. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

/** Spreads a hash over all bits: those of texts that are alike would add up to the same in too many ways. */
export function hashEnd(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Of `name=value`. An empty label is as good as none. */
export function hashOfLabel({ name, value }: Label): number {
  return value === '' ? 0 : hashEnd(hashText(value, hashUnit(hashText(name, HASH_BEGIN), EQUALS)));
}

const EQUALS = 61;

function hashText(text: string, begin: number): number {
  let hash = begin;
  for (let i = 0; i < text.length; i++) hash = hashUnit(hash, text.charCodeAt(i));
  return hash;
}

export function hashOfLabels(labels: readonly Label[]): number {
  return labels.reduce((sum, label) => (sum + hashOfLabel(label)) | 0, 0);
}

export interface SeriesIndex<T> {
  /** What was set last of a label set with this hash. */
  get(hash: number, labels: readonly Label[]): T | undefined;
  set(hash: number, series: T): void;
}

export function createSeriesIndex<T extends { readonly labels: readonly Label[] }>(): SeriesIndex<T> {
  const all: T[] = [];
  /** In pairs: a hash, and the number of a series from 1, or 0 where none is. Half of the pairs are free at least. */
  let slots = new Int32Array(16);
  /** Where the pair of a label set is, or the free one where it would be. */
  const slotOf = (hash: number, labels: readonly Label[]): number => {
    const mask = slots.length - 1;
    let slot = (2 * hash) & mask;
    for (;;) {
      const series = slots[slot + 1] as number;
      if (series === 0) return slot;
      if (slots[slot] === hash && isSameSet((all[series - 1] as T).labels, labels)) return slot;
      slot = (slot + 2) & mask;
    }
  };
  const grow = (): void => {
    const before = slots;
    slots = new Int32Array(2 * before.length);
    const mask = slots.length - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] === 0) continue;
      const hash = before[i] as number;
      let slot = (2 * hash) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = hash;
      slots[slot + 1] = before[i + 1] as number;
    }
  };
  return {
    get(hash, labels) {
      const series = slots[slotOf(hash, labels) + 1] as number;
      return series === 0 ? undefined : all[series - 1];
    },
    set(hash, series) {
      const slot = slotOf(hash, series.labels);
      const known = slots[slot + 1] as number;
      if (known > 0) {
        all[known - 1] = series;
        return;
      }
      slots[slot] = hash;
      slots[slot + 1] = all.push(series);
      if (4 * all.length > slots.length) grow();
    },
  };
}

function isSameSet(a: readonly Label[], b: readonly Label[]): boolean {
  return isSameList(a, b) || keyOf(a) === keyOf(b);
}

function isSameList(a: readonly Label[], b: readonly Label[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const one = a[i] as Label;
    const other = b[i] as Label;
    if (one !== other && (one.name !== other.name || one.value !== other.value)) return false;
  }
  return true;
}

/** A label set whatever its order. */
function keyOf(labels: readonly Label[]): string {
  return labels
    .filter(({ value }) => value !== '')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value }) => `\u0000${name}\u0000${value}`)
    .join('');
}
