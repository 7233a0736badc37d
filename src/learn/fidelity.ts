/** Whether what was generated looks like what was held back: figures of every series that moves, and a verdict by rules. */
import type { MetricType } from '../series/family.ts';
import { finite, ratesOf, trendOf } from './fit.ts';
import type { Holdout } from './holdout.ts';
import { countSeries, type History, type SeenFamily, type SeenSeries } from './history.ts';
import { shownAs } from './shown.ts';
import {
  correlationOf,
  distanceOf,
  everyNth,
  lagOneOf,
  meanOf,
  medianOf,
  ranksOf,
  spreadOf,
} from './statistics.ts';

export interface Figures {
  readonly mean: number;
  readonly spread: number;
  readonly lagOne: number;
  readonly zeroShare: number;
}

/** One series: levels of a gauge; increase per second of what counts, or of the count of a histogram or summary. */
export interface Compared {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: 'level' | 'rate';
  readonly trained: readonly number[];
  readonly held: readonly number[];
  readonly generated: readonly number[];
  readonly figures: Readonly<Record<'trained' | 'held' | 'generated', Figures>>;
  /** Kolmogorov-Smirnov distances to what was held back. */
  readonly distance: number;
  readonly trainedDistance: number;
}

export interface Rule {
  readonly text: string;
  /** What is bounded: the less, the better. */
  readonly value: number;
  readonly holds: boolean;
}

/** Samples as a Prometheus has stored them. */
export interface Stored {
  readonly samples: number;
  readonly chunkBytes: number;
  readonly indexBytes: number;
}

export interface Fidelity {
  readonly pages: number;
  /** Series and families that were seen. */
  readonly series: number;
  readonly families: number;
  readonly compared: readonly Compared[];
  /** Series that correlations were compared of. */
  readonly correlated: number;
  /** What was held back, and what was generated in its place, once stored; absent where that was not asked for. */
  readonly stored?: { readonly held: Stored; readonly generated: Stored } | undefined;
  readonly rules: readonly Rule[];
  readonly holds: boolean;
}

/** What was generated: its samples, the times of which stand for those of the holdout, one for one. */
export interface Generated {
  readonly history: History;
  readonly timesMs: readonly number[];
  /** What a strict reader found wrong with its pages. */
  readonly problems: readonly string[];
}

/** So much farther may the generated be from what was held back than what was learnt from. */
const MARGIN = 0.05;
/** From so many pages on distances are bounded by themselves, too. */
const MANY_PAGES = 200;
const MOST_DISTANCE = 0.2;
const MOST_CORRELATION_ERROR = 0.15;
/** Samples of one take at most so many times the room of the other. */
const MOST_ROOM = 1.25;
/** Correlations are worked out of so many series, evenly chosen. */
const MOST_CORRELATED = 400;
/** Names that a rule tells. */
const MOST_NAMED = 3;

export function compare(history: History, holdout: Holdout, generated: Generated): Fidelity {
  const missing: string[] = [];
  const compared: Compared[] = [];
  const shown = shownAs(holdout.trained);
  const heldAt = new Set(holdout.timesMs.filter((_, i) => holdout.isHeld[i]));
  const madeHeldAt = new Set(generated.timesMs.filter((_, i) => holdout.isHeld[i]));
  for (const { name, series: seen } of history.families.values()) {
    const { type } = shown(holdout.trained.families.get(name) as SeenFamily);
    const made = generated.history.families.get(name);
    for (const [identity, real] of seen) {
      const other = made?.series.get(identity);
      if (other === undefined) missing.push(`${name}${JSON.stringify(real.labels)}`);
      else compared.push(...compareSeries(name, type, { real, heldAt }, { made: other, madeHeldAt }));
    }
  }
  const series = countSeries(history);
  const extra = countSeries(generated.history) - (series - missing.length);
  const whole = heldAt.size;
  const correlated = everyNth(
    compared.filter(
      ({ held, trained, generated: made }) =>
        held.length === whole && made.length === whole && trained.length >= whole - MAX_WITHOUT_RATE,
    ),
    MOST_CORRELATED,
  );
  const rules = [
    {
      text: `every family and label set is there: ${missing.length} missing, ${extra} not seen before${some(missing)}`,
      value: missing.length + extra,
      holds: missing.length === 0 && extra === 0,
    },
    {
      text: `no page breaks a rule of its format: ${generated.problems.length} do${some(generated.problems)}`,
      value: generated.problems.length,
      holds: generated.problems.length === 0,
    },
    ...distanceRules(compared, holdout.timesMs.length),
    ...correlationRules(correlated, holdout.timesMs.length),
  ];
  return {
    pages: holdout.timesMs.length,
    families: history.families.size,
    series,
    compared,
    correlated: correlated.length,
    rules,
    holds: rules.every(({ holds }) => holds),
  };
}

/** Samples of a series that may have no rate, the first among them. */
const MAX_WITHOUT_RATE = 2;

