/**
 * Exact draws from the usual laws. Each takes as many numbers as it likes from a stream that is already sought
 * (util/rng.ts), and what it takes depends on its arguments alone.
 */
import type { Rng } from './rng.ts';

const TWO_POW_MINUS_23 = 2 ** -23;
const TWO_POW_MINUS_55 = 2 ** -55;
const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/** Below this mean counting up the distribution function beats rejection, which needs a mean of 10 at least. */
const INVERSION_BELOW = 10;
/** P(X > 110) is below 1e-70 at a mean of 10: the end of the search when rounding leaves a uniform number above all sums. */
const INVERSION_STEPS = 110;

const RECIPROCALS = Float64Array.from({ length: INVERSION_STEPS + 1 }, (_, k) => 1 / k);

// ---- Normal: the ziggurat of Marsaglia and Tsang (2000), with the layer and the position from different bits.

const LAYERS = 256;
/** Where the tail begins, and the area of each layer, for 256 layers under exp(-x^2 / 2). */
const TAIL = 3.6541528853610088;
const AREA = 0.00492867323399;

/** Layer i is `EDGES[i]` wide and lies between heights `HEIGHTS[i]` and `HEIGHTS[i + 1]`; layer 0 has the tail too. */
const EDGES = new Float64Array(LAYERS + 1);
const HEIGHTS = new Float64Array(LAYERS + 1);
EDGES[0] = AREA / Math.exp(-0.5 * TAIL * TAIL);
EDGES[1] = TAIL;
HEIGHTS[1] = Math.exp(-0.5 * TAIL * TAIL);
for (let i = 2; i < LAYERS; i++) {
  const height = (HEIGHTS[i - 1] as number) + AREA / (EDGES[i - 1] as number);
  EDGES[i] = Math.sqrt(-2 * Math.log(height));
  HEIGHTS[i] = height;
}
HEIGHTS[LAYERS] = 1;

/** A number from the standard normal law, on a grid of 2^-55 of a layer. At most 13 in size. */
export function normal(rng: Rng): number {
  for (;;) {
    const bits = rng.int32();
    const layer = bits & 255;
    // In [-1, 1]: 24 bits with the sign from one draw, 32 below them from the next.
    const position = (bits >> 8) * TWO_POW_MINUS_23 + (rng.int32() >>> 0) * TWO_POW_MINUS_55;
    const x = position * (EDGES[layer] as number);
    if (Math.abs(x) < (EDGES[layer + 1] as number)) return x;
    if (layer === 0) return position < 0 ? -normalTail(rng) : normalTail(rng);
    const low = HEIGHTS[layer] as number;
    const height = low + rng.float() * ((HEIGHTS[layer + 1] as number) - low);
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}

/** Neighbouring cells of one tick. */
export interface Cells {
  readonly keysHi: Int32Array;
  readonly keysLo: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly tick: number;
}

/** Adds so much of the first normal number of each cell to `sums[0 ..]`. */
export function addNormals(
  rng: Rng,
  { keysHi, keysLo, from, to, tick }: Cells,
  weight: number,
  sums: Float64Array,
): void {
  for (let cell = from; cell < to; cell++) {
    rng.seek(keysHi[cell] as number, keysLo[cell] as number, tick);
    sums[cell - from] = (sums[cell - from] as number) + weight * normal(rng);
  }
}

/** A normal number above `TAIL` (Marsaglia 1964). */
function normalTail(rng: Rng): number {
  for (;;) {
    const x = exponential(rng) / TAIL;
    if (2 * exponential(rng) > x * x) return TAIL + x;
  }
}

/** A number from the exponential law with mean 1. At most 37. */
export function exponential(rng: Rng): number {
  return -Math.log(rng.floatOpen());
}

// ---- Poisson

/**
 * A count from the Poisson law, exact for means from 0 to 1e9; beyond 2^53 counts are no longer told apart. A mean
 * of 0 or less is 0. `expMinusMean` may be handed in where many draws share a mean.
 */
export function poisson(rng: Rng, mean: number, expMinusMean: number = Math.exp(-mean)): number {
  if (mean < INVERSION_BELOW) {
    const u = rng.float();
    let k = 0;
    let p = expMinusMean;
    let sum = p;
    while (u >= sum && k < INVERSION_STEPS) {
      k++;
      p *= mean * (RECIPROCALS[k] as number);
      sum += p;
    }
    return mean > 0 ? k : 0;
  }
  return poissonByRejection(rng, mean);
}

/** Transformed rejection with a squeeze: algorithm PTRS of Hoermann (1993), its constants included. */
function poissonByRejection(rng: Rng, mean: number): number {
  if (!(mean < Number.POSITIVE_INFINITY)) return mean;
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = rng.float() - 0.5;
    const v = rng.floatOpen();
    const distance = 0.5 - Math.abs(u);
    const k = Math.floor((2 * (a / distance) + b) * u + mean + 0.43);
    if (distance >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (distance < 0.013 && v > distance)) continue;
    const bound = (v * inverseAlpha) / (a / (distance * distance) + b);
    if (Math.log(bound) <= logPoissonMass(k, mean)) return k;
  }
}

