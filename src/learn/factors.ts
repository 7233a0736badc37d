/**
 * What series of a target share. Each series' latent is a sum of loading x factor and noise of its own; factors are principal
 * components of normal scores, as many as stand out from noise, and then what is left to small groups of series that are alike.
 *
 * The former have the course that was seen: drawn anew they would be correlated by chance, and slow ones be elsewhere than they were
 * seen to be for long. The latter have a memory.
 */
import type { FactorModel } from '../series/factors.ts';
import { short, type Fit } from './fit.ts';
import { groupCourses, principalCourses } from './principal.ts';
import { gridOf, nextProductOf, productOf, scoresOf, type Grid, type Scores } from './scores.ts';
import { everyNth, memoryOf } from './statistics.ts';

export interface Shared {
  /** By name, as the configuration has them. */
  readonly factors: Readonly<Record<string, Partial<FactorModel>>>;
  /** By fit that moves: loadings by factor name, and the memory of the noise that is left. */
  readonly latents: ReadonlyMap<Fit, Latent>;
}

export interface Latent {
  readonly loadings: Readonly<Record<string, number>>;
  readonly memoryS: number;
}

/** A factor as it was seen. */
interface Seen {
  readonly name: string;
  readonly course: Float64Array;
  readonly lag: number;
  readonly leastLoading: number;
}

interface Scored {
  readonly fit: Fit;
  readonly scores: Scores;
  readonly lag: number;
}

const MOST_FACTORS = 24;
const MOST_GROUPS = 32;
/** Fewer samples say nothing about what moves together. */
const LEAST_SAMPLES = 8;
/** Times and series that factors are looked for in; loadings are worked out for all series. */
const MOST_TIMES = 400;
const MOST_SERIES = 2000;
/** Smaller loadings are noise, and so are those below so many of their standard errors. */
const LEAST_LOADING = 0.1;
const LEAST_ERRORS = 1.5;
const LEAST_OF_GROUP = 0.3;
/** What series of a group have left must be correlated so much with one of them, and be so much of them. */
const LEAST_ALIKE = 0.6;
const LEAST_LEFT = 0.1;
/** Of a series with fewer different values nobody knows what is left. */
const LEAST_STRENGTH = 0.7;
/** A series keeps this much of its variance for itself. */
const LEAST_OWN = 0.02;

/** `prefix` begins the names of factors. */
export function shareOf(fits: readonly Fit[], prefix: string): Shared {
  const moving = fits.filter(({ moves }) => moves.values.length >= LEAST_SAMPLES);
  const spacingS = moving[0]?.spacingS ?? 1;
  const grid = gridOf(
    moving.map(({ moves }) => moves),
    MOST_TIMES,
  );
  const scored = moving.map((fit): Scored => {
    const scores = scoresOf(fit.moves, grid);
    return { fit, scores, lag: nextProductOf(scores.values, grid) };
  });
  const common = commonOf(scored, grid, prefix);
  const groups = groupsOf(scored, common, grid, prefix);
  const factors = [...common, ...groups];
  return {
    factors: Object.fromEntries([
      ...common.map(({ name, course }): [string, Partial<FactorModel>] => [
        name,
        { every_s: spacingS, course: Array.from(course, (value) => Math.round(value * 100) / 100) },
      ]),
      ...groups.map(({ name, lag }): [string, Partial<FactorModel>] => [
        name,
        { memory_s: short(memoryOf(lag, grid.stepS)) },
      ]),
    ]),
    latents: new Map(scored.map((one) => [one.fit, latentOf(one, factors, grid)])),
  };
}

function commonOf(scored: readonly Scored[], grid: Grid, prefix: string): Seen[] {
  const { length } = grid.timesMs;
  if (scored.length < 2 || length < LEAST_SAMPLES) return [];
  const rows = everyNth(scored, MOST_SERIES).map(({ scores }) => scores.values);
  return principalCourses(rows, length, MOST_FACTORS).map((course, k) => ({
    name: `${prefix}_${k + 1}`,
    course,
    lag: nextProductOf(course, grid),
    leastLoading: Math.max(LEAST_LOADING, LEAST_ERRORS / Math.sqrt(length)),
  }));
}

function groupsOf(scored: readonly Scored[], common: readonly Seen[], grid: Grid, prefix: string): Seen[] {
  const rows = scored
    .filter(({ scores }) => scores.strength >= LEAST_STRENGTH)
    .map(({ scores }) => leftOf(scores.values, common))
    .filter((left) => productOf(left, left) >= LEAST_LEFT);
  return groupCourses(everyNth(rows, MOST_SERIES), { least: LEAST_ALIKE, most: MOST_GROUPS }).map(
    (course, k) => ({
      name: `${prefix}_group_${k + 1}`,
      course,
      lag: nextProductOf(course, grid),
      leastLoading: LEAST_OF_GROUP,
    }),
  );
}

/** What factors do not explain of a series. */
function leftOf(values: Float64Array, factors: readonly Seen[]): Float64Array {
  const left = Float64Array.from(values);
  for (const { course } of factors) {
    const loading = productOf(values, course);
    for (let t = 0; t < left.length; t++) left[t] = (left[t] as number) - loading * (course[t] as number);
  }
  return left;
}

function latentOf({ fit, scores, lag }: Scored, factors: readonly Seen[], { stepS }: Grid): Latent {
  const loadings = limited(
    factors.map(({ course, leastLoading }) => {
      const correlation = productOf(scores.values, course);
      return Math.abs(correlation) < leastLoading ? 0 : correlation / scores.strength;
    }),
  );
  let shared = 0;
  let next = 0;
  for (const [k, loading] of loadings.entries()) {
    shared += loading * loading;
    next += loading * loading * (factors[k] as Seen).lag;
  }
  const own = (lag / scores.strength ** 2 - next) / (1 - shared);
  return {
    loadings: Object.fromEntries(
      loadings.flatMap((loading, k) =>
        loading === 0 ? [] : [[(factors[k] as Seen).name, Math.round(loading * 1000) / 1000]],
      ),
    ),
    // What stays the same is remembered, too.
    memoryS: Math.max(0, memoryOf(own, stepS) - fit.staysS),
  };
}

/** Loadings that leave a series some noise of its own. */
function limited(loadings: readonly number[]): number[] {
  const shared = loadings.reduce((sum, loading) => sum + loading * loading, 0);
  const by = shared > 1 - LEAST_OWN ? Math.sqrt((1 - LEAST_OWN) / shared) : 1;
  return loadings.map((loading) => loading * by);
}