/** Figures of a series, unless it does not move. */
function compareSeries(
  name: string,
  type: MetricType,
  { real, heldAt }: { readonly real: SeenSeries; readonly heldAt: ReadonlySet<number> },
  { made, madeHeldAt }: { readonly made: SeenSeries; readonly madeHeldAt: ReadonlySet<number> },
): Compared[] {
  const kind = type === 'gauge' ? 'level' : 'rate';
  const seen = movesOf(kind, real);
  if (seen.values.every((value) => value === seen.values[0])) return [];
  const trained = seen.values.filter((_, i) => !heldAt.has(seen.timesMs[i] as number));
  const held = seen.values.filter((_, i) => heldAt.has(seen.timesMs[i] as number));
  const shown = movesOf(kind, made);
  const back = kind === 'level' ? shiftOf(real, heldAt) : 0;
  const generated = shown.values
    .filter((_, i) => madeHeldAt.has(shown.timesMs[i] as number))
    .map((value) => value - back);
  return trained.length === 0 || held.length === 0
    ? []
    : [
        {
          name,
          labels: real.labels,
          kind,
          trained,
          held,
          generated,
          figures: { trained: figuresOf(trained), held: figuresOf(held), generated: figuresOf(generated) },
          distance: distanceOf(generated, held),
          trainedDistance: distanceOf(trained, held),
        },
      ];
}

/** What a trend has added between the first sample and the last learnt one, where what is generated begins. */
function shiftOf(real: SeenSeries, heldAt: ReadonlySet<number>): number {
  const { timesMs, values } = finite(real);
  const kept = timesMs.flatMap((time, i) => (heldAt.has(time) ? [] : [i]));
  const learnt = {
    timesMs: kept.map((i) => timesMs[i] as number),
    values: kept.map((i) => values[i] as number),
  };
  return (trendOf(learnt) * ((learnt.timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0))) / 1000;
}

function movesOf(kind: Compared['kind'], series: SeenSeries): Pick<SeenSeries, 'timesMs' | 'values'> {
  const seen = finite(series);
  return kind === 'level' ? seen : ratesOf(seen);
}

function figuresOf(values: readonly number[]): Figures {
  return {
    mean: meanOf(values),
    spread: spreadOf(values),
    lagOne: lagOneOf(values),
    zeroShare: values.filter((value) => value === 0).length / Math.max(1, values.length),
  };
}

function distanceRules(compared: readonly Compared[], pages: number): Rule[] {
  return (['level', 'rate'] as const).flatMap((kind) => {
    const of = compared.filter((one) => one.kind === kind);
    if (of.length === 0) return [];
    const what = `median distance of ${of.length} ${kind === 'level' ? 'gauges' : 'rates'}`;
    return rulesOf(what, medianOf(of.map(({ distance }) => distance)), {
      trained: medianOf(of.map(({ trainedDistance }) => trainedDistance)),
      most: pages < MANY_PAGES ? undefined : MOST_DISTANCE,
    });
  });
}

function correlationRules(compared: readonly Compared[], pages: number): Rule[] {
  if (compared.length < 2) return [];
  const [held, trained, generated] = (['held', 'trained', 'generated'] as const).map((part) =>
    compared.map((one) => ranksOf(one[part])),
  ) as [number[][], number[][], number[][]];
  let errors = 0;
  let trainedErrors = 0;
  let pairs = 0;
  for (let a = 0; a < compared.length; a++) {
    for (let b = a + 1; b < compared.length; b++) {
      const real = correlation(held, a, b);
      errors += Math.abs(correlation(generated, a, b) - real);
      trainedErrors += Math.abs(correlation(trained, a, b) - real);
      pairs++;
    }
  }
  return rulesOf(`mean error of ${pairs} rank correlations`, errors / pairs, {
    trained: trainedErrors / pairs,
    most: pages < MANY_PAGES ? undefined : MOST_CORRELATION_ERROR,
  });
}

function correlation(rows: readonly (readonly number[])[], a: number, b: number): number {
  const [one = [], other = []] = [rows[a], rows[b]];
  const size = Math.min(one.length, other.length);
  return correlationOf(one.slice(-size), other.slice(-size));
}

/** Bytes that a sample takes in chunks, which its values decide; an index is of series. */
function bytesPerSample({ chunkBytes, samples }: Stored): number {
  return chunkBytes / Math.max(1, samples);
}

/** What there is to say of both besides the rule. */
export function roomText({ held, generated }: NonNullable<Fidelity['stored']>): string {
  const [real, made] = [held, generated].map(
    (stored) =>
      `${stored.samples} samples take ${bytesPerSample(stored).toFixed(2)} bytes each and an index of ${Math.round(stored.indexBytes / 1000)} kB`,
  );
  return `Stored in a Prometheus, ${real}; generated in their place, ${made}.`;
}

export function roomRule({ held, generated }: NonNullable<Fidelity['stored']>): Rule {
  const [real, made] = [bytesPerSample(held), bytesPerSample(generated)];
  const times = Math.max(made / real, real / made);
  return {
    text: `bytes per sample once stored: ${made.toFixed(2)}, and ${real.toFixed(2)} of what was held back: one at most ${MOST_ROOM} times the other`,
    value: times,
    holds: times <= MOST_ROOM,
  };
}

function rulesOf(
  what: string,
  value: number,
  { trained, most }: { readonly trained: number; readonly most: number | undefined },
): Rule[] {
  return [
    {
      text: `${what}: ${value.toFixed(3)}, at most ${(trained + MARGIN).toFixed(3)} (that of what was learnt from, ${trained.toFixed(3)}, and ${MARGIN})`,
      value,
      holds: value <= trained + MARGIN,
    },
    ...(most === undefined
      ? []
      : [{ text: `${what}: ${value.toFixed(3)}, below ${most}`, value, holds: value < most }]),
  ];
}

function some(texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return ` (${texts.slice(0, MOST_NAMED).join('; ')}${texts.length > MOST_NAMED ? '; ...' : ''})`;
}
