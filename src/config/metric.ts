/**
 * One entry of `metrics`: the fields that every metric has, those of its type, and the options of its algorithm, all
 * on one level. Each algorithm owns its options; a key that belongs to another one is refused by name.
 */
import { z } from 'zod';
import { labelSetFields, labelSetsFields, labelsFields } from '../labels/fields.ts';
import { formatLabels, identityOf, type LabelSet } from '../labels/sets.ts';
import { generatorDefinitions } from '../generators/builtin.ts';
import type { GeneratorDefinition } from '../generators/generator.ts';
import { algorithmsOf, defaultAlgorithm, findGenerator, type Patterned } from '../generators/registry.ts';
import { withArticle, type AlgorithmType, type DeclaredType, type MetricType } from '../series/family.ts';
import { positiveSeconds } from '../util/fields.ts';
import { followingArrivals, followingOptions, parseFollowing } from './following.ts';
import { isMapping, parsePart, show, unknownName, type Finding, type Path } from './problems.ts';

export const METRIC_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'summary',
  'updown',
  'unknown',
  'info',
  'stateset',
] as const satisfies readonly DeclaredType[];

/** The bounds of Prometheus' client libraries, in seconds of a request. */
const DEFAULT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DEFAULT_QUANTILES = [0.5, 0.9, 0.99];

const commonFields = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z_:][a-zA-Z0-9_:./-]*$/, {
      error: ({ input }) =>
        `is ${show(input)}; a metric name is letters, digits and _ : . - /, not a digit first`,
    })
    .describe(
      'Name without prefix, in Prometheus (http_requests_total) or OpenTelemetry style (http.server.requests).',
    ),
  type: z.enum(METRIC_TYPES).describe('What kind of metric it is.'),
  help: z
    .string()
    .optional()
    .describe('The HELP text and the OTLP description. Default: "Generated <type> metric: <name>".'),
  unit: z
    .string()
    .max(63)
    .regex(/^[\u0021-\u007e]*$/, {
      error: ({ input }) => `is ${show(input)}; a unit is ASCII without spaces, as s, By or bytes`,
    })
    .default('')
    .describe('OpenTelemetry style (s, By, 1, {request}) or a Prometheus word (seconds, bytes, ratio).'),
  profile: z
    .string()
    .optional()
    .describe('The profile whose labels and cap it takes; none is a single series, or its own labels.'),
  labels: labelsFields.default({}).describe("Labels beside the profile's; one of the same name replaces it."),
  label_sets: labelSetsFields
    .optional()
    .describe(
      "Explicit label sets, in place of the profile's; labels beside them multiply them. A label that a set lacks is empty.",
    ),
  seed: z.int().optional().describe('In place of global.seed; still mixed with the name.'),
  decimals: z
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe('Decimal places of what is shown, or of each observation. Default: full precision.'),
  diurnal_amp: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Strength of the daily cycle of a rate, of arrivals or of a level: x (1 + amp sin(...)). 0 is none.',
    ),
  diurnal_phase: z
    .number()
    .default(0)
    .describe('Shift of the daily cycle as a fraction of a day; 0.25 is six hours earlier.'),
  diurnal_offset_h: z.number().min(-24).max(24).default(0).describe('Hours that local time is ahead of UTC.'),
});

const observationFields = {
  observations_per_s: z
    .number()
    .min(0)
    .optional()
    .describe('Observations per second and series. Default: one a tick.'),
  arrivals: z
    .enum(['fixed', 'poisson'])
    .default('fixed')
    .describe('How many observations a tick has: the mean (a fraction by chance), or a Poisson draw.'),
};

const histogramFields = commonFields.extend({
  ...observationFields,
  buckets: z
    .array(z.number())
    .superRefine(refuseUnordered)
    .default(DEFAULT_BOUNDS)
    .describe(
      'Upper bounds, ascending. +Inf is always there; it may be written as the last one, or be the only one.',
    ),
});

