/** From what was seen of one series to the model that makes more of it. */
import type { SeenFamily, SeenSeries } from './history.ts';
import { meanOf, medianOf, quantilesOf, spreadOf } from './statistics.ts';

/** How a series moves: what its model has, and what it shares with others is worked out from. */
export interface Fit {
  readonly labels: Readonly<Record<string, string>>;
  /** Options of the model, without factors and memory. */
  readonly model: Record<string, unknown>;
  /** Of what is drawn (levels, rates), the value at each time; empty for what does not move. */
  readonly moves: { readonly timesMs: readonly number[]; readonly values: readonly number[] };
  /** Seconds between two of them. */
  readonly spacingS: number;
  /** Seconds for which it stays the same on average, where it steps; else 0. */
  readonly staysS: number;
  readonly samples: number;
  /** Decimal places of what was seen; `undefined` beyond nine. */
  readonly decimals: number | undefined;
  /** What is only a guess, or not learnt. */
  readonly note?: string | undefined;
}

/** Points of a table of quantiles: differences of distribution functions stay below 1/32. */
const QUANTILES = 33;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MAX_DECIMALS = 9;

/** How often a gauge changes is not known from a single change among many samples. */
const LEAST_JUMPS = 2;
const MANY_SAMPLES = 16;

export function fitSeries(family: SeenFamily, series: SeenSeries, uptimeS: number | undefined): Fit {
  switch (family.type) {
    case 'counter':
      return fitCounter(series, uptimeS);
    case 'gauge':
      return fitGauge(series);
    case 'histogram':
      return fitObservations(series, uptimeS, histogramShape(family, series));
    case 'summary':
      return fitObservations(series, uptimeS, summaryShape(family, series));
  }
}

/** Spacings beyond which two samples say nothing about the rate over one. */
const GAP = 10;

/**
 * Increase per second between neighbours that no gap lies between, by the time of the later one, and for how long. Resets are taken
 * into account: after a reset the total counts from 0. Fractions are rounded to what a difference of totals can tell.
 */
export function ratesOf({ timesMs, values, breaksMs }: Pick<SeenSeries, 'timesMs' | 'values' | 'breaksMs'>): {
  timesMs: number[];
  values: number[];
  seconds: number[];
} {
  const rates = { timesMs: [] as number[], values: [] as number[], seconds: [] as number[] };
  const most = GAP * spacingOf(timesMs);
  for (let i = 1; i < values.length; i++) {
    const now = values[i] as number;
    const before = values[i - 1] as number;
    const seconds = ((timesMs[i] as number) - (timesMs[i - 1] as number)) / 1000;
    if (seconds > most || breaksMs?.has(timesMs[i] as number) === true) continue;
    rates.timesMs.push(timesMs[i] as number);
    rates.seconds.push(seconds);
    rates.values.push(short(now < before ? now : now - before) / seconds);
  }
  return rates;
}

function spacingOf(timesMs: readonly number[]): number {
  const gaps = gapsOf(timesMs);
  return gaps.length === 0 ? 1 : Math.max(0.001, Math.round(medianOf(gaps) * 1000) / 1000);
}

/** Seconds between neighbours. */
function gapsOf(timesMs: readonly number[]): number[] {
  return timesMs.slice(1).map((time, i) => (time - (timesMs[i] as number)) / 1000);
}

/** Seconds between neighbours; a gap, of which nobody knows, counts as one spacing. */
function stridesOf(
  { timesMs, breaksMs }: Pick<SeenSeries, 'timesMs' | 'breaksMs'>,
  spacingS: number,
): number[] {
  return gapsOf(timesMs).map((seconds, i) =>
    seconds > GAP * spacingS || breaksMs?.has(timesMs[i + 1] as number) === true ? spacingS : seconds,
  );
}

/** Seconds that each sample stands for: half of what lies between it and its neighbours. */
function secondsOf(strides: readonly number[], spacingS: number): number[] {
  return Array.from(
    { length: strides.length + 1 },
    (_, i) => ((strides[i - 1] ?? spacingS) + (strides[i] ?? spacingS)) / 2,
  );
}

/**
 * How often a second a level that steps is drawn anew: so that as many neighbours are expected to differ as do. Infinity where no
 * pace would make so many differ.
 */
