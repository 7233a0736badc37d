/** From a history to the text of a configuration that a person can read and edit. */
import type { MetricType } from '../series/family.ts';
import { shareOf, type Shared } from './factors.ts';
import { fitSeries, short, type Fit } from './fit.ts';
import type { History, SeenFamily } from './history.ts';
import { medianOf } from './statistics.ts';

/** Labels by which one target becomes many. */
export interface Replicas {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

export interface LearnOptions {
  /** Makes so many replicas of the target, told apart by a label. */
  readonly replicas?: Replicas | undefined;
  /** Seconds between ticks. Default: 1, or the time between samples where that is less. */
  readonly tickS?: number | undefined;
}

export interface Learnt {
  /** YAML. */
  readonly text: string;
  readonly series: number;
  /** Series of which one sample was seen, or none that is finite. */
  readonly guessed: number;
  readonly factors: number;
  readonly notes: readonly string[];
}

/** Learns everything that was seen. */
export function learn(history: History, options: LearnOptions = {}): Learnt {
  const uptimeS = uptimeOf(history);
  const fitted = [...history.families.values()].map(asShown(history)).map((family) => ({
    family,
    fits: [...family.series.values()].map((series) => fitSeries(family, series, uptimeS)),
  }));
  const fits = fitted.flatMap((one) => one.fits);
  const shared = shareOf(fits);
  const samples = fits.reduce((sum, fit) => sum + fit.samples, 0);
  const guessed = fits.filter(({ note }) => note !== undefined).length;
  const spacingS = short(medianOf(fits.map((fit) => fit.spacingS)));
  const tickS = options.tickS ?? (spacingS > 0 && spacingS < 1 ? spacingS : 1);
  const lines = [
    `# Learnt from ${history.pages} pages: ${fitted.length} families, ${fits.length} series, ${samples} samples, ${spacingS} s apart.`,
    '# Rates are per second whatever the spacing of the samples. values and rates are quantiles, the least first.',
    ...(guessed > 0 ? [`# ${guessed} series are only a guess; they are marked so.`] : []),
    'global:',
    `  tick_interval_s: ${tickS}`,
    'exporters:',
    '  prometheus: { prefix: "" }',
    '  otel: { enabled: false, prefix: "" }',
    ...factorLines(shared, fits),
    'metrics:',
    ...fitted.flatMap((one) => metricLines(one.family, one.fits, shared, options)),
  ];
  return {
    text: `${lines.join('\n')}\n`,
    series: fits.length,
    guessed,
    factors: shared.factors.length,
    notes: [...history.notes],
  };
}

/**
 * A counter whose name without `_total` is another family's cannot be a counter on an OpenMetrics page, where both would be one
 * family; it becomes a gauge that grows.
 */
function asShown(history: History): (family: SeenFamily) => SeenFamily {
  return (family) => {
    const base = family.name.replace(/_total$/, '');
    if (family.type !== 'counter' || base === family.name || !history.families.has(base)) return family;
    history.notes.add(
      `${family.name} is learnt as a gauge: ${base} is there, too, and OpenMetrics takes both for one`,
    );
    return { ...family, type: 'gauge' };
  };
}

/** Seconds that the target has been up when it was last seen, if it says so. */
function uptimeOf({ families }: History): number | undefined {
  const [started] = families.get('process_start_time_seconds')?.series.values() ?? [];
  const since = started?.values.at(-1);
  const seenMs = started?.timesMs.at(-1);
  return since === undefined || seenMs === undefined ? undefined : seenMs / 1000 - since;
}

function factorLines({ factors, latents }: Shared, fits: readonly Fit[]): string[] {
  if (factors.length === 0) return [];
  return [
    '# What series move together by. A replica has its own course of each.',
    'factors:',
    ...factors.map(({ name, memoryS }) => {
      const members = fits.filter((fit) => latents.get(fit)?.loadings[name] !== undefined).length;
      return `  ${name}: { memory_s: ${short(memoryS)} } # ${members} series`;
    }),
  ];
}

function metricLines(
  { name, type, help, points }: SeenFamily,
  fits: readonly Fit[],
  { latents }: Shared,
  { replicas }: LearnOptions,
): string[] {
  const sets = fits.map(({ labels }) =>
    Object.fromEntries(Object.entries(labels).filter(([label]) => label !== replicas?.label)),
  );
  const labelled = sets.some((set) => Object.keys(set).length > 0);
  const kept = distinct(sets);
  const decimals = decimalsOf(type, fits);
  return [
    `  - name: ${text(name)}`,
    `    type: ${type}`,
    ...(help === '' ? [] : [`    help: ${text(help)}`]),
    ...(type === 'histogram' ? [`    buckets: ${text(points)}`] : []),
    ...(type === 'summary' ? [`    quantiles: ${text(points)}`] : []),
    ...(decimals === undefined ? [] : [`    decimals: ${decimals}`]),
    ...(replicas === undefined
      ? []
      : [
          `    labels: { ${text(replicas.label)}: { range: [${replicas.from}, ${replicas.to}], fmt: "${replicas.label}-{}" } }`,
        ]),
    ...(labelled ? ['    label_sets:', ...kept.map((i) => `      - ${flow(sets[i] as object)}`)] : []),
    '    algorithm: learned',
    '    models:',
    ...kept.flatMap((i) => {
      const fit = fits[i] as Fit;
      const latent = latents.get(fit);
      const moves = fit.moves.values.length > 0;
      const model = {
        ...fit.model,
        ...(moves && latent !== undefined && latent.memoryS > 0 && { memory_s: short(latent.memoryS) }),
        ...(moves &&
          latent !== undefined &&
          Object.keys(latent.loadings).length > 0 && { factors: latent.loadings }),
      };
      return [
        `      # ${labelled ? `${flow(sets[i] as object)}: ` : ''}${fit.samples} samples${fit.note === undefined ? '' : `; a guess: ${fit.note}`}`,
        `      - ${flow(model)}`,
      ];
    }),
  ];
}

/** The first of each label set: a label that tells replicas apart tells none apart here. */
function distinct(sets: readonly object[]): number[] {
  const first = new Map<string, number>();
  for (const [i, set] of sets.entries()) {
    const key = JSON.stringify(Object.entries(set).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    if (!first.has(key)) first.set(key, i);
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

/** A mapping in flow style; JSON is YAML, but for keys that need no quotes. */
function flow(mapping: object): string {
  const entries = Object.entries(mapping).map(([key, value]) => {
    const shown = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) ? key : text(key);
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return `${shown}: ${isMapping ? flow(value as object) : text(value)}`;
  });
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function text(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map(text).join(', ')}]`
    : JSON.stringify(value).replaceAll('$', '\\u0024');
}
