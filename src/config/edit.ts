/** Edits of single metrics of a configuration: the whole of it is checked again, and either all of an edit is taken or nothing. */
import { parseMatchers } from '../labels/matchers.ts';
import { formatLabels, identityOf, type LabelSet } from '../labels/sets.ts';
import { ConfigError, LyrebirdError, nearest } from '../util/errors.ts';
import { fieldsOf, generatorOf, isUnlabelled, type ExplicitSeries, type Metric } from './metric.ts';
import { readConfig } from './parse.ts';
import { formatPath, isMapping, show, type Finding, type Path } from './problems.ts';
import type { Config } from './schema.ts';

/** What is asked for. Definitions are as in the file. */
export type MetricEdit =
  | { readonly do: 'create'; readonly definition: unknown }
  /** Creates it if there is none of that name. */
  | { readonly do: 'replace'; readonly name: string; readonly definition: unknown }
  /** Keys that are null go back to their default. */
  | { readonly do: 'patch'; readonly name: string; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'add_series'; readonly name: string; readonly series: unknown }
  | { readonly do: 'remove_series'; readonly name: string; readonly labels: LabelSet };

export interface EditedConfig {
  readonly config: Config;
  /** The metric that was edited, as it is now, or as it was when it is removed. */
  readonly metric: Metric;
  readonly created: boolean;
}

/**
 * The configuration after an edit. Throws a ConfigError whose paths begin in the definition that was given, and `metric_exists`,
 * `metric_not_found`, `last_metric`, `series_exists`, `series_not_found` or `last_series`.
 */
export function editMetrics(config: Config, edit: MetricEdit): EditedConfig {
  const { metrics } = config;
  if (edit.do === 'create') {
    const name = isMapping(edit.definition) ? edit.definition['name'] : undefined;
    if (metrics.some((metric) => metric.name === name)) {
      throw new LyrebirdError('metric_exists', `there is a metric ${String(name)} already; PUT replaces it`, {
        details: { metric: name },
      });
    }
    return withDefinition(config, metrics.length, edit.definition);
  }
  const index = metrics.findIndex(({ name }) => name === edit.name);
  if (edit.do === 'replace') {
    const definition = named(edit.definition, edit.name);
    return withDefinition(config, index < 0 ? metrics.length : index, definition);
  }
  const metric = metrics[index];
  if (metric === undefined) throw metricNotFound(edit.name, metrics);
  switch (edit.do) {
    case 'patch':
      return withDefinition(config, index, named(patched(metric, edit.patch), edit.name));
    case 'remove': {
      if (metrics.length === 1) {
        throw new LyrebirdError('last_metric', `${metric.name} is the only metric; a run needs at least one`);
      }
      const checked = check({ ...config, metrics: metrics.toSpliced(index, 1) }, undefined);
      return { config: checked, metric, created: false };
    }
    case 'add_series':
      return addSeries(config, index, metric, edit.series);
    case 'remove_series':
      return removeSeries(config, index, metric, edit.labels);
  }
}

/** Puts a definition in the place of a metric, or behind all of them. */
function withDefinition(config: Config, index: number, definition: unknown, within = ''): EditedConfig {
  const metrics: unknown[] = config.metrics.toSpliced(index, 1, definition as Metric);
  const checked = check({ ...config, metrics }, { index, within });
  return {
    config: checked,
    metric: checked.metrics[index] as Metric,
    created: index === config.metrics.length,
  };
}

function check(
  input: Readonly<Record<string, unknown>> & { readonly metrics: readonly unknown[] },
  edited: { index: number; within: string } | undefined,
): Config {
  const findings: Finding[] = [];
  const config = readConfig(input, findings);
  if (config !== undefined) return config;
  throw new ConfigError(
    findings.map(({ path, message }) => {
      const isOwn = edited !== undefined && path[0] === 'metrics' && path[1] === edited.index;
      const text = formatPath(isOwn ? path.slice(2) : byName(path, input.metrics));
      const own =
        isOwn && text.startsWith(edited.within) ? text.slice(edited.within.length).replace(/^\./, '') : text;
      return { path: own, message };
    }),
  );
}

/** A path into the metrics as people know them: who edits one of them does not count the others. */
function byName(path: Path, metrics: readonly unknown[]): Path {
  const metric = path[0] === 'metrics' ? metrics[Number(path[1])] : undefined;
  const name = isMapping(metric) ? metric['name'] : undefined;
  return typeof name === 'string' ? [name, ...path.slice(2)] : path;
}

