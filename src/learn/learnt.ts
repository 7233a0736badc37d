/** From a history to the text of a configuration that a person can read and edit. */
import { LyrebirdError } from '../util/errors.ts';
import type { History } from './history.ts';
import { metricOf } from './metrics.ts';
import { learnTarget, type LearntFamily, type LearntTarget } from './target.ts';

/** Labels by which one target becomes many. */
export interface Replicas {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

export interface LearnOptions {
  /** Makes so many replicas of the target, told apart by a label. */
  readonly replicas?: Replicas | undefined;
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

/** Learns everything that was seen. Throws `no_series` where that is nothing. */
export function learn(history: History, { replicas }: LearnOptions = {}): Learnt {
  const target = learnTarget(history, { without: replicas && [replicas.label] });
  const { families, factors, series, samples, guessed, spacingS, notes } = target;
  if (families.length === 0) throw nothingLearnt(history);
  const lines = [
    `# Learnt from ${history.pages} pages: ${families.length} families, ${series} series, ${samples} samples, ${spacingS} s apart.`,
    '# Rates are per second whatever the spacing of the samples. values and rates are quantiles, the least first.',
    ...(guessed > 0 ? [`# ${guessed} series are only a guess; they are marked so.`] : []),
    'global:',
    `  tick_interval_s: ${spacingS > 0 && spacingS < 1 ? spacingS : 1}`,
    'exporters:',
    '  prometheus: { prefix: "" }',
    '  otel: { enabled: false, prefix: "" }',
    ...replicaLines(replicas),
    ...factorLines(target),
    'metrics:',
    ...families.flatMap(metricLines),
  ];
  return {
    text: `${lines.join('\n')}\n`,
    series,
    guessed,
    factors: Object.keys(factors).length,
    notes,
  };
}

/** Of pages without a sample, or of which none could be taken. */
function nothingLearnt({ pages, notes }: History): LyrebirdError {
  const [first] = notes;
  const more = notes.size > 1 ? `, and ${notes.size - 1} more` : '';
  return new LyrebirdError(
    'no_series',
    `nothing is learnt: ${pages === 1 ? 'the page holds' : `${pages} pages hold`} no sample that can be taken${first === undefined ? '' : `: ${first}${more}`}`,
  );
}

function replicaLines(replicas: Replicas | undefined): string[] {
  if (replicas === undefined) return [];
  const { label, from, to } = replicas;
  return [
    '# Every series below is there once with each of these values, and goes its own way.',
    'replicate:',
    `  ${text(label)}: { range: [${from}, ${to}], fmt: "${label}-{}" }`,
  ];
}

function factorLines({ factors, families }: LearntTarget): string[] {
  const names = Object.entries(factors);
  if (names.length === 0) return [];
  const models = families.flatMap(({ series }) => series.map(({ model }) => model));
  return [
    '# What series move together by. A course is what was seen, of mean 0 and spread 1; a replica is elsewhere in it.',
    'factors:',
    ...names.map(([name, factor]) => {
      const members = models.filter((model) => Object.hasOwn(model['factors'] ?? {}, name)).length;
      return `  ${name}: ${flow(factor)} # ${members} series`;
    }),
  ];
}

function metricLines(family: LearntFamily): string[] {
  const { name, type, label_sets: sets, algorithm, models, ...fields } = metricOf(family);
  return [
    `  - name: ${text(name)}`,
    `    type: ${type}`,
    ...Object.entries(fields).map(([key, value]) => `    ${key}: ${text(value)}`),
    ...(sets === undefined ? [] : ['    label_sets:', ...sets.map((set) => `      - ${flow(set)}`)]),
    `    algorithm: ${algorithm}`,
    '    models:',
    ...models.flatMap((model, i) => {
      const { samples, note } = family.series[i] as LearntFamily['series'][number];
      const labels = sets?.[i];
      return [
        `      # ${labels === undefined ? '' : `${flow(labels)}: `}${samples} samples${note === undefined ? '' : `; a guess: ${note}`}`,
        `      - ${flow(model)}`,
      ];
    }),
  ];
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
