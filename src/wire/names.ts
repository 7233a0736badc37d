/**
 * Names: how a backend names what it gets over OTLP, and so how the scraped page must name it. The rules are those
 * of Prometheus' default translation strategy, UnderscoreEscapingWithSuffixes, which the Collector's Prometheus
 * exporters share.
 */
import type { DeclaredType, ProtocolName } from '../series/family.ts';

/** An OTLP metric as far as its name goes. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: 'sum' | 'gauge' | 'histogram' | 'summary';
  /** Of a sum; the other types ignore it. */
  readonly monotonic?: boolean;
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const PER_WORDS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** The name under which a backend with default settings stores an OTLP metric; empty when nothing of it is legal. */
export function translate(metric: OtlpMetric): string {
  const { name, unit, type } = metric;
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  let [main, per] = unitWords(unit);
  if (tokens.includes(main)) main = '';
  // A name holds `per` and `second` as two tokens, so a unit over time is appended even to a name that ends in it.
  per = per === 'per_' ? '' : per.replace(/_$/, '');
  if (tokens.includes(per)) per = '';
  if (per !== '') main = main.replace(/_$/, '');
  tokens.push(...[main, per].filter((token) => token !== ''));
  if (type === 'sum' && metric.monotonic === true) tokens = moveToEnd(tokens, 'total');
  if (type === 'gauge' && unit === '1') tokens = moveToEnd(tokens, 'ratio');
  const translated = tokens.join('_');
  return /^\d/.test(translated) ? `_${translated}` : translated;
}

function moveToEnd(tokens: readonly string[], token: string): string[] {
  return [...tokens.filter((other) => other !== token), token];
}

/** The words of a unit and of what it is divided by (`per_second`), empty where there is none. */
function unitWords(unit: string): [main: string, per: string] {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  const perWord = wordOf(per, PER_WORDS);
  return [legalUnit(wordOf(main, UNIT_WORDS)), legalUnit(perWord === '' ? '' : `per_${perWord}`)];
}

/** Annotations such as `{requests}` name what is counted, not a unit. */
function wordOf(code: string, words: Readonly<Record<string, string>>): string {
  if (/[{}]/.test(code)) return '';
  return Object.hasOwn(words, code) ? (words[code] as string) : code;
}

function legalUnit(words: string): string {
  return words
    .replaceAll(/[^a-zA-Z0-9:]/gu, '_')
    .replaceAll(/_+/g, '_')
    .replace(/^_/, '');
}

/**
 * The label name that a backend makes of an OTLP attribute. Labels of families are those that it leaves as they are,
 * since a page has no second name for a label. Empty when nothing but underscores is left, which backends refuse.
 */
export function translateLabel(name: string): string {
  const legal = name.replaceAll(/[^a-zA-Z0-9_]/gu, '_');
  if (/^\d/.test(legal)) return `key_${legal}`;
  if (/^_(?!_)/.test(legal)) return `key${legal}`;
  return /^_*$/.test(legal) ? '' : legal;
}

/** A metric as the configuration declares it. */
export interface Declaration {
  /** Without prefix; `plain`, `http_requests_total` or `http.server.duration`. */
  readonly name: string;
  readonly type: DeclaredType;
  /** OTel style (`s`, `By`, `1`, `{request}`, `By/s`) or a Prometheus word (`seconds`, `bytes_per_second`). */
  readonly unit: string;
}

/** What is put before the declared name on each path. */
export interface Prefixes {
  readonly prometheus: string;
  readonly otel: string;
}

export interface Names {
  readonly prometheus: ProtocolName;
  readonly otel: ProtocolName;
}

/**
 * Both names of a family. Over OTLP goes the declared name behind its prefix, with the unit in OTel style; the page
 * prints what a backend makes of that with the page's prefix, so both paths end in the same series.
 */
export function deriveNames(declared: Declaration, prefixes: Prefixes): Names {
  const unit = otelUnit(declared.unit);
  const sent = declared.type === 'info' ? infoName(declared.name) : declared.name;
  const name = translate({ name: prefixes.prometheus + sent, unit, ...otlpTypeOf(declared.type) });
  return {
    prometheus: { name, unit: printedUnit(name, declared) },
    otel: { name: prefixes.otel + sent, unit },
  };
}