const summaryFields = commonFields.extend({
  ...observationFields,
  quantiles: z
    .array(z.number().min(0).max(1))
    .superRefine(refuseUnordered)
    .default(DEFAULT_QUANTILES)
    .describe('The quantiles shown, ascending.'),
  window_s: positiveSeconds()
    .default(60)
    .describe('The quantiles are those of the observations of so much time.'),
});

const unknownFields = commonFields.extend({
  like: z
    .enum(['gauge', 'counter'])
    .default('gauge')
    .describe('How its numbers come about: levels, or totals by the algorithms of a counter.'),
});

/** Of types whose values are 0 and 1 and nothing else, and have no unit. */
const fixedFields = commonFields.omit({
  unit: true,
  decimals: true,
  diurnal_amp: true,
  diurnal_phase: true,
  diurnal_offset_h: true,
});

/** Mockingbird's form of `quantiles`; its keys are taken, the errors beside them are not needed. */
const objectives = z
  .record(
    z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/, { error: 'a key of objectives is a quantile from 0 to 1' }),
    z.number(),
  )
  .describe('Another form of quantiles: its keys.');

/** A series that is named by its labels, with a generator of its own. */
export interface ExplicitSeries {
  readonly labels: LabelSet;
  readonly algorithm: string;
  /** Options of the algorithm lie beside it. */
  readonly [option: string]: unknown;
}

export type CommonFields = z.output<typeof commonFields>;
export type HistogramFields = Observed<z.output<typeof histogramFields>>;
export type SummaryFields = Observed<z.output<typeof summaryFields>>;

type Observed<Fields> = Omit<Fields, 'observations_per_s'> & {
  readonly observations_per_s?: number | Patterned | undefined;
};
type UnknownFields = z.output<typeof unknownFields>;
type FixedFields = z.output<typeof fixedFields> & {
  readonly [Absent in Exclude<keyof CommonFields, keyof z.output<typeof fixedFields>>]?: undefined;
};

/** A label that a metric has for a while, beside those of the file: each of its series is there once with every value, 1 to `values`. */
export interface ExplodedLabel {
  readonly label: string;
  readonly values: number;
}

/** A metric as resolved: every default is filled in, `algorithm` is chosen, and its options lie beside the fields. */
export type Metric = {
  readonly algorithm: string;
  /** Behind the series that labels make, or in their place when there are no labels. */
  readonly series?: readonly ExplicitSeries[] | undefined;
  /** Never in a file: put there while it runs. */
  readonly exploded?: readonly ExplodedLabel[] | undefined;
} & (
  | (CommonFields & { readonly type: 'counter' | 'gauge' | 'updown' })
  | (HistogramFields & { readonly type: 'histogram' })
  | (SummaryFields & { readonly type: 'summary' })
  | (UnknownFields & { readonly type: 'unknown' })
  | (FixedFields & { readonly type: 'info' | 'stateset' })
);

const FIELDS = {
  counter: commonFields,
  gauge: commonFields,
  histogram: histogramFields,
  summary: summaryFields,
  updown: commonFields,
  unknown: unknownFields,
  info: fixedFields,
  stateset: fixedFields,
} as const satisfies Record<DeclaredType, z.ZodObject>;

/** The fields of a type without the options of algorithms; what a JSON Schema needs too. */
export function fieldsOf(type: DeclaredType): z.ZodObject {
  return FIELDS[type];
}

/** What may be written beside the fields of a type and is not kept as it is: see `normalise`. */
export function writtenFieldsOf(type: DeclaredType): z.ZodObject {
  const allowNan = z.literal(false).optional().describe('Can only be false: no algorithm makes NaN.');
  const common = z.object({ allow_nan: allowNan });
  if (type === 'histogram') {
    const { buckets } = histogramFields.shape;
    const bound = z.union([z.number(), z.literal('+Inf')]);
    return common.extend({
      buckets: z
        .array(bound)
        .default(DEFAULT_BOUNDS)
        .describe(buckets.description ?? ''),
    });
  }
  return type === 'summary' ? common.extend({ objectives: objectives.optional() }) : common;
}