function redrawsPerS(values: readonly number[], strides: readonly number[]): number {
  const changes = strides.filter((_, i) => values[i] !== values[i + 1]).length;
  // Some are drawn to be the level that there was.
  const redrawn = changes / differenceOf(values);
  if (redrawn >= strides.length) return Infinity;
  // What is expected is concave in the pace, and the first guess is below: each step of Newton's comes nearer from there.
  let perS = redrawn / (strides.length * meanOf(strides));
  for (let step = perS; step > 1e-9 * perS;) {
    let expected = 0;
    let slope = 0;
    for (const seconds of strides) {
      const stays = Math.exp(-perS * seconds);
      expected += 1 - stays;
      slope += seconds * stays;
    }
    step = (redrawn - expected) / slope;
    perS += step;
  }
  return perS;
}

function fitCounter(series: SeenSeries, uptimeS: number | undefined): Fit {
  const seen = finite(series);
  const rates = ratesOf(seen);
  const spacingS = spacingOf(seen.timesMs);
  const last = seen.values.at(-1) ?? 0;
  const integer = seen.values.every(Number.isInteger);
  const guessed = rates.values.length === 0;
  const guess = uptimeS === undefined || uptimeS <= 0 ? 0 : last / uptimeS;
  return {
    labels: series.labels,
    samples: seen.values.length,
    spacingS,
    staysS: 0,
    decimals: integer ? 0 : decimalsOf(seen.values),
    moves: moving(rates),
    model: {
      start: Math.max(0, last),
      rates: guessed ? tableOf([guess]) : tableOf(rates.values, rates.seconds),
      ...(spacingS !== 1 && { every_s: spacingS }),
      ...(integer && { integer: true }),
    },
    note: guessed
      ? `one sample: its rate is ${guess === 0 ? 'not known' : 'that of its whole life'}`
      : undefined,
  };
}

function fitGauge(series: SeenSeries): Fit {
  const seen = finite(series);
  const { timesMs, values } = seen;
  const spacingS = spacingOf(timesMs);
  const shared = {
    labels: series.labels,
    samples: values.length,
    spacingS,
    staysS: 0,
    decimals: decimalsOf(values),
  };
  const integer = values.every(Number.isInteger);
  if (values.length === 0)
    return {
      ...shared,
      moves: { timesMs: [], values: [] },
      model: {},
      note: 'no finite sample: 0 in its place',
    };
  const jumps = values.filter((value, i) => i > 0 && value !== values[i - 1]).length;
  if (jumps < LEAST_JUMPS && (values.length >= MANY_SAMPLES || jumps === 0))
    return {
      ...shared,
      moves: { timesMs: [], values: [] },
      model: { values: [values.at(-1)] },
      note:
        values.length === 1
          ? 'one sample: whether it moves is not known'
          : jumps > 0
            ? 'it changed once, and stays at its last value'
            : undefined,
    };

  const trend = trendOf(seen);
  const lastMs = timesMs.at(-1) as number;
  const level = values.map((value, i) => value - trend * (((timesMs[i] as number) - lastMs) / 1000));
  const hours = trend === 0 ? hoursOf(timesMs, level) : undefined;
  const rest =
    hours === undefined ? level : level.map((value, i) => value - atHour(hours, timesMs[i] as number));
  const strides = stridesOf(seen, spacingS);
  const redraws = trend === 0 && hours === undefined && values.length >= 8 ? redrawsPerS(rest, strides) : 0;
  const steps = redraws > 0 && 1 - Math.exp(-redraws * spacingS) < MOST_REDRAWN;
  const changesPerS = steps ? redraws : undefined;
  return {
    ...shared,
    staysS: changesPerS === undefined ? 0 : 1 / changesPerS,
    moves: moving({ timesMs, values: rest }),
    model: {
      values: tableOf(rest, secondsOf(strides, spacingS)),
      ...(integer && { integer: true }),
      ...(changesPerS !== undefined && { changes_per_s: short(changesPerS) }),
      ...(trend !== 0 && { trend_per_s: short(trend) }),
      ...(hours !== undefined && { hours: hours.map((value) => short(value)) }),
    },
  };
}

