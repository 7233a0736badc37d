/** What a Prometheus has stored of some series over a range of time, asked for in parts and added to what was seen. */
import { identityOf } from '../labels/sets.ts';
import { formatDuration } from '../util/duration.ts';
import { LyrebirdError, nearest } from '../util/errors.ts';
import type { History } from './history.ts';
import { boundsOf } from './native-buckets.ts';
import type { QueryApi, StoredLabels, StoredSeries } from './query-api.ts';
import { namesOf } from './stored-names.ts';
import { createStore } from './stored.ts';

export interface StoredRange {
  /** Series selectors, each as `{job="x"}`. */
  readonly match: readonly string[];
  /** Whole seconds since 1970. */
  readonly fromS: number;
  readonly toS: number;
  /** Takes values at equal distances; absent: the samples as they were stored. */
  readonly stepS?: number | undefined;
  /** Labels to leave out. Default: `instance` and `job` where all series have the same one. */
  readonly dropLabels?: readonly string[] | undefined;
  readonly maxSamples: number;
  readonly nowMs: () => number;
  /** Ends early, between two parts, with what has been taken. */
  readonly signal: AbortSignal;
  readonly tell?: ((state: RangeState) => void) | undefined;
}

export interface RangeState {
  readonly parts: number;
  readonly done: number;
  readonly series: number;
  /** Milliseconds that the rest will take at the pace so far. */
  readonly leftMs: number;
}

export interface Taken extends RangeState {
  readonly dropped: readonly string[];
}

/** Samples of one answer: some ten megabytes of JSON. */
const SAMPLES_A_PART = 200_000;
/** Seconds of samples that tell how many there are, and series of which a fifth of it does. */
const PROBE_S = 300;
const MANY_SERIES = 10_000;
const USUAL_INTERVAL_S = 15;
/** Servers refuse more values of a series in one answer. */
const MAX_STEPS = 10_000;

/** Values of a label that a message lists. */
const CHOICES = 10;

/** What a target's own page does not have. */
const ORIGIN_LABELS = ['instance', 'job'];