/** Whether nothing but explicit series makes label sets: without them the metric is one series without labels. */
export function isUnlabelled(metric: Pick<Metric, 'profile' | 'labels' | 'label_sets'>): boolean {
  return (
    metric.profile === undefined && metric.label_sets === undefined && Object.keys(metric.labels).length === 0
  );
}

/** A metric as far as its type goes. */
type Typed = Pick<Metric, 'type'> & { readonly like?: MetricType };

/** How the numbers of a metric come about. */
export function behaviourOf({ type, like = 'gauge' }: Typed): MetricType {
  switch (type) {
    case 'unknown':
      return like;
    case 'updown':
    case 'info':
    case 'stateset':
      return 'gauge';
    default:
      return type;
  }
}

/** Whose algorithms a metric has. */
export function algorithmTypeOf(metric: Typed): AlgorithmType {
  const { type } = metric;
  return type === 'info' || type === 'stateset' ? type : behaviourOf(metric);
}

/** The states of a state set; none of other types. */
export function statesOf(metric: Metric): readonly string[] | undefined {
  return metric.type === 'stateset' ? (generatorOf(metric).options['states'] as string[]) : undefined;
}

/** The definition and the options of a resolved metric's algorithm. */
export function generatorOf(metric: Metric): {
  definition: GeneratorDefinition;
  options: Record<string, unknown>;
} {
  const definition = findGenerator(algorithmTypeOf(metric), metric.algorithm);
  if (definition === undefined) throw new RangeError(`${metric.type} has no algorithm ${metric.algorithm}`);
  return { definition, options: optionsOf(definition, metric) };
}

/** The generators of explicit series. */
export function seriesGeneratorsOf(
  metric: Metric,
): { readonly algorithm: string; readonly options: Readonly<Record<string, unknown>> }[] {
  return (metric.series ?? []).map(({ algorithm, ...rest }) => ({
    algorithm,
    options: pick(rest, (key) => key !== 'labels'),
  }));
}

function optionsOf(
  { options }: GeneratorDefinition,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return pick(values, (key) => Object.hasOwn(options.shape, key));
}

/** Parses one metric; `undefined` when anything is wrong with it, and then `findings` tells all of it. */
export function parseMetric(raw: unknown, path: Path, findings: Finding[]): Metric | undefined {
  if (!isMapping(raw)) {
    findings.push({ path, message: `is ${show(raw)}; needs a mapping with name and type` });
    return undefined;
  }
  const before = findings.length;
  const type = parsePart(commonFields.shape.type, raw['type'], [...path, 'type'], findings);
  if (type === undefined) {
    // Without a type the other keys cannot be told right from wrong, except those of every metric.
    const known = pick({ ...raw, type: 'gauge' }, (key) => Object.hasOwn(commonFields.shape, key));
    parsePart(commonFields, known, path, findings);
    return undefined;
  }
  const fieldsSchema = FIELDS[type];
  const isField = (key: string): boolean => Object.hasOwn(fieldsSchema.shape, key);
  const normal = normalise(type, raw, path, findings);
  const fields = parseFollowing(fieldsSchema, pick(normal, isField), path, findings, followingArrivals);

  const rest = pick(normal, (key) => !isField(key) && key !== 'series');
  const served = algorithmTypeOf({ type, like: raw['like'] === 'counter' ? 'counter' : 'gauge' });
  const generator = parseGenerator(
    served,
    type,
    { algorithm: defaultAlgorithm(served), ...rest },
    path,
    findings,
  );
  if (fields === undefined || generator === undefined || findings.length > before) return undefined;
  const series = parseSeries(raw['series'], served, type, generator, [...path, 'series'], findings);
  if (findings.length > before) return undefined;
  return { ...fields, ...generator, ...(series !== undefined && { series }) } as Metric;
}