/** Slope a second of what is as good as a straight line, as a clock is; else 0: what drifts for a while stays within what was seen. */
export function trendOf({
  timesMs,
  values,
}: {
  timesMs: readonly number[];
  values: readonly number[];
}): number {
  if (values.length < 6) return 0;
  const meanMs = meanOf(timesMs);
  const mean = meanOf(values);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [i, time] of timesMs.entries()) {
    const x = (time - meanMs) / 1000;
    const y = (values[i] as number) - mean;
    xy += x * y;
    xx += x * x;
    yy += y * y;
  }
  return (xy * xy) / (xx * yy) > STRAIGHT ? xy / xx : 0;
}

/** Share of samples with a change from which on a level is taken to move all the time. */
const MOST_REDRAWN = 0.5;

/** How probably two of some values are different. */
function differenceOf(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let equal = 0;
  for (const count of counts.values()) equal += (count / values.length) ** 2;
  return 1 - equal;
}

/** So much of what moves must be the line. */
const STRAIGHT = 0.9995;

/** Differences from the mean by hour of day, where two days or more were seen and hours explain a third of what moves. */
function hoursOf(timesMs: readonly number[], values: readonly number[]): number[] | undefined {
  const span = (timesMs.at(-1) as number) - (timesMs[0] as number);
  if (span < 2 * DAY_MS || values.length < 96) return undefined;
  const byHour = Array.from({ length: 24 }, (): number[] => []);
  for (const [i, time] of timesMs.entries())
    byHour[Math.round((time % DAY_MS) / HOUR_MS) % 24]?.push(values[i] as number);
  if (byHour.some((list) => list.length < 2)) return undefined;
  const mean = meanOf(values);
  const hours = byHour.map((list) => meanOf(list) - mean);
  const rest = values.map((value, i) => value - atHour(hours, timesMs[i] as number));
  return (spreadOf(rest) / spreadOf(values)) ** 2 < 2 / 3 ? hours : undefined;
}

function atHour(hours: readonly number[], timeMs: number): number {
  const at = (timeMs / HOUR_MS) % 24;
  const hour = Math.floor(at);
  const before = hours[hour] as number;
  return before + (at - hour) * ((hours[(hour + 1) % 24] as number) - before);
}

/** Where observations lie. */
interface Shape {
  readonly edges: readonly number[];
  readonly weights: readonly number[];
}

function fitObservations(series: SeenSeries, uptimeS: number | undefined, shape: Shape | undefined): Fit {
  const { model, ...fit } = fitCounter(series, uptimeS);
  const { start: _, integer: __, ...rates } = model;
  const count = (series.values.at(-1) ?? 0) - firstOf(series.values);
  const sum = (series.sums.at(-1) ?? 0) - firstOf(series.sums);
  const mean = count > 0 && sum >= 0 ? sum / count : (series.sums.at(-1) ?? 0) / (series.values.at(-1) ?? 1);
  return {
    ...fit,
    decimals: undefined,
    model: { ...(shape === undefined ? { edges: [0] } : { ...shape, lean: leanOf(shape, mean) }), ...rates },
    note:
      shape === undefined && (series.values.at(-1) ?? 0) > 0
        ? 'where its observations lie is not known'
        : fit.note,
  };
}

/** The first value if the last is a total since then; 0 after a reset or with one sample. */
function firstOf(totals: readonly number[]): number {
  const first = totals[0] ?? 0;
  const falls = totals.some((total, i) => i > 0 && total < (totals[i - 1] as number));
  return falls || totals.length < 2 || first === totals.at(-1) ? 0 : first;
}

function histogramShape({ points }: SeenFamily, { rows }: SeenSeries): Shape | undefined {
  const first = rows[0] ?? [];
  const last = rows.at(-1) ?? [];
  const moved =
    last.some((count, i) => count > (first[i] ?? 0)) && last.every((count, i) => count >= (first[i] ?? 0));
  const counts = last.map((count, i) => count - (moved ? (first[i] ?? 0) : 0));
  const each = counts.map((count, i) => Math.max(0, count - (counts[i - 1] ?? 0)));
  const bounds = points.map((bound) => Math.max(0, bound));
  const top = bounds.at(-1) ?? 1;
  const edges = [(bounds[0] ?? 1) > 0 ? 0 : undefined, ...bounds, top > 0 ? 2 * top : 1];
  const used = each.flatMap((count, i) => (count > 0 ? [i] : []));
  const from = used[0];
  const to = used.at(-1);
  if (from === undefined || to === undefined) return undefined;
  const low = edges[from] ?? 0;
  const inner = edges.slice(from + 1, to + 2) as number[];
  return inner[0] === low
    ? { edges: [low], weights: [1] }
    : { edges: [low, ...inner], weights: each.slice(from, to + 1) };
}

