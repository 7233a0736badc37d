/** The normal law as numbers, for the distributions that are made of it. */

const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Nearer to 0 than this the series of the distribution function is used, farther out the continued fraction. */
const SERIES_BELOW = 3;
/** From here on P(Z <= z) is 1 as a double. */
const ONE_FROM = 8.5;
/** The mass beyond is below 1e-18: no bulk draw ever puts anything there. */
const REACH = 9;
/** Nodes of the quadrature on a panel at most one standard deviation wide. */
const NODES = 12;

/** Density of the standard normal law. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / SQRT_2PI;
}

/** P(Z <= z), to a relative error of about 1e-13 in the lower tail. */
export function normalCdf(z: number): number {
  if (z <= -SERIES_BELOW) return tail(-z);
  if (z >= SERIES_BELOW) return z < ONE_FROM ? 1 - tail(z) : 1;
  // Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3*5) + ...)
  let term = z;
  let sum = z;
  for (let k = 3; ; k += 2) {
    term *= (z * z) / k;
    const next = sum + term;
    if (next === sum) return 0.5 + normalDensity(z) * sum;
    sum = next;
  }
}

/** P(Z > z) = phi(z) / (z + 1/(z + 2/(z + 3/(z + ...)))) for z of 3 and more; the depth is what a double needs. */
function tail(z: number): number {
  let fraction = z;
  for (let k = Math.ceil(8 + 400 / (z * z)); k > 0; k--) fraction = z + k / fraction;
  return normalDensity(z) / fraction;
}

/** P(a < Z <= b) without cancellation in either tail. */
export function normalMass(a: number, b: number): number {
  return a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a);
}

// Coefficients, lowest order first, of Wichura's rational approximations (1988, algorithm AS 241, PPND16).
const CENTRE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const NEAR_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const NEAR_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_TOP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const FAR_BOTTOM = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
];

/** The z with P(Z <= z) = p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_TOP, r)) / polynomial(CENTRE_BOTTOM, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z =
    r <= 5
      ? polynomial(NEAR_TOP, r - 1.6) / polynomial(NEAR_BOTTOM, r - 1.6)
      : polynomial(FAR_TOP, r - 5) / polynomial(FAR_BOTTOM, r - 5);
  return q < 0 ? -z : z;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number);
  return sum;
}

/**
 * Mean and variance of value(Z) given a < Z <= b, by quadrature: exact to rounding for narrow intervals too, where
 * differences of closed forms are not. `reach` is how far above 0 the second moment gathers (0 for a linear
 * value). `undefined` for an interval without mass, or numbers beyond what a double holds.
 */
export function normalMoments(
  a: number,
  b: number,
  value: (z: number) => number,
  reach = 0,
): { mean: number; variance: number } | undefined {
  const from = Math.max(a, -REACH);
  const to = Math.min(b, REACH + reach);
  if (!(from < to) || from >= REACH) return undefined;
  const panels = Math.ceil(to - from);
  const half = (to - from) / panels / 2;
  const anchor = value((from + to) / 2);
  let mass = 0;
  let first = 0;
  let second = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = from + (2 * panel + 1) * half;
    for (let i = 0; i < NODES; i++) {
      const z = middle + half * (ABSCISSAS[i] as number);
      const weight = (WEIGHTS[i] as number) * Math.exp(-0.5 * z * z);
      const distance = value(z) - anchor;
      mass += weight;
      first += weight * distance;
      second += weight * distance * distance;
    }
  }
  const shift = first / mass;
  const moments = { mean: anchor + shift, variance: Math.max(0, second / mass - shift * shift) };
  return Number.isFinite(moments.mean) && Number.isFinite(moments.variance) ? moments : undefined;
}

// Gauss-Legendre: zeros of the polynomial of degree NODES by Newton's method.
const ABSCISSAS = new Float64Array(NODES);
const WEIGHTS = new Float64Array(NODES);
for (let i = 0; i < NODES; i++) {
  let x = Math.cos((Math.PI * (i + 0.75)) / (NODES + 0.5));
  let slope = 0;
  for (let step = 0; step < 10; step++) {
    let before = 1;
    let value = x;
    for (let degree = 2; degree <= NODES; degree++) {
      [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
    }
    slope = (NODES * (x * value - before)) / (x * x - 1);
    x -= value / slope;
  }
  ABSCISSAS[i] = x;
  WEIGHTS[i] = 2 / ((1 - x * x) * slope * slope);
}