interface Generator {
  readonly algorithm: string;
  readonly [option: string]: unknown;
}

function parseGenerator(
  served: AlgorithmType,
  type: DeclaredType,
  { algorithm, ...given }: Readonly<Record<string, unknown>>,
  path: Path,
  findings: Finding[],
): Generator | undefined {
  const definition = typeof algorithm === 'string' ? findGenerator(served, algorithm) : undefined;
  if (definition === undefined) {
    findings.push({ path: [...path, 'algorithm'], message: explainAlgorithm(served, type, algorithm) });
    return undefined;
  }
  const options = parseFollowing(definition.options, given, path, findings, followingOptions, (key) =>
    explainKey(key, type, definition),
  );
  return options === undefined ? undefined : { algorithm: definition.name, ...options };
}

/** Explicit series. One that names no algorithm has that of the metric, whose options are its own unless it gives others. */
function parseSeries(
  raw: unknown,
  served: AlgorithmType,
  type: DeclaredType,
  generator: Generator,
  path: Path,
  findings: Finding[],
): ExplicitSeries[] | undefined {
  if (raw === undefined) return undefined;
  if (type === 'stateset') {
    findings.push({
      path,
      message: 'are for other types; the label sets of a stateset come from labels or label_sets',
      at: 'key',
    });
    return undefined;
  }
  if (!Array.isArray(raw) || raw.length === 0) {
    findings.push({ path, message: `is ${show(raw)}; needs a list of series, each with its labels` });
    return undefined;
  }
  const first = new Map<string, number>();
  return raw.flatMap((entry: unknown, index): ExplicitSeries[] => {
    const at = [...path, index];
    if (!isMapping(entry)) {
      findings.push({ path: at, message: `is ${show(entry)}; needs a mapping with labels` });
      return [];
    }
    const { labels: given, ...rest } = entry;
    const isCommon = (key: string): boolean => Object.hasOwn(FIELDS[type].shape, key);
    for (const key of Object.keys(rest).filter(isCommon))
      findings.push({
        path: [...at, key],
        message: 'is the same for all series: write it beside series',
        at: 'key',
      });
    const own = pick(rest, (key) => !isCommon(key));
    const labels = parsePart(labelSetFields, given, [...at, 'labels'], findings);
    const inherited = own['algorithm'] === undefined ? generator : {};
    const parsed = parseGenerator(served, type, { ...inherited, ...own }, at, findings);
    if (labels === undefined || parsed === undefined) return [];
    const identity = identityOf(labels);
    const earlier = first.get(identity);
    if (earlier !== undefined) {
      const message = `is ${formatLabels(labels)}, and so is series[${earlier}]; two equal label sets cannot be told apart`;
      findings.push({ path: [...at, 'labels'], message });
    }
    first.set(identity, earlier ?? index);
    return [{ labels, ...parsed }];
  });
}

function pick(
  object: Readonly<Record<string, unknown>>,
  keep: (key: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keep(key)));
}

function explainAlgorithm(served: AlgorithmType, type: DeclaredType, algorithm: unknown): string {
  const names = algorithmsOf(served).map(({ name }) => name);
  const elsewhere = generatorDefinitions
    .filter(({ name }) => name === algorithm)
    .flatMap(({ types }) => types);
  if (elsewhere.length > 0) {
    return `${String(algorithm)} is an algorithm for ${elsewhere.join(' and ')}; ${withArticle(type)} has ${names.join(', ')}`;
  }
  if (typeof algorithm === 'string' && Object.hasOwn(FOREIGN_ALGORITHMS, algorithm))
    return `unknown algorithm ${algorithm}: ${FOREIGN_ALGORITHMS[algorithm]}`;
  return typeof algorithm === 'string'
    ? unknownName('unknown algorithm', algorithm, names)
    : `is ${show(algorithm)}; allowed: ${names.join(', ')}`;
}