/** log P(X = k), by the saddle point (Loader 2000): no two large terms cancel. */
function logPoissonMass(k: number, mean: number): number {
  if (k === 0) return -mean;
  return -stirlingError(k) - deviance(k, mean) - LOG_SQRT_2PI - 0.5 * Math.log(k);
}

// ---- Binomial

/** Successes among `n` (an integer from 0 to 2^53) trials of probability `p`, exact. */
export function binomial(rng: Rng, n: number, p: number): number {
  if (!(p > 0) || n <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(rng, n, 1 - p);
  return n * p < INVERSION_BELOW ? binomialByInversion(rng, n, p) : binomialByRejection(rng, n, p);
}

function binomialByInversion(rng: Rng, n: number, p: number): number {
  const odds = p / (1 - p);
  const u = rng.float();
  const last = Math.min(n, INVERSION_STEPS);
  let k = 0;
  let mass = Math.exp(n * Math.log1p(-p));
  let sum = mass;
  while (u >= sum && k < last) {
    k++;
    mass *= odds * (n - k + 1) * (RECIPROCALS[k] as number);
    sum += mass;
  }
  return k;
}

/** Transformed rejection with a squeeze: algorithm BTRS of Hoermann (1993), its constants included. */
function binomialByRejection(rng: Rng, n: number, p: number): number {
  const mean = n * p;
  const spread = Math.sqrt(mean * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const alpha = (2.83 + 5.1 / b) * spread;
  const squeeze = 0.92 - 4.2 / b;
  const logAtMode = logBinomialMass(Math.floor((n + 1) * p), n, p);
  for (;;) {
    const u = rng.float() - 0.5;
    const v = rng.floatOpen();
    const distance = 0.5 - Math.abs(u);
    const k = Math.floor((2 * (a / distance) + b) * u + mean + 0.5);
    if (distance >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const bound = (v * alpha) / (a / (distance * distance) + b);
    if (Math.log(bound) <= logBinomialMass(k, n, p) - logAtMode) return k;
  }
}

/** log P(X = k) but for a term that depends on n alone. */
function logBinomialMass(k: number, n: number, p: number): number {
  const rest = n - k;
  const successes =
    k === 0 ? n * p - LOG_SQRT_2PI : stirlingError(k) + deviance(k, n * p) + 0.5 * Math.log(k);
  const failures =
    rest === 0
      ? n * (1 - p) - LOG_SQRT_2PI
      : stirlingError(rest) + deviance(rest, n * (1 - p)) + 0.5 * Math.log(rest);
  return -successes - failures;
}

// ---- Factorials

const SMALL_STIRLING = 16;
const STIRLING_ERRORS = new Float64Array(SMALL_STIRLING);
for (let n = 1, logFactorial = 0; n < SMALL_STIRLING; n++) {
  logFactorial += Math.log(n);
  STIRLING_ERRORS[n] = logFactorial - ((n + 0.5) * Math.log(n) - n + LOG_SQRT_2PI);
}

/** What Stirling's formula for log(n!) leaves out, for integers n >= 1. */
export function stirlingError(n: number): number {
  if (n < SMALL_STIRLING) return STIRLING_ERRORS[n] as number;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n;
}

/** x log(x / mean) + mean - x for x > 0, without cancellation near the mean. */
function deviance(x: number, mean: number): number {
  const excess = (x - mean) / mean;
  return mean * ((1 + excess) * Math.log1p(excess) - excess);
}
