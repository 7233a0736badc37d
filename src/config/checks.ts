/** What a configuration must hold across its sections. Runs on what is right of it, so that all mistakes come at once. */
import type { Labels, LabelSets } from '../labels/fields.ts';
import { findLabelProblems } from '../labels/layout.ts';
import { formatLabels } from '../labels/sets.ts';
import { checkOnStart } from '../control/on-start.ts';
import { checkScenario } from '../control/scenario.ts';
import { MAX_PRODUCT } from '../labels/space.ts';
import { findClashes, openMetricsFamily, otlpTypeOf, translate, translateLabel } from '../wire/names.ts';
import { checkInputs } from './derived.ts';
import { factorsIn, modelsIn } from './factors.ts';
import { describeFamily, findMadeSeries, prefixesOf, type FamilyDescription } from './families.ts';
import { wholeMs } from './global.ts';
import { isUnlabelled, type Metric } from './metric.ts';
import { unknownName, type Finding, type Path } from './problems.ts';
import { createScene } from './scene.ts';
import type { Config, Draft } from './schema.ts';

/** OpenTelemetry's limit for the name of an instrument. */
const MAX_NAME_LENGTH = 255;

const NO_PREFIX = { prometheus: '', otel: '' };

/** A metric that is right by itself, described. */
interface Described {
  readonly index: number;
  readonly metric: Metric;
  readonly description: FamilyDescription;
}

export function checkConfig(draft: Draft, input: Readonly<Record<string, unknown>>): Finding[] {
  const described = describeAll(draft);
  return [
    ...checkTime(draft),
    ...checkPorts(draft),
    ...checkPrefixes(draft),
    ...checkMetricNames(input['metrics']),
    ...checkProfiles(draft, input['metrics']),
    ...checkLabelSets(draft),
    ...checkDependentLabels(draft),
    ...checkInputs(draft.metrics),
    ...checkFactors(draft),
    ...described.flatMap((entry) => [...checkLabels(entry)]),
    ...described.flatMap((entry) => [...checkSeries(entry, draft)]),
    ...checkDerivedNames(draft, described),
    ...checkSize(draft, described),
    ...checkActions(draft, described),
  ];
}

function describeAll({ exporters, profiles, metrics }: Draft): Described[] {
  const prefixes = exporters === undefined ? NO_PREFIX : prefixesOf(exporters);
  return metrics.flatMap((metric, index) => {
    if (metric === undefined) return [];
    const profile = metric.profile === undefined ? undefined : profiles.get(metric.profile);
    if (metric.profile !== undefined && profile === undefined) return [];
    if (findLabelProblems(profile, metric).length > 0) return [];
    return [{ index, metric, description: describeFamily(metric, profile, prefixes) }];
  });
}

function* checkTime({ global, exporters }: Draft): Generator<Finding> {
  if (global === undefined) return;
  const { tick_interval_s: tickS, epoch, start_time: startTime } = global;
  if (epoch === 'wall' && startTime === undefined) {
    yield {
      path: ['global', 'epoch'],
      message: 'wall counts ticks from start_time, and there is none; set global.start_time',
    };
  }
  if (exporters?.otel.enabled !== true) return;
  const exportS = exporters.otel.export_interval_s;
  const exportMs = wholeMs(exportS) ?? 0;
  if (exportMs <= 0 || exportMs % (wholeMs(tickS) as number) !== 0) {
    yield {
      path: ['exporters', 'otel', 'export_interval_s'],
      message: `is ${exportS} s; needs a whole multiple of global.tick_interval_s (${tickS} s), since exports happen on ticks`,
    };
  }
}