/** Forms that are taken and not kept: `objectives`, and +Inf as the last bucket. */
function normalise(
  type: DeclaredType,
  raw: Readonly<Record<string, unknown>>,
  path: Path,
  findings: Finding[],
): Record<string, unknown> {
  const normal = { ...raw };
  const { buckets } = raw;
  if (type === 'histogram' && Array.isArray(buckets)) {
    const last: unknown = buckets.at(-1);
    if (last === Number.POSITIVE_INFINITY || last === '+Inf') normal['buckets'] = buckets.slice(0, -1);
  }
  if (type === 'summary' && raw['objectives'] !== undefined) {
    const at = [...path, 'objectives'];
    const parsed = parsePart(objectives, raw['objectives'], at, findings);
    if (raw['quantiles'] !== undefined)
      findings.push({ path: at, message: 'stands beside quantiles; one of them is allowed', at: 'key' });
    else if (parsed !== undefined)
      normal['quantiles'] = [...new Set(Object.keys(parsed).map(Number))].toSorted((a, b) => a - b);
    delete normal['objectives'];
  }
  if (raw['allow_nan'] === false) delete normal['allow_nan'];
  return normal;
}

function refuseUnordered(numbers: readonly number[], context: z.RefinementCtx): void {
  for (const [index, value] of numbers.entries()) {
    const before = numbers[index - 1];
    if (before !== undefined && value <= before) {
      const message = `is ${value} after ${before}; the list must ascend without repeats`;
      context.addIssue({ code: 'custom', path: [index], message });
    }
  }
}

/** Keys that people bring along from Mockingbird or its documentation, and what to write instead. */
const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  allow_nan: 'no algorithm makes NaN, so it can only be false; NaN as a fault is not there yet',
  increment: 'the increment of constant is its base_rate, per second',
  lambda: 'the rate is called lam',
  amplitude: 'a wave goes from min to max, offset - amplitude to offset + amplitude',
  offset: 'a wave goes from min to max, and both include the offset',
  magnitude: 'a wave goes from min to max; with an offset, from offset to offset + magnitude',
  peak: 'a wave goes from min to max; with an offset, from offset to offset + peak',
  period: 'the length of a period is called period_s; it may have a unit, as 2m',
  kind: 'what makes the numbers is called algorithm',
  documentation: 'the text of HELP is called help',
  value: 'the level of a constant gauge is called start, the rate of a constant counter base_rate',
};

/** Names that people bring along from elsewhere, and what the algorithm is called here. */
const FOREIGN_ALGORITHMS: Readonly<Record<string, string>> = {
  static: 'a level that stays is called constant',
  random: 'noise without memory is called gaussian, with memory random_walk',
};

function explainKey(key: string, type: DeclaredType, definition: GeneratorDefinition): string | undefined {
  const owner = METRIC_TYPES.filter(
    (other) => Object.hasOwn(FIELDS[other].shape, key) || (other === 'summary' && key === 'objectives'),
  );
  if (owner.length > 0)
    return `is for ${owner.join(', ').replace(/, ([^,]*)$/, ' and $1')}; this is ${withArticle(type)}`;
  const own = Object.keys(definition.options.shape);
  const others = generatorDefinitions.filter((other) => Object.hasOwn(other.options.shape, key)).map(inWords);
  if (others.length > 0) {
    return `is an option of ${others.join(', ')}; ${inWords(definition)} has ${own.length === 0 ? 'none' : own.join(', ')}`;
  }
  if (Object.hasOwn(FOREIGN_KEYS, key)) return `is unknown: ${FOREIGN_KEYS[key]}`;
  return unknownName('unknown key', key, [...Object.keys(FIELDS[type].shape), 'series', 'algorithm', ...own]);
}

function inWords({ name, types }: GeneratorDefinition): string {
  return `${name} (${types.join(', ')})`;
}