/**
 * What a type is over OTLP, as the compatibility specification of OpenTelemetry and Prometheus has it: infos and state sets are sums, since
 * their ones are meant to be added up.
 */
export function otlpTypeOf(type: DeclaredType): Pick<OtlpMetric, 'type' | 'monotonic'> {
  switch (type) {
    case 'counter':
      return { type: 'sum', monotonic: true };
    case 'updown':
    case 'info':
    case 'stateset':
      return { type: 'sum', monotonic: false };
    case 'unknown':
      return { type: 'gauge' };
    case 'gauge':
    case 'histogram':
    case 'summary':
      return { type };
  }
}

/** The name of an info ends in `_info` on the page; no backend adds it, so it is sent, too. */
function infoName(name: string): string {
  return /(^|[^a-zA-Z0-9:])info[^a-zA-Z0-9:]*$/.test(name) ? name : `${name}_info`;
}

const UNIT_CODES = invert(UNIT_WORDS);
const PER_CODES = invert(PER_WORDS);

function invert(words: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(words).map(([code, word]) => [word, code]));
}

/** The OTel form of a unit: `seconds` is `s`, `bytes_per_second` is `By/s`, `ratio` is `1`; others stay. */
function otelUnit(unit: string): string {
  if (unit === '' || unit === 'ratio') return unit === '' ? '' : '1';
  const [, main = '', per = ''] = /^(.*)_per_(.*)$/.exec(unit) ?? [];
  const mainCode = UNIT_CODES.get(main);
  const perCode = PER_CODES.get(per);
  if (mainCode !== undefined && perCode !== undefined) return `${mainCode}/${perCode}`;
  return UNIT_CODES.get(unit) ?? unit;
}

/** The word of the UNIT line, which must be a suffix of the family's name there; else empty. */
function printedUnit(name: string, { type, unit }: Declaration): string {
  const code = otelUnit(unit);
  const words = unitWords(code)
    .filter((part) => part !== '')
    .join('_')
    .replace(/_$/, '');
  const word = code === '1' ? 'ratio' : words;
  return word !== '' && openMetricsFamily(type, name).endsWith(`_${word}`) ? word : '';
}

/** The family's name on an OpenMetrics page, where that of a counter lacks `_total` and that of an info `_info`. */
export function openMetricsFamily(type: DeclaredType, name: string): string {
  if (type === 'counter') return name.replace(/_?total$/, '');
  return type === 'info' ? name.replace(/_?info$/, '') : name;
}

/**
 * Every name that a family takes for itself on the page, its own first: samples, and what OpenMetrics reserves beside
 * them. No other family may take one of these.
 */
export function reservedNames(type: DeclaredType, name: string): string[] {
  const family = openMetricsFamily(type, name);
  switch (type) {
    case 'counter':
      return [name, family, `${family}_created`];
    case 'info':
      return [name, family];
    case 'gauge':
    case 'updown':
    case 'unknown':
    case 'stateset':
      return [name];
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`, `${name}_created`];
  }
}

/** Two families that cannot stand on one page: the later takes a name that the earlier has. Indexes as given. */
export interface Clash {
  readonly earlier: number;
  readonly later: number;
  readonly name: string;
}

/** All clashes among families named by their Prometheus names; at most one for each pair. */
export function findClashes(
  families: readonly { readonly type: DeclaredType; readonly name: string }[],
): Clash[] {
  const owners = new Map<string, number>();
  const clashes: Clash[] = [];
  for (const [later, { type, name }] of families.entries()) {
    const clashedWith = new Set<number>();
    for (const taken of reservedNames(type, name)) {
      const earlier = owners.get(taken);
      if (earlier === undefined) {
        owners.set(taken, later);
      } else if (earlier !== later && !clashedWith.has(earlier)) {
        clashedWith.add(earlier);
        clashes.push({ earlier, later, name: taken });
      }
    }
  }
  return clashes;
}

/**
 * Whether a bucket bound or quantile is the same text in `le` or `quantile` on every path: Prometheus writes a scraped
 * one as a float (`1.0`, `1e+06`), one received over OTLP as a decimal (`1`, `1000000`).
 */
export function printsAlike(bound: number): boolean {
  const size = Math.abs(bound);
  return !Number.isInteger(bound) && size >= 1e-4 && size < 1e6;
}