/** A definition whose name may be left out, as it is said elsewhere, and may not be another one. */
function named(definition: unknown, name: string): unknown {
  if (!isMapping(definition)) return definition;
  const { name: own = name } = definition;
  if (own !== name) {
    const message = `is ${show(own)}, and the address says ${name}; a metric that is to have another name is created anew`;
    throw new ConfigError([{ path: 'name', message }]);
  }
  return { ...definition, name };
}

/** Options of an algorithm, and fields of a type, that go with it when it is replaced. */
function patched(
  metric: Metric,
  patch: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const leaving = new Set<string>();
  const { type = metric.type, algorithm } = patch;
  if (type !== metric.type || (algorithm !== undefined && algorithm !== metric.algorithm)) {
    for (const key of Object.keys(generatorOf(metric).options)) leaving.add(key);
    if (type !== metric.type) leaving.add('algorithm');
  }
  if (type !== metric.type) {
    const kept = fieldsOf('counter').shape;
    for (const key of Object.keys(fieldsOf(metric.type).shape))
      if (!Object.hasOwn(kept, key)) leaving.add(key);
  }
  const merged = { ...metric, ...patch };
  return Object.fromEntries(
    Object.entries(merged).filter(
      ([key, value]) => value !== null && (Object.hasOwn(patch, key) || !leaving.has(key)),
    ),
  );
}

function addSeries(config: Config, index: number, metric: Metric, entry: unknown): EditedConfig {
  const series = seriesOf(metric);
  const labels = isMapping(entry) && isMapping(entry['labels']) ? entry['labels'] : {};
  const identity = identityOf(
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)])),
  );
  const known = series.find((one) => identityOf(one.labels) === identity);
  if (known !== undefined) {
    throw new LyrebirdError(
      'series_exists',
      `${metric.name} has an explicit series ${formatLabels(known.labels)} already`,
      { details: { metric: metric.name, labels: known.labels } },
    );
  }
  const within = `series[${series.length}]`;
  return withDefinition(config, index, { ...metric, series: [...series, entry] }, within);
}

function removeSeries(config: Config, index: number, metric: Metric, labels: LabelSet): EditedConfig {
  const series = seriesOf(metric);
  const at = series.findIndex((one) => identityOf(one.labels) === identityOf(labels));
  if (at < 0) {
    const first = series.slice(0, 10).map((one) => formatLabels(one.labels));
    const more = series.length > first.length ? ` and ${series.length - first.length} more` : '';
    throw new LyrebirdError(
      'series_not_found',
      `${metric.name} has no explicit series ${formatLabels(labels)}; it has ${first.join(', ') || 'none'}${more}. ` +
        'Series that labels make go with their values',
      { details: { metric: metric.name, labels } },
    );
  }
  if (series.length === 1 && isUnlabelled(metric)) {
    throw new LyrebirdError(
      'last_series',
      `${formatLabels(labels)} is the only series of ${metric.name}; DELETE /api/v1/metrics/${metric.name} ends it`,
    );
  }
  return withDefinition(config, index, {
    ...metric,
    series: series.length === 1 ? undefined : series.toSpliced(at, 1),
  });
}

/** Explicit series; the only one of a metric without labels is one of them once there are others. */
function seriesOf(metric: Metric): readonly ExplicitSeries[] {
  if (metric.series !== undefined || !isUnlabelled(metric)) return metric.series ?? [];
  return [{ labels: {}, algorithm: metric.algorithm, ...generatorOf(metric).options }];
}

export function metricNotFound(name: string, metrics: readonly Metric[]): LyrebirdError {
  const available = metrics.map((metric) => metric.name);
  const close = nearest(name, available);
  return new LyrebirdError(
    'metric_not_found',
    `no metric is called ${name}${close === undefined ? '.' : `, did you mean ${close}?`} Available: ${available.join(', ')}`,
    { details: { metric: name, available, ...(close === undefined ? {} : { nearest: close }) } },
  );
}

/** `{a="x",b="y"}`: the labels of one series. Throws `invalid_matcher`. */
export function parseLabels(text: string): LabelSet {
  const matchers = parseMatchers(text);
  const other = matchers.find(({ operator }) => operator !== '=');
  if (other !== undefined)
    throw new LyrebirdError(
      'invalid_matcher',
      `labels: ${other.name} ${other.operator}; a series has its labels by =`,
    );
  return Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
}