/** Throws `no_series`, `too_many_samples`, `labels_needed`, and whatever the API throws. */
export async function addStored(history: History, api: QueryApi, range: StoredRange): Promise<Taken> {
  const { match, fromS, toS, stepS, signal, nowMs } = range;
  const series = await api.series(match, fromS, toS);
  if (series.length === 0) throw await noSeries(api, range);
  const total = await estimateSamples(api, range, series.length);
  checkTotal(total, series.length, range);
  const dropped = droppedOf(series, range);
  checkDistinct(series, dropped);
  const names = namesOf(series, await api.metadata(), match);
  for (const [name, why] of names.leftOut) history.notes.add(`${name} ${why}, and is left out`);
  if (names.guessed.length > 0)
    history.notes.add(
      `${names.guessed.length} metrics are of a type that ${api.name} does not tell; taken by their names: ${names.guessed.slice(0, 3).join(', ')}${names.guessed.length > 3 ? ', ...' : ''}`,
    );
  const store = createStore(history, {
    names,
    dropped: new Set(dropped),
    nativeBounds: async (family) =>
      boundsOf(
        await api.histograms(`last_over_time({__name__=${JSON.stringify(family)}}[${toS - fromS}s])`, toS),
      ),
  });

  const lengthS = partLength(range, total);
  const parts = Math.ceil((toS - fromS) / lengthS);
  const beganMs = nowMs();
  let done = 0;
  const stateNow = (): RangeState => ({
    parts,
    done,
    series: series.length,
    leftMs: done === 0 ? 0 : ((nowMs() - beganMs) / done) * (parts - done),
  });
  while (done < parts && !signal.aborted) {
    const startS = fromS + done * lengthS;
    const endS = Math.min(toS, startS + lengthS);
    const answers: (readonly StoredSeries[])[] = [];
    try {
      for (const selector of match)
        answers.push(
          stepS === undefined
            ? await api.samples(`${selector}[${endS - startS}s]`, endS)
            : await api.steps(selector, { fromS: startS, toS: endS - (endS === toS ? 0 : stepS), stepS }),
        );
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
    await store.add(mergeAnswers(answers));
    done++;
    checkTotal(history.samples, series.length, range);
    range.tell?.(stateNow());
  }
  history.pages = longest(history);
  if (history.pages === 0)
    throw new LyrebirdError('no_series', 'nothing is learnt: it was ended before the first samples came');
  return { ...stateNow(), dropped };
}

/** From how many there are in the last of it: no expression counts the samples of series with different names at once. */
async function estimateSamples(
  api: QueryApi,
  { match, fromS, toS, stepS }: StoredRange,
  series: number,
): Promise<number> {
  const rangeS = toS - fromS;
  if (stepS !== undefined) return series * (Math.floor(rangeS / stepS) + 1);
  const probeS = Math.min(rangeS, series > MANY_SERIES ? PROBE_S / 5 : PROBE_S);
  let found = 0;
  for (const selector of match)
    for (const { values = [], histograms = [] } of await api.samples(`${selector}[${probeS}s]`, toS))
      found += values.length + histograms.length;
  // They may have ended before: then they are taken to be scraped as often as is usual.
  return found === 0 ? Math.ceil((series * rangeS) / USUAL_INTERVAL_S) : Math.ceil((found * rangeS) / probeS);
}

function checkTotal(total: number, series: number, { match, maxSamples, stepS }: StoredRange): void {
  if (total <= maxSamples) return;
  const advice = [
    'a narrower --match',
    'a shorter --range',
    stepS === undefined ? 'fewer of them with --step' : 'a longer --step',
    'or a larger --max-samples',
  ];
  throw new LyrebirdError(
    'too_many_samples',
    `${match.join(' and ')} has about ${total} samples of ${series} series, more than ${maxSamples}: ask for ${advice.join(', ')}`,
  );
}

async function noSeries(api: QueryApi, { match, fromS, toS }: StoredRange): Promise<LyrebirdError> {
  const times = [fromS, toS].map((seconds) => new Date(seconds * 1000).toISOString());
  // What was mistyped is one of these, most of the time.
  const [, label = '__name__', value = match[0] ?? ''] =
    /([a-zA-Z_]\w*)\s*=~?\s*["'`]([^"'`]*)/.exec(match.join(' ')) ?? [];
  const values = await api.labelValues(label).catch(() => []);
  const near = nearest(value, values);
  const list = `${values.slice(0, CHOICES).join(', ')}${values.length > CHOICES ? ', ...' : ''}`;
  const choices =
    near === undefined || near === value ? `${label} there: ${list || 'none'}` : `did you mean ${near}?`;
  return new LyrebirdError(
    'no_series',
    `${api.name} has no series of ${match.join(' or ')} from ${times[0]} to ${times[1]} (${formatDuration((toS - fromS) * 1000)}); ${choices}`,
  );
}

/** What several selectors gave; a series that two of them match is there once. */
function mergeAnswers(answers: readonly (readonly StoredSeries[])[]): readonly StoredSeries[] {
  const [only, ...others] = answers;
  if (others.length === 0) return only ?? [];
  return [...new Map(answers.flat().map((series) => [identityOf(series.metric), series])).values()];
}

function droppedOf(series: readonly StoredLabels[], { dropLabels }: StoredRange): readonly string[] {
  return (
    dropLabels ??
    ORIGIN_LABELS.filter((label) => {
      const [first] = series;
      const value = first?.[label];
      return value !== undefined && series.every((labels) => labels[label] === value);
    })
  );
}

/** Without a label that tells them apart, two series would be one. */
function checkDistinct(series: readonly StoredLabels[], dropped: readonly string[]): void {
  const seen = new Set<string>();
  for (const labels of series) {
    const rest = identityOf(
      Object.fromEntries(Object.entries(labels).filter(([name]) => !dropped.includes(name))),
    );
    if (seen.has(rest))
      throw new LyrebirdError(
        'labels_needed',
        `without ${dropped.join(', ')} two series of ${labels['__name__']} are one, as ${JSON.stringify(labels)}; keep what tells them apart in --drop-labels, or narrow --match`,
      );
    seen.add(rest);
  }
}

/** Seconds of a part: whole steps, and no more samples than an answer should have. */
function partLength({ fromS, toS, stepS }: StoredRange, total: number): number {
  const rangeS = toS - fromS;
  const evenly = Math.max(1, Math.floor(rangeS / Math.max(1, total / SAMPLES_A_PART)));
  if (stepS === undefined) return evenly;
  return Math.min(MAX_STEPS, Math.max(1, Math.floor(evenly / stepS))) * stepS;
}

/** Samples of the series that has most of them: pages of which each sample was one. */
function longest({ families }: History): number {
  let most = 0;
  for (const family of families.values())
    for (const { values } of family.series.values()) most = Math.max(most, values.length);
  return most;
}
