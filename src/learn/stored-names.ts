/** What stored series are of: backends keep the parts of histograms and summaries as series with names of their own. */
import type { MetricType } from '../series/family.ts';
import type { Metadata, StoredLabels } from './query-api.ts';

export type StoredRole = 'value' | 'bucket' | 'quantile' | 'sum' | 'count' | 'native';

export interface StoredName {
  readonly family: string;
  readonly type: MetricType;
  readonly role: StoredRole;
  readonly help: string;
  /** Whether nobody says what it is. */
  readonly isUnknown: boolean;
}

export interface StoredNames {
  /** Of a name that series have; `undefined` where it is left out. */
  of(name: string): StoredName | undefined;
  /** Names that metadata does not know: their types are told by what they end in. */
  readonly guessed: readonly string[];
  /** Names that are left out, with the reason. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** What a scraper adds about each target, beside what is on its page. */
const SCRAPER_NAMES: ReadonlySet<string> = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
  'scrape_timeout_seconds',
  'scrape_sample_limit',
  'scrape_body_size_bytes',
  'scrape_response_size_bytes',
]);

/** Types of what goes up and down. */
const KNOWN_LEVELS: ReadonlySet<string> = new Set(['gauge', 'info', 'stateset']);

const SUFFIX = /_(bucket|sum|count|gsum|gcount|total|info|created)$/;

/** Names of stored series by metadata, and without it by what they end in. `wanted` are texts in which a scraper's name may be asked for. */
export function namesOf(
  series: readonly StoredLabels[],
  metadata: Metadata,
  wanted: readonly string[],
): StoredNames {
  const names = new Set<string>();
  const withBound = new Set<string>();
  const withQuantile = new Set<string>();
  for (const labels of series) {
    const { __name__: name = '' } = labels;
    names.add(name);
    if (labels['le'] !== undefined) withBound.add(name);
    if (labels['quantile'] !== undefined) withQuantile.add(name);
  }
  const guessed: string[] = [];
  const leftOut = new Map<string, string>();

  /** The type of a family that has no series of its own name. */
  const typeOf = (family: string): string | undefined => {
    const known = metadata.get(family)?.type;
    if (known !== undefined) return known;
    if (withBound.has(`${family}_bucket`)) return 'histogram';
    const isSummary =
      withQuantile.has(family) ||
      (!names.has(family) && names.has(`${family}_sum`) && names.has(`${family}_count`));
    return isSummary ? 'summary' : undefined;
  };
  const leave = (name: string, why: string): undefined => void leftOut.set(name, why);

  const resolve = (name: string): StoredName | undefined => {
    if (SCRAPER_NAMES.has(name) && !wanted.some((text) => text.includes(name)))
      return leave(name, 'is what the scraper adds');
    const known = metadata.get(name)?.type;
    const base = name.replace(SUFFIX, '');
    const as = (family: string, type: MetricType, role: StoredRole): StoredName => ({
      family,
      type,
      role,
      isUnknown: type === 'gauge' && !KNOWN_LEVELS.has(known ?? metadata.get(base)?.type ?? ''),
      help: metadata.get(family)?.help ?? metadata.get(family.replace(SUFFIX, ''))?.help ?? '',
    });
    switch (known) {
      case 'counter':
        return as(name, 'counter', 'value');
      case 'summary':
        return as(name, 'summary', 'quantile');
      case 'histogram':
        return withBound.has(`${name}_bucket`)
          ? leave(name, `is there as native and as classic histogram; ${name}_bucket is learnt from`)
          : as(name, 'histogram', 'native');
      case undefined:
        break;
      default:
        return as(name, 'gauge', 'value');
    }
    const [, suffix = ''] = SUFFIX.exec(name) ?? [];
    const type = suffix === '' ? undefined : typeOf(base);
    if (metadata.get(base) === undefined) guessed.push(name);
    switch (suffix) {
      case 'bucket':
        if (type === 'histogram') return as(base, 'histogram', 'bucket');
        break;
      case 'sum':
      case 'count':
        if (type === 'histogram' || type === 'summary') return as(base, type, suffix);
        break;
      case 'created':
        if (type === 'counter' || type === 'histogram' || type === 'summary')
          return leave(name, `tells when series of ${base} began`);
        break;
      case 'total':
        return as(name, 'counter', 'value');
      default:
    }
    if (type === 'gaugehistogram')
      return leave(name, `is of the gaugehistogram ${base}, which is not learnt`);
    return withQuantile.has(name) ? as(name, 'summary', 'quantile') : as(name, 'gauge', 'value');
  };

  const resolved = new Map([...names].toSorted().map((name) => [name, resolve(name)] as const));
  return { of: (name) => resolved.get(name), guessed, leftOut };
}
