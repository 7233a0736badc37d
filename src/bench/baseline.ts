/**
 * A checked-in baseline of ratios, to see a regression at once. Ratios, because both contenders share the machine: a slower
 * one moves both. Still information, never a verdict.
 */
import type { Figure } from './figure.ts';

/** Figure -> how many times better direct was than the library. */
export type Baseline = Readonly<Record<string, number>>;

export interface Comparison {
  readonly id: string;
  /** `undefined`: the baseline has it and this run does not. */
  readonly ratio: number | undefined;
  /** `undefined`: this run has it and the baseline does not. */
  readonly before: number | undefined;
  readonly verdict: 'regressed' | 'improved' | 'alike' | 'new' | 'missing';
}

/** A ratio below this share of its baseline is a regression, one above its inverse an improvement: the noise is less. */
const ALIKE = 0.7;

export function createBaseline(figures: readonly Figure[]): Baseline {
  return Object.fromEntries(
    figures.flatMap(({ id, ratio }) => (ratio === undefined ? [] : [[id, Number(ratio.toPrecision(3))]])),
  );
}

/** In the order of the figures; those that are missing come last. */
export function compare(figures: readonly Figure[], baseline: Baseline): Comparison[] {
  const now = new Map(figures.map(({ id, ratio }) => [id, ratio]));
  const ids = [...now.keys()].filter((id) => now.get(id) !== undefined);
  const missing = Object.keys(baseline).filter((id) => now.get(id) === undefined);
  return [...ids, ...missing].map((id) => {
    const ratio = now.get(id);
    const before = Object.hasOwn(baseline, id) ? baseline[id] : undefined;
    return { id, ratio, before, verdict: verdictOf(ratio, before) };
  });
}

function verdictOf(ratio: number | undefined, before: number | undefined): Comparison['verdict'] {
  if (ratio === undefined) return 'missing';
  if (before === undefined) return 'new';
  if (ratio < before * ALIKE) return 'regressed';
  return ratio > before / ALIKE ? 'improved' : 'alike';
}
