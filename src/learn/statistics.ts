/** Figures of lists of numbers. */

export function meanOf(list: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += list[i] as number;
  return list.length === 0 ? 0 : sum / list.length;
}

/** Standard deviation of the list itself, not of a population that it is drawn from. */
export function spreadOf(list: ArrayLike<number>): number {
  const mean = meanOf(list);
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += ((list[i] as number) - mean) ** 2;
  return list.length === 0 ? 0 : Math.sqrt(sum / list.length);
}

export function medianOf(list: readonly number[]): number {
  return quantilesOf(list, 3)[1] ?? Number.NaN;
}

/**
 * Quantiles at `count` evenly spaced probabilities from 0 to 1, between neighbours in proportion. With weights, a value stands for
 * so much more or less.
 */
export function quantilesOf(list: readonly number[], count: number, weights?: readonly number[]): number[] {
  const order = list.map((_, i) => i).sort((a, b) => (list[a] as number) - (list[b] as number));
  if (order.length === 0) return [];
  const sorted = order.map((i) => list[i] as number);
  const weighing = order.map((i) => weights?.[i] ?? 1);
  /** Where each value lies: half of its weight is below, half above. */
  const places = [0];
  for (let i = 1; i < sorted.length; i++)
    places.push((places[i - 1] as number) + ((weighing[i - 1] as number) + (weighing[i] as number)) / 2);
  const all = places.at(-1) as number;
  let above = Math.min(1, sorted.length - 1);
  return Array.from({ length: count }, (_, q) => {
    const at = count === 1 ? all / 2 : (q / (count - 1)) * all;
    while (above < sorted.length - 1 && (places[above] as number) < at) above++;
    const below = Math.max(0, above - 1);
    const [low, high] = [sorted[below] as number, sorted[above] as number];
    const [begin, end] = [places[below] as number, places[above] as number];
    return end > begin ? low + ((at - begin) / (end - begin)) * (high - low) : low;
  });
}

/** At most so many of a list, evenly chosen. */
export function everyNth<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)] as T);
}

/** Pearson's correlation of two lists of one length; 0 where one of them does not move. */
export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const meanA = meanOf(a);
  const meanB = meanOf(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) - meanA;
    const y = (b[i] as number) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Correlation of a list with itself one step later. */
export function lagOneOf(list: readonly number[]): number {
  return list.length < 3 ? 0 : correlationOf(list.slice(1), list.slice(0, -1));
}

/** Ranks from 0; those that are equal share the middle of theirs. */
export function ranksOf(list: readonly number[]): number[] {
  const order = list.map((_, i) => i).sort((a, b) => (list[a] as number) - (list[b] as number));
  const ranks = Array.from(list, () => 0);
  for (let i = 0; i < order.length;) {
    let end = i + 1;
    while (end < order.length && list[order[end] as number] === list[order[i] as number]) end++;
    const rank = (i + end - 1) / 2;
    for (; i < end; i++) ranks[order[i] as number] = rank;
  }
  return ranks;
}

/** Kolmogorov-Smirnov distance: the most by which two distribution functions differ; 1 when one has no values. */
export function distanceOf(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const [one, other] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let most = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    const at = Math.min(one[i] as number, other[j] as number);
    while (i < one.length && one[i] === at) i++;
    while (j < other.length && other[j] === at) j++;
    most = Math.max(most, Math.abs(i / one.length - j / other.length));
  }
  return most;
}

/** Seconds in which a correlation falls to 1/e when it is `correlation` after `seconds`; 0 where there is none. */
export function memoryOf(correlation: number, seconds: number): number {
  return correlation > 0.05 ? -seconds / Math.log(Math.min(correlation, 0.995)) : 0;
}