function* checkPorts({ global, exporters }: Draft): Generator<Finding> {
  if (global === undefined || exporters?.prometheus.enabled !== true) return;
  const { port, bind_address: page } = exporters.prometheus;
  const { control_api_port: controlPort, control_bind_address: control } = global;
  const overlap = page === control || isWildcard(page) || isWildcard(control);
  if (port !== 0 && port === controlPort && overlap) {
    yield {
      path: ['exporters', 'prometheus', 'port'],
      message: `is ${port}, and so is global.control_api_port; the page and the control API need two ports`,
    };
  }
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function* checkPrefixes({ exporters }: Draft): Generator<Finding> {
  for (const name of ['prometheus', 'otel'] as const) {
    const prefix = exporters?.[name].prefix ?? '';
    if (/^([a-zA-Z_:][a-zA-Z0-9_:./-]*)?$/.test(prefix)) continue;
    const message = `is "${prefix}"; a prefix is letters, digits and _ : . - /, not a digit first, or empty`;
    yield { path: ['exporters', name, 'prefix'], message };
  }
}

function* checkMetricNames(metrics: unknown): Generator<Finding> {
  const first = new Map<string, number>();
  for (const [index, metric] of (Array.isArray(metrics) ? metrics : []).entries()) {
    const name = (metric as { name?: unknown } | null)?.name;
    if (typeof name !== 'string') continue;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      yield {
        path: ['metrics', index, 'name'],
        message: `is ${name}, and so is metrics[${earlier}].name; every metric needs a name of its own`,
      };
  }
}

function* checkProfiles({ profiles }: Draft, metrics: unknown): Generator<Finding> {
  for (const [index, metric] of (Array.isArray(metrics) ? metrics : []).entries()) {
    const profile = (metric as { profile?: unknown } | null)?.profile;
    if (typeof profile === 'string' && !profiles.has(profile)) {
      yield {
        path: ['metrics', index, 'profile'],
        message: unknownName('unknown profile', profile, profiles.keys()),
      };
    }
  }
}

/** A label that stands in explicit sets has no values of its own. */
function* checkLabelSets({ profiles, metrics }: Draft): Generator<Finding> {
  const clash = (path: Path, message: string): Finding => ({ path, message, at: 'key' });
  for (const [name, profile] of profiles) {
    for (const label of labelsInSets(profile, profile?.label_sets))
      yield clash(['profiles', name, 'labels', label], 'stands in label_sets, too; one of them is allowed');
  }
  for (const [index, metric] of metrics.entries()) {
    const path = ['metrics', index, 'labels'];
    for (const label of labelsInSets(metric, metric?.label_sets))
      yield clash([...path, label], 'stands in label_sets, too; one of them is allowed');
    if (metric?.profile === undefined || metric.label_sets !== undefined) continue;
    for (const label of labelsInSets(metric, profiles.get(metric.profile)?.label_sets))
      yield clash(
        [...path, label],
        `stands in the label_sets of profile ${metric.profile}, of which none can be replaced`,
      );
  }
}

/** Labels that hang on others, which may be the profile's or the metric's own; a problem of a profile is told once. */
function* checkDependentLabels({ profiles, metrics }: Draft): Generator<Finding> {
  const told = new Set<string>();
  for (const [index, metric] of metrics.entries()) {
    if (metric === undefined) continue;
    const profile = metric.profile === undefined ? undefined : profiles.get(metric.profile);
    if (metric.profile !== undefined && profile === undefined) continue;
    for (const { label, key, message } of findLabelProblems(profile, metric)) {
      const isOwn = Object.hasOwn(metric.labels, label);
      const path = isOwn ? ['metrics', index] : ['profiles', metric.profile as string];
      const finding = { path: [...path, 'labels', label, key], message };
      const identity = JSON.stringify(finding);
      if (!told.has(identity)) yield finding;
      told.add(identity);
    }
  }
}

function labelsInSets(declared: { labels: Labels } | undefined, sets: LabelSets = []): string[] {
  const names = new Set(sets.flatMap((set) => Object.keys(set)));
  return Object.keys(declared?.labels ?? {}).filter((name) => names.has(name));
}

/** Factors that a model names must be there; a model too many would never be read. */
function* checkFactors({ factors, profiles, metrics }: Draft): Generator<Finding> {
  if (factors === undefined) return;
  for (const [index, metric] of metrics.entries()) {
    if (metric?.algorithm !== 'learned') continue;
    const own = ['metrics', index];
    for (const { name, path } of factorsIn(metric)) {
      if (Object.hasOwn(factors, name)) continue;
      const message = unknownName('unknown factor', name, Object.keys(factors));
      yield { path: [...own, ...path], message, at: 'key' };
    }
    const profile = metric.profile === undefined ? undefined : profiles.get(metric.profile);
    const sets = (metric.label_sets ?? profile?.label_sets)?.length ?? 1;
    for (const { path, models } of modelsIn(metric)) {
      if (models.length <= sets) continue;
      const message = `are ${models.length} for ${sets} of label_sets; there is one for each at most`;
      yield { path: [...own, ...path], message };
    }
  }
}

/** Labels that a type has for itself. */
const OWN_LABEL: Readonly<Partial<Record<Metric['type'], string>>> = { histogram: 'le', summary: 'quantile' };

function* checkLabels({ index, metric, description }: Described): Generator<Finding> {
  const isStateset = metric.type === 'stateset';
  const own = isStateset ? description.names.prometheus.name : OWN_LABEL[metric.type];
  if (isStateset && translateLabel(own as string) !== own) {
    const message = `is ${own} on the page, and so is the label of its states, which backends would write ${translateLabel(own as string)}; name it otherwise`;
    yield { path: ['metrics', index, 'name'], message };
  }
  // A state set's own label is the last one.
  const others = isStateset ? description.labels.slice(0, -1) : description.labels;
  if (own === undefined || !others.some(({ name }) => name === own)) return;
  const listed = (metric.series ?? []).findIndex(({ labels }) => Object.hasOwn(labels, own));
  const isProfile = !Object.hasOwn(metric.labels, own) && metric.label_sets === undefined && listed < 0;
  const key = Object.hasOwn(metric.labels, own)
    ? ['labels', own]
    : listed < 0
      ? ['label_sets']
      : ['series', listed, 'labels', own];
  yield {
    path: isProfile ? ['metrics', index, 'profile'] : ['metrics', index, ...key],
    message: `${isProfile ? `${metric.profile} has a label ${own}, which` : `the label ${own}`} is the ${metric.type}'s own; name it otherwise`,
    ...(isProfile ? {} : { at: 'key' as const }),
  };
}

/** Explicit series that labels make, too. */
function* checkSeries(
  { index, metric, description }: Described,
  { limits, profiles }: Draft,
): Generator<Finding> {
  const { series = [] } = metric;
  if (series.length === 0 || isUnlabelled(metric)) return;
  // What is too large is said to be so, and cannot be looked at.
  if (description.product > MAX_PRODUCT || description.slots > (limits?.max_series ?? 0)) return;
  const profile = metric.profile === undefined ? undefined : profiles.get(metric.profile);
  for (const at of findMadeSeries(metric, profile)) {
    yield {
      path: ['metrics', index, 'series', at, 'labels'],
      message: `is ${formatLabels(series[at]?.labels ?? {})}, which labels make already; two equal label sets cannot be told apart`,
    };
  }
}

function* checkDerivedNames({ exporters }: Draft, described: readonly Described[]): Generator<Finding> {
  const usable: Described[] = [];
  for (const entry of described) {
    const { prometheus } = entry.description.names;
    const message = nameProblem(entry, exporters);
    if (message !== undefined) {
      yield { path: ['metrics', entry.index, 'name'], message };
    } else if (
      translate({ ...otlpTypeOf(entry.metric.type), name: prometheus.name, unit: '' }) !== prometheus.name
    ) {
      yield {
        path: ['metrics', entry.index, 'unit'],
        message: `would make the name ${prometheus.name}, which backends do not keep; a unit ends in a letter or digit`,
      };
    } else {
      usable.push(entry);
    }
  }
  const families = usable.map(({ metric, description }) => ({
    type: metric.type,
    name: description.names.prometheus.name,
  }));
  for (const { earlier, later, name } of findClashes(families)) {
    const first = (usable[earlier] as Described).metric;
    const second = usable[later] as Described;
    if (first.name === second.metric.name) continue;
    yield {
      path: ['metrics', second.index, 'name'],
      message:
        `${second.metric.name} (${second.metric.type}) and ${first.name} (${first.type}) would both be ${name} on the page; ` +
        'rename one of them',
    };
  }
}

/** What is wrong with the names that were derived from one declaration. */
function nameProblem(
  { metric, description }: Described,
  exporters: Config['exporters'] | undefined,
): string | undefined {
  const { prometheus, otel } = description.names;
  if (otel.name.length > MAX_NAME_LENGTH)
    return `is ${otel.name.length} characters long with its prefix; OpenTelemetry allows ${MAX_NAME_LENGTH}`;
  const otlp = otlpTypeOf(metric.type);
  if (openMetricsFamily(metric.type, translate({ ...otlp, name: metric.name, unit: '' })) === '') {
    return `is ${metric.name}, of which backends leave nothing to tell it by; add a word`;
  }
  if (exporters?.prometheus.enabled !== true || !exporters.otel.enabled) return undefined;
  const prefixes = prefixesOf(exporters);
  const stored = translate({ ...otlp, ...otel });
  if (withoutPrefix(prometheus.name, prefixes.prometheus) === withoutPrefix(stored, prefixes.otel))
    return undefined;
  return (
    `would be ${prometheus.name} on the page and ${stored} over OTLP, which differ by more than the prefixes; ` +
    'end each prefix with _ and keep units and "total" out of them'
  );
}

/** A name less its prefix as backends write it; with a mark when it does not begin with it. */
function withoutPrefix(name: string, prefix: string): string {
  const legal = prefix.replaceAll(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '');
  return name.startsWith(legal) ? name.slice(legal.length) : `?${name}`;
}

function* checkSize({ limits }: Draft, described: readonly Described[]): Generator<Finding> {
  for (const { index, description } of described) {
    if (description.product <= MAX_PRODUCT) continue;
    const counts = description.axes.map(({ name, count }) => `${name} ${count}`).join(' x ');
    yield {
      path: ['metrics', index],
      message: `has ${description.product} label sets (${counts}); at most 2^53 can be indexed, also under a series_cap`,
    };
  }
  for (const { index, description } of described) {
    if (limits === undefined || description.labelBytes <= limits.max_label_bytes) continue;
    yield {
      path: ['metrics', index],
      message: `has labels of ${inWords(description.labelBytes)} bytes, more than limits.max_label_bytes, ${inWords(limits.max_label_bytes)}`,
    };
  }
  const largest = described
    .filter(({ description }) => description.product <= MAX_PRODUCT)
    .toSorted((a, b) => b.description.storedSeries - a.description.storedSeries);
  const total = largest.reduce((sum, { description }) => sum + description.storedSeries, 0);
  const [first] = largest;
  if (limits === undefined || first === undefined || total <= limits.max_series) return;
  const top = largest
    .slice(0, 3)
    .map(({ metric, description }) => `${metric.name} ${inWords(description.storedSeries)}`);
  yield {
    path: ['metrics', first.index],
    message:
      `brings the stored series to ${inWords(total)} (most: ${top.join(', ')}), more than limits.max_series, ` +
      `${inWords(limits.max_series)}; set series_cap in its profile, or raise the limit`,
  };
}

function inWords(value: number): string {
  return Number.isSafeInteger(value) ? value.toLocaleString('en') : value.toPrecision(3);
}

/** Scenarios and actions at the start name metrics and labels that are there, and ask for nothing that these do not take. */
function* checkActions(draft: Draft, described: readonly Described[]): Generator<Finding> {
  const { scenarios, runtime, metrics } = draft;
  // A metric that is wrong itself is not missed here, too.
  if (metrics.includes(undefined) || described.length < metrics.length) return;
  const scene = createScene(draft, described);
  for (const [name, scenario] of Object.entries(scenarios ?? {})) {
    for (const { path, message } of checkScenario(scenario, scene))
      yield { path: ['scenarios', name, ...path], message };
  }
  if (scenarios === undefined) return;
  for (const [index, action] of (runtime?.on_start ?? []).entries()) {
    for (const { path, message } of checkOnStart(action, scene, Object.keys(scenarios)))
      yield { path: ['runtime', 'on_start', index, ...path], message };
  }
}