function summaryShape({ points }: SeenFamily, { rows }: SeenSeries): Shape | undefined {
  const known = rows.filter((row) => row.length > 0 && row.every((value) => Number.isFinite(value)));
  if (known.length === 0) return undefined;
  const values = points.map((_, i) => Math.max(0, meanOf(known.map((row) => row[i] as number))));
  const edges: number[] = [];
  const weights: number[] = [];
  const add = (value: number, upTo: number, below: number): void => {
    const edge = short(value);
    const before = edges.at(-1);
    if (before !== undefined && edge <= before) return;
    if (before !== undefined) weights.push(Math.max(upTo - below, 1e-6));
    edges.push(edge);
  };
  let below = points[0] ?? 0;
  if (below > 0) add((values[0] as number) / 2, 0, 0);
  let last = 0;
  for (const [i, value] of values.entries()) {
    add(value, points[i] as number, last);
    last = points[i] as number;
    below = last;
  }
  if (below < 1) add((values.at(-1) as number) * 1.5, 1, last);
  return edges.length > 1
    ? { edges, weights: weights.map((weight) => short(weight)) }
    : { edges: [edges[0] ?? 0], weights: [1] };
}

/** Where observations lie within intervals, so that their mean is the one seen. */
function leanOf({ edges, weights }: Shape, mean: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let low = 0;
  let width = 0;
  for (const [i, weight] of weights.entries()) {
    const begin = edges[i] as number;
    low += (weight / total) * begin;
    width += (weight / total) * ((edges[i + 1] ?? begin) - begin);
  }
  const lean = width > 0 && Number.isFinite(mean) ? (mean - low) / width : 0.5;
  return Math.round(Math.min(0.99, Math.max(0.01, lean)) * 100) / 100;
}

export function finite({
  timesMs,
  values,
  breaksMs,
}: SeenSeries): Pick<SeenSeries, 'timesMs' | 'values' | 'breaksMs'> {
  const kept = values.flatMap((value, i) => (Number.isFinite(value) ? [i] : []));
  return {
    timesMs: kept.map((i) => timesMs[i] as number),
    values: kept.map((i) => values[i] as number),
    breaksMs,
  };
}

/** Nothing, for what stays the same. */
function moving(seen: { timesMs: readonly number[]; values: readonly number[] }): Fit['moves'] {
  return seen.values.every((value) => value === seen.values[0]) ? { timesMs: [], values: [] } : seen;
}

/** Quantiles, or the single value. */
function tableOf(values: readonly number[], weights?: readonly number[]): number[] {
  if (values.every((value) => value === values[0])) return [short(values[0] ?? 0)];
  const quantiles = quantilesOf(values, Math.min(QUANTILES, values.length), weights);
  const [least, most] = [quantiles[0] as number, quantiles.at(-1) as number];
  // Six digits of what moves: a time in seconds since 1970 has ten before them.
  const largest = Math.max(Math.abs(least), Math.abs(most));
  const digits = Math.min(17, 6 + Math.max(0, Math.ceil(Math.log10(largest / (most - least)))));
  const table = quantiles.map((value) => short(value, digits));
  // Rounding must not turn two neighbours round.
  for (let i = 1; i < table.length; i++) table[i] = Math.max(table[i] as number, table[i - 1] as number);
  return table;
}

/** So many digits of a fraction; whole numbers stay as they are. */
export function short(value: number, digits = 6): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}

/** Most decimal places of some numbers. */
function decimalsOf(values: readonly number[]): number | undefined {
  let most = 0;
  for (const value of values) {
    const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e(.*))?$/.exec(String(value)) ?? [];
    most = Math.max(most, fraction.length - Number(exponent));
  }
  return most <= MAX_DECIMALS ? most : undefined;
}
