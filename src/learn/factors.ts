/**
 * What series of a target share: principal factors of their normal scores. Each series' latent is a sum of loading x factor and
 * noise of its own; as few factors as stand out from noise, at most `MOST`.
 */
import { normalQuantile } from '../generators/gaussian.ts';
import { lagOf, type Fit } from './fit.ts';
import { lagOneOf, memoryOf } from './statistics.ts';

interface LearntFactor {
  readonly name: string;
  readonly memoryS: number;
}

export interface Shared {
  readonly factors: readonly LearntFactor[];
  /** By fit: loadings by factor name, and the memory of the noise that is left. */
  readonly latents: ReadonlyMap<
    Fit,
    { readonly loadings: Readonly<Record<string, number>>; readonly memoryS: number }
  >;
}

const MOST = 8;
/** Fewer samples say nothing about what moves together. */
const LEAST_SAMPLES = 8;
/** Times and series that factors are looked for in; loadings are worked out for all series. */
const MOST_TIMES = 400;
const MOST_SERIES = 2000;
/** Smaller loadings are noise. */
const LEAST_LOADING = 0.15;
/** A series keeps this much of its variance for itself. */
const LEAST_OWN = 0.02;
const ROUNDS = 60;

export function shareOf(fits: readonly Fit[]): Shared {
  const moving = fits.filter(({ moves }) => moves.values.length >= LEAST_SAMPLES);
  const spacingS = moving[0]?.spacingS ?? 1;
  const times = [...new Set(moving.flatMap(({ moves }) => moves.timesMs))]
    .toSorted((a, b) => a - b)
    .slice(-MOST_TIMES);
  const columns = new Map(times.map((time, i) => [time, i]));
  const scores = new Map(moving.map((fit) => [fit, scoresOf(fit, columns)]));
  const factors =
    moving.length < 2 ? [] : principalFactors([...scores.values()].slice(0, MOST_SERIES), times.length);
  const lags = factors.map((factor) => Math.min(0.995, Math.max(0, lagOneOf([...factor]))));
  const names = factors.map((_, k) => `shared_${k + 1}`);
  const latents = new Map(
    fits.map((fit) => {
      const own = scores.get(fit);
      const found = own === undefined ? [] : factors.map((factor) => loadingOf(own, factor));
      const kept = limited(found.map((loading) => (Math.abs(loading) < LEAST_LOADING ? 0 : loading)));
      const communality = kept.reduce((sum, loading) => sum + loading * loading, 0);
      const shared = kept.reduce((sum, loading, k) => sum + loading * loading * (lags[k] as number), 0);
      const lag = Math.min(0.995, Math.max(0, (lagOf(fit) - shared) / (1 - communality)));
      const loadings = Object.fromEntries(
        kept.flatMap((loading, k) =>
          loading === 0 ? [] : [[names[k] as string, Math.round(loading * 1000) / 1000]],
        ),
      );
      return [fit, { loadings, memoryS: memoryOf(lag, fit.spacingS) }];
    }),
  );
  return {
    factors: names.map((name, k) => ({ name, memoryS: memoryOf(lags[k] as number, spacingS) })),
    latents,
  };
}

/** Normal scores of ranks, at each time; 0, which says nothing, where a time is missing. */
function scoresOf({ moves }: Fit, columns: ReadonlyMap<number, number>): Float64Array {
  const scores = new Float64Array(columns.size);
  const seen = moves.timesMs.flatMap((time, i) => {
    const column = columns.get(time);
    return column === undefined ? [] : [{ column, value: moves.values[i] as number }];
  });
  const sorted = seen.toSorted((a, b) => a.value - b.value);
  for (let i = 0; i < sorted.length;) {
    let end = i + 1;
    while (end < sorted.length && sorted[end]?.value === sorted[i]?.value) end++;
    // Those that are equal share the middle of their ranks.
    const score = normalQuantile((i + end) / 2 / sorted.length);
    for (; i < end; i++) scores[(sorted[i] as (typeof sorted)[number]).column] = score;
  }
  const size = Math.sqrt(scores.reduce((sum, score) => sum + score * score, 0) / scores.length);
  return size > 0 ? scores.map((score) => score / size) : scores;
}

function loadingOf(scores: Float64Array, factor: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < scores.length; t++) sum += (scores[t] as number) * (factor[t] as number);
  return sum / scores.length;
}

/** Loadings that leave a series some noise of its own. */
function limited(loadings: readonly number[]): number[] {
  const communality = loadings.reduce((sum, loading) => sum + loading * loading, 0);
  const by = communality > 1 - LEAST_OWN ? Math.sqrt((1 - LEAST_OWN) / communality) : 1;
  return loadings.map((loading) => loading * by);
}

/** Unit-variance courses over time that explain most of some scores, found by orthogonal iteration. */
function principalFactors(rows: readonly Float64Array[], times: number): Float64Array[] {
  if (times < LEAST_SAMPLES) return [];
  // The largest eigenvalue that noise alone has (Marchenko and Pastur).
  const noise = (1 + Math.sqrt(rows.length / times)) ** 2;
  let basis = Array.from({ length: Math.min(MOST, rows.length, times) }, (_, k) =>
    Float64Array.from(
      { length: times },
      (_unused, t) => Math.cos(((k + 1) * Math.PI * (t + 0.5)) / times) + 0.01 * ((t * 7 + k * 13) % 11),
    ),
  );
  let sizes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const next = basis.map((vector) => {
      const image = new Float64Array(times);
      for (const row of rows) {
        let dot = 0;
        for (let t = 0; t < times; t++) dot += (row[t] as number) * (vector[t] as number);
        for (let t = 0; t < times; t++) image[t] = (image[t] as number) + dot * (row[t] as number);
      }
      return image;
    });
    sizes = orthonormalise(next);
    basis = next;
  }
  return basis
    .filter((_, k) => (sizes[k] as number) / times > noise)
    .map((vector) => vector.map((x) => x * Math.sqrt(times)));
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
