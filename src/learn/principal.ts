/** Courses over time that explain most of some others: principal components, and means of groups that are alike. */
import { productOf } from './scores.ts';

const ROUNDS = 60;

/**
 * At most so many courses of spread 1, none correlated with another: none unless the first explains more of some rows than noise alone
 * would, and then those that explain half as much, since most of what lies between is shared, too.
 */
export function principalCourses(rows: readonly Float64Array[], times: number, most: number): Float64Array[] {
  // The largest eigenvalue that noise alone has (Marchenko and Pastur).
  const noise = (1 + Math.sqrt(rows.length / times)) ** 2;
  const products = productsOf(rows, times);
  let basis: Float64Array[] = Array.from({ length: Math.min(most, rows.length, times) }, (_, k) =>
    Float64Array.from(
      { length: times },
      (_unused, t) => Math.cos(((k + 1) * Math.PI * (t + 0.5)) / times) + 0.01 * ((t * 7 + k * 13) % 11),
    ),
  );
  let sizes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    basis = basis.map((vector) => imageOf(products, vector));
    sizes = orthonormalise(basis);
  }
  if ((sizes[0] ?? 0) / times <= noise) return [];
  return basis
    .filter((_, k) => (sizes[k] as number) / times > noise / 2)
    .map((vector) => vector.map((x) => x * Math.sqrt(times)));
}

/** Sums over all rows of products of what they have at each two times. */
function productsOf(rows: readonly Float64Array[], times: number): Float64Array[] {
  const products = Array.from({ length: times }, () => new Float64Array(times));
  for (const row of rows) {
    for (let t = 0; t < times; t++) {
      const at = row[t] as number;
      if (at === 0) continue;
      const line = products[t] as Float64Array;
      for (let u = 0; u < times; u++) line[u] = (line[u] as number) + at * (row[u] as number);
    }
  }
  return products;
}

function imageOf(matrix: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (line) => {
    let sum = 0;
    for (let t = 0; t < vector.length; t++) sum += (line[t] as number) * (vector[t] as number);
    return sum;
  });
}

/** Makes vectors orthonormal in place, and returns how long each was behind those before it. */
function orthonormalise(vectors: readonly Float64Array[]): number[] {
  return vectors.map((vector, k) => {
    for (const before of vectors.slice(0, k)) {
      let dot = 0;
      for (let t = 0; t < vector.length; t++) dot += (vector[t] as number) * (before[t] as number);
      for (let t = 0; t < vector.length; t++) vector[t] = (vector[t] as number) - dot * (before[t] as number);
    }
    const size = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    for (let t = 0; t < vector.length; t++) vector[t] = size > 0 ? (vector[t] as number) / size : 0;
    return size;
  });
}

/** Courses of groups of rows that correlate so much with one among them, the largest groups first; each row is in one group. */
export function groupCourses(
  rows: readonly Float64Array[],
  { least, most }: { readonly least: number; readonly most: number },
): Float64Array[] {
  const units = rows.map(unit);
  const alike = units.map((): { readonly other: number; readonly sign: number }[] => []);
  for (const [i, row] of units.entries()) {
    for (let j = i + 1; j < units.length; j++) {
      const correlation = productOf(row, units[j] as Float64Array);
      if (Math.abs(correlation) < least) continue;
      const sign = Math.sign(correlation);
      alike[i]?.push({ other: j, sign });
      alike[j]?.push({ other: i, sign });
    }
  }
  const free = units.map(() => true);
  const courses: Float64Array[] = [];
  while (courses.length < most) {
    let centre = -1;
    let largest: (typeof alike)[number] = [];
    for (const [i, list] of alike.entries()) {
      const left = free[i] === true ? list.filter(({ other }) => free[other]) : [];
      if (left.length > largest.length) [centre, largest] = [i, left];
    }
    if (centre < 0) break;
    const sum = Float64Array.from(units[centre] as Float64Array);
    free[centre] = false;
    for (const { other, sign } of largest) {
      free[other] = false;
      const row = units[other] as Float64Array;
      for (let t = 0; t < sum.length; t++) sum[t] = (sum[t] as number) + sign * (row[t] as number);
    }
    courses.push(unit(sum));
  }
  return courses;
}

/** Of spread 1. */
function unit(row: Float64Array): Float64Array {
  const size = Math.sqrt(productOf(row, row));
  return size > 0 ? row.map((x) => x / size) : row;
}
