/** From a history to what a target is made of: families, a model for each series, and what series move together by. */
import type { MetricType } from '../series/family.ts';
import { identityOf } from '../labels/sets.ts';
import { shareOf, type Latent, type Shared } from './factors.ts';
import { fitSeries, short, type Fit } from './fit.ts';
import type { History } from './history.ts';
import { shownAs } from './shown.ts';
import { medianOf } from './statistics.ts';

/** Options of one series of the algorithm `learned`. */
export type Model = Readonly<Record<string, unknown>>;

export interface LearntSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly model: Model;
  readonly samples: number;
  /** What is only a guess, or not learnt. */
  readonly note?: string | undefined;
}

export interface LearntFamily {
  readonly name: string;
  readonly type: MetricType;
  /** Whether it is shown as of unknown type. */
  readonly isUnknown: boolean;
  readonly help: string;
  /** Upper bounds of a histogram without +Inf, or quantiles of a summary. */
  readonly points: readonly number[];
  /** Decimal places of what was seen; `undefined` for full precision. */
  readonly decimals: number | undefined;
  /** At least one; no two have equal labels. */
  readonly series: readonly LearntSeries[];
}

export interface LearntTarget {
  /** In the order of the page. */
  readonly families: readonly LearntFamily[];
  /** What series move together by. */
  readonly factors: Shared['factors'];
  readonly series: number;
  readonly samples: number;
  /** Series of which one sample was seen, or none that is finite. */
  readonly guessed: number;
  /** Seconds between two samples of a series, as a rule. */
  readonly spacingS: number;
  readonly notes: readonly string[];
}

export interface TargetOptions {
  /** Labels that tell replicas apart: left out, and of the series that differ in nothing else the first is learnt. */
  readonly without?: readonly string[] | undefined;
  /** Before the numbers of factors. Default: `shared`. */
  readonly prefix?: string | undefined;
}

/** Learns everything that was seen. */
export function learnTarget(
  history: History,
  { without = [], prefix = 'shared' }: TargetOptions = {},
): LearntTarget {
  const uptimeS = uptimeOf(history);
  const fitted = [...history.families.values()].map(shownAs(history)).map((family) => ({
    family,
    fits: [...family.series.values()].map((series) => fitSeries(family, series, uptimeS)),
  }));
  const fits = fitted.flatMap((one) => one.fits);
  const { factors, latents } = shareOf(fits, prefix);
  return {
    families: fitted.map(({ family, fits: own }) => ({
      name: family.name,
      type: family.type,
      isUnknown: family.isUnknown,
      help: family.help,
      points: family.points,
      decimals: decimalsOf(family.type, own),
      series: distinct(own.map((fit) => seriesOf(fit, latents.get(fit), without))),
    })),
    factors,
    series: fits.length,
    samples: fits.reduce((sum, fit) => sum + fit.samples, 0),
    guessed: fits.filter(({ note }) => note !== undefined).length,
    spacingS: short(medianOf(fits.map((fit) => fit.spacingS))),
    notes: [...history.notes],
  };
}

/** Seconds that the target has been up when it was last seen, if it says so. */
function uptimeOf({ families }: History): number | undefined {
  const [started] = families.get('process_start_time_seconds')?.series.values() ?? [];
  const since = started?.values.at(-1);
  const seenMs = started?.timesMs.at(-1);
  return since === undefined || seenMs === undefined ? undefined : seenMs / 1000 - since;
}

function seriesOf(fit: Fit, latent: Latent | undefined, without: readonly string[]): LearntSeries {
  const { loadings = {}, memoryS = 0 } = latent ?? {};
  return {
    labels: Object.fromEntries(Object.entries(fit.labels).filter(([label]) => !without.includes(label))),
    model: {
      ...fit.model,
      ...(memoryS > 0 && { memory_s: short(memoryS) }),
      ...(Object.keys(loadings).length > 0 && { factors: loadings }),
    },
    samples: fit.samples,
    note: fit.note,
  };
}

/** The first of each label set. */
function distinct(series: readonly LearntSeries[]): LearntSeries[] {
  const first = new Map<string, LearntSeries>();
  for (const one of series) {
    const identity = identityOf(one.labels);
    if (!first.has(identity)) first.set(identity, one);
  }
  return [...first.values()];
}

/** Decimal places of all series: observations are not rounded, and whole counters need none. */
function decimalsOf(type: MetricType, fits: readonly Fit[]): number | undefined {
  if (type !== 'gauge' && type !== 'counter') return undefined;
  if (fits.some(({ decimals }) => decimals === undefined)) return undefined;
  const most = Math.max(...fits.map(({ decimals = 0 }) => decimals));
  return most === 0 ? undefined : most;
}
