// Samples as backends keep them, whichever way they came, and the differences between two sets of them.
import type { Collector, QuerySample } from '../support/backends.ts';
import { runLyrebird } from '../support/lyrebird.ts';
import { parsePage } from '../../src/wire/parse.ts';

export interface Sample {
  /** Of the sample, without the prefix of its path: `latency_seconds_bucket`. */
  readonly name: string;
  /** Without empty ones; `le` and `quantile` as numbers in JavaScript's own form. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples on a page of text 0.0.4 under a prefix. Throws when the strict parser objects to the page. */
export function samplesOnPage(text: string, prefix: string): Sample[] {
  const { families, problems } = parsePage(text, 'text');
  if (problems.length > 0) {
    throw new Error(problems.map(({ line, message }) => `line ${line}: ${message}`).join('\n'));
  }
  return families.flatMap(({ name, type, points }) =>
    points.flatMap((point): Sample[] => {
      const labels = Object.fromEntries(point.labels.map((label) => [label.name, label.value]));
      const sample = (
        suffix: string,
        value: number | undefined,
        own: Record<string, string> = {},
      ): Sample => {
        if (value === undefined) throw new Error(`line ${point.line}: ${name} has no ${suffix || 'value'}`);
        return {
          name: withoutPrefix(name, prefix) + suffix,
          labels: canonical({ ...labels, ...own }),
          value,
        };
      };
      if (type !== 'histogram' && type !== 'summary') return [sample('', point.value)];
      return [
        ...point.buckets.map(({ le, count }) => sample('_bucket', count, { le: String(le) })),
        ...point.quantiles.map(({ quantile, value }) => sample('', value, { quantile: String(quantile) })),
        sample('_sum', point.sum),
        sample('_count', point.count),
      ];
    }),
  );
}

export interface TruthOptions {
  readonly config: string;
  readonly tick: number;
  /** Of the page in that file. */
  readonly prefix?: string;
}

/** What backends must hold after a tick: computed anew from the file, without a clock. */
export async function truth({ config, tick, prefix = 'prom_' }: TruthOptions): Promise<Sample[]> {
  const { code, stdout, stderr } = await runLyrebird(['render', '-c', config, '--tick', String(tick)]);
  if (code !== 0) throw new Error(`render ended with ${code}: ${stderr}`);
  return samplesOnPage(stdout, prefix);
}

/** What a query gave under a prefix, less where it came from. */
export function samplesOfQuery(
  results: readonly QuerySample[],
  prefix: string,
  expected: readonly Sample[],
): Sample[] {
  const samples = results.map(({ labels: { __name__: name = '', ...labels }, value }) => ({
    name: withoutPrefix(name, prefix),
    labels: canonical(labels),
    value,
  }));
  return withoutOrigin(samples, expected);
}

/** What the Collector shows on its own page, under `otel_`, less where it came from. */
export async function samplesOfCollector(
  collector: Pick<Collector, 'scrapeTarget'>,
  expected: readonly Sample[],
): Promise<Sample[]> {
  const response = await fetch(`http://${collector.scrapeTarget}/metrics`, {
    signal: AbortSignal.timeout(10_000),
  });
  const page = (await response.text()).replaceAll(/^(# (HELP|TYPE) )?target_info.*\n/gm, '');
  return withoutOrigin(samplesOnPage(page, 'otel_'), expected);
}

/**
 * `job` and `instance` say where a backend has a series from; they are dropped where the metric itself has no such
 * label, and so is the scope of OTLP.
 */
function withoutOrigin(samples: readonly Sample[], expected: readonly Sample[]): Sample[] {
  const own = new Map(expected.map(({ name, labels }) => [name, labels]));
  return samples.map(({ name, labels, value }) => {
    const kept = Object.entries(labels).filter(
      ([label]) =>
        !label.startsWith('otel_scope_') &&
        ((label !== 'job' && label !== 'instance') || own.get(name)?.[label] !== undefined),
    );
    return { name, labels: Object.fromEntries(kept), value };
  });
}

function withoutPrefix(name: string, prefix: string): string {
  if (!name.startsWith(prefix)) throw new Error(`${name} does not begin with ${prefix}`);
  return name.slice(prefix.length);
}

/** What a page's own prefix is in these tests: the label of a state set has the name of its family there, prefix and all. */
const PAGE_PREFIX = /^(?:prom|page\d+)_/;

/** An empty label is none; `1`, `1.0` and `1e+00` are one bound. */
function canonical(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) =>
        name === 'le' || name === 'quantile'
          ? [name, String(value === '+Inf' ? Infinity : Number(value))]
          : [name.replace(PAGE_PREFIX, ''), value],
      ),
  );
}

/** Name and label set, whatever the order of the labels. */
export function keyOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

/**
 * Every difference in words; none when both hold the same series with the same values. Values are compared by
 * `Object.is`: exactly, NaN with NaN, and 0 apart from -0.
 */
export function differences(
  expected: readonly Sample[],
  actual: readonly Sample[],
  equal: (expected: number, actual: number) => boolean = Object.is,
): string[] {
  const found: string[] = [];
  const rest = new Map<string, number>();
  for (const sample of actual) {
    const key = keyOf(sample);
    if (rest.has(key)) found.push(`${key} is there twice`);
    rest.set(key, sample.value);
  }
  for (const sample of expected) {
    const key = keyOf(sample);
    const value = rest.get(key);
    if (value === undefined) found.push(`${key} is missing`);
    else if (!equal(sample.value, value)) found.push(`${key} is ${value}, not ${sample.value}`);
    rest.delete(key);
  }
  return [...found, ...Array.from(rest.keys(), (key) => `${key} should not be there`)];
}

/** For a condition that is waited for: throws with the first few differences until there is none. */
export function expectSame(...[expected, actual, equal]: Parameters<typeof differences>): true {
  const found = differences(expected, actual, equal);
  if (found.length === 0) return true;
  throw new Error(
    `${found.length} differences among ${expected.length} samples: ${found.slice(0, 5).join('; ')}`,
  );
}
