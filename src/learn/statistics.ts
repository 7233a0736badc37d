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

/** Quantiles at `count` evenly spaced probabilities from 0 to 1, between neighbours in proportion. */
export function quantilesOf(list: readonly number[], count: number): number[] {
  const sorted = Float64Array.from(list).sort();
  const last = sorted.length - 1;
  if (last < 0) return [];
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? last / 2 : (i / (count - 1)) * last;
    const below = Math.floor(at);
    const low = sorted[below] as number;
    return low + (at - below) * ((sorted[Math.min(below + 1, last)] as number) - low);
  });
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
