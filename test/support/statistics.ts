/** Tests of samples against laws. Each gives a p-value: small when the sample is unlikely under the law. */

/** Cells with a smaller expectation are joined with their neighbours before a chi-square is taken. */
const LEAST_EXPECTED = 10;

/** Pearson's chi-square of counts against expected counts, cell by cell in order. */
export function chiSquareP(observed: readonly number[], expected: readonly number[]): number {
  let statistic = 0;
  let cells = 0;
  let seen = 0;
  let awaited = 0;
  let left = expected.reduce((sum, value) => sum + value, 0);
  for (const [i, value] of expected.entries()) {
    seen += observed[i] ?? 0;
    awaited += value;
    left -= value;
    // The last cell takes what is too little for one of its own.
    if (awaited < LEAST_EXPECTED || (left < LEAST_EXPECTED && i < expected.length - 1)) continue;
    statistic += (seen - awaited) ** 2 / awaited;
    cells++;
    seen = 0;
    awaited = 0;
  }
  if (cells < 2) throw new RangeError('a chi-square needs two cells with enough in them');
  return upperGamma((cells - 1) / 2, statistic / 2);
}

/** Chi-square of integer draws against a probability function, over all values of some probability. */
export function countsP(draws: readonly number[], mass: (k: number) => number): number {
  const counts = new Map<number, number>();
  for (const k of draws) counts.set(k, (counts.get(k) ?? 0) + 1);
  const least = draws.reduce((a, b) => Math.min(a, b));
  const most = draws.reduce((a, b) => Math.max(a, b));
  const observed: number[] = [0];
  const expected: number[] = [0];
  let covered = 0;
  for (let k = least; k <= most; k++) {
    observed.push(counts.get(k) ?? 0);
    expected.push(mass(k) * draws.length);
    covered += mass(k);
  }
  // What was never drawn, on either side.
  observed.push(0);
  expected.push(Math.max(0, 1 - covered) * draws.length);
  return chiSquareP(observed, expected);
}

/** Kolmogorov and Smirnov's test of draws against a continuous distribution function. */
export function kolmogorovP(draws: Iterable<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(draws).toSorted();
  const n = sorted.length;
  let distance = 0;
  for (const [i, x] of sorted.entries()) {
    const p = cdf(x);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  }
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  if (lambda < 0.3) return 1;
  let p = 0;
  for (let k = 1; k <= 100; k++) p += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, p));
}

/** Correlation of two samples of the same length. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < n; i++) {
    sumA += a[i] as number;
    sumB += b[i] as number;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const da = (a[i] as number) - sumA / n;
    const db = (b[i] as number) - sumB / n;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

/** log(n!) by adding logarithms: slow, and independent of any approximation. */
export function logFactorials(upTo: number): Float64Array {
  const logs = new Float64Array(upTo + 1);
  for (let n = 1; n <= upTo; n++) logs[n] = (logs[n - 1] as number) + Math.log(n);
  return logs;
}

/** The regularised upper incomplete gamma function Q(a, x), by series or continued fraction. */
function upperGamma(a: number, x: number): number {
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-15; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let fraction = 0;
  for (let n = 400; n > 0; n--) fraction = (n * (n - a)) / (x + 2 * n + 1 - a - fraction);
  return front / (x + 1 - a - fraction);
}

function logGamma(a: number): number {
  let shift = 0;
  let z = a;
  for (; z < 20; z++) shift += Math.log(z);
  return (
    (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * z) - 1 / (360 * z ** 3) - shift
  );
}
