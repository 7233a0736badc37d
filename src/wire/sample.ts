/** One line of a page with a value: `name{labels} value timestamp`, and in OpenMetrics an exemplar. */
import type { Exemplar, Label, PageFormat } from './page.ts';
import { HASH_BEGIN, hashEnd, hashOfLabel, hashUnit } from './series-index.ts';

/** A reader gives the same object for every line. */
export interface Sample {
  readonly name: string;
  /** Without `own`. Lines that follow each other share those that are the same. */
  readonly labels: readonly Label[];
  /** Of `labels`, as a series index has it. */
  readonly hash: number;
  /** `le` or `quantile` where it is the last label, as most writers have it. */
  readonly own: Label | undefined;
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
  /** Where the line feed is. */
  readonly end: number;
}

/** Reads the line that begins at `from` in UTF-8 and ends with a line feed. What it cannot read throws a `LineError`. */
export type SampleReader = (block: Buffer, from: number) => Sample;

/** What is wrong with a line; says where in it. */
export class LineError extends Error {}

/** Label characters that an exemplar may have, names and values together. */
const MAX_EXEMPLAR_CHARACTERS = 128;

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const TAB = 9;
export const LINE_FEED = 10;
const SPACE = 32;
const QUOTE = 34;
export const NUMBER_SIGN = 35;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const EQUALS = 61;
const CAPITAL_E = 69;
const BACKSLASH = 92;
const SMALL_E = 101;
const SMALL_N = 110;
const OPEN = 123;
const CLOSE = 125;
const MAX_ASCII = 127;

/** Powers of ten that doubles have exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Labels that a reader knows by their hash: those of most pages, in little memory. A power of two. */
const KNOWN_LABELS = 4096;

const NO_LABELS: readonly Label[] = [];

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

/** Labels between braces: the first `count` of each list. */
interface Braces {
  readonly labels: Label[];
  readonly hashes: number[];
  /** Where each ends, behind its quote, counted from the opening brace. */
  readonly ends: number[];
  count: number;
  /** Where the opening brace is. */
  open: number;
}

const createBraces = (open: number): Braces => ({ labels: [], hashes: [], ends: [], count: 0, open });

/**
 * Reads lines of one format. Text 0.0.4 lets blanks and tabs stand anywhere between tokens and a comma behind the
 * last label; OpenMetrics has one blank where one must be. Both may quote a name and put it into the braces:
 * `{"my.name",a="b"} 1`.
 */
export function createSampleReader(format: PageFormat): SampleReader {
  const openMetrics = format === 'openmetrics';
  /** Names that have been checked, each as one string that all its lines share. */
  const metricNames = new Map<string, string>();
  const labelNames = new Map<string, string>();
  /** By their hash; those of equal bits take turns. ASCII without escapes. */
  const knownLabels = Array.from<Label | undefined>({ length: KNOWN_LABELS });
  const sample: Open<Sample> = {
    name: '',
    labels: NO_LABELS,
    hash: 0,
    own: undefined,
    value: 0,
    timestampMs: undefined,
    exemplar: undefined,
    end: 0,
  };
  let block: Buffer = Buffer.alloc(0);
  let begin = 0;
  let at = 0;
  let lastName = '';
  /** Of the last braces: what the next ones have is often the same. */
  const braces = createBraces(0);
  let lastBlock = block;
  /** How many labels of them can be found again. */
  let known = 0;
  /** Without an own one. */
  let lastLabels = NO_LABELS;
  let lastHash = 0;

  const textOf = (from: number, to: number): string => block.toString('utf8', from, to);
  const fail = (message: string): never => {
    throw new LineError(`column ${textOf(begin, at).length + 1}: ${message}`);
  };
  const code = (): number => block[at] as number;
  /** Blanks between two tokens: any in text, at most one in OpenMetrics. Returns how many there were. */
  const readBlanks = (): number => {
    const from = at;
    if (openMetrics) at += Number(code() === SPACE);
    else while (isBlank(code())) at++;
    return at - from;
  };
  /** Blanks that text allows where OpenMetrics has none. */
  const skipBlanks = (): void => {
    if (!openMetrics) readBlanks();
  };
  const needBlank = (before: string): void => {
    if (readBlanks() === 0) fail(`a blank is missing before the ${before}`);
  };

  /** Up to the next blank. */
  const readToken = (what: string): string => {
    const from = at;
    while (!isEnd(code())) at++;
    if (at === from) fail(`the ${what} is missing`);
    return textOf(from, at);
  };

  const readQuoted = (): string => {
    at++;
    let from = at;
    let text = '';
    for (; ; at++) {
      const unit = code();
      if (unit === QUOTE) break;
      if (unit === LINE_FEED) fail('a quote is missing at the end of the line');
      if (unit !== BACKSLASH) continue;
      const escape = block[at + 1] as number;
      if (escape !== SMALL_N && escape !== QUOTE && escape !== BACKSLASH) {
        // OpenMetrics takes the backslash for itself.
        if (openMetrics && escape !== LINE_FEED) continue;
        const [shown = ''] = textOf(at + 1, block.indexOf(LINE_FEED, at));
        fail(`\\${shown} is no escape; only \\\\, \\" and \\n are`);
      }
      text += textOf(from, at) + (escape === SMALL_N ? '\n' : String.fromCharCode(escape));
      at++;
      from = at + 1;
    }
    text += textOf(from, at);
    at++;
    return text;
  };

  const readName = (checked: Map<string, string>, pattern: RegExp, what: string): string => {
    const from = at;
    while (isNameUnit(code())) at++;
    const name = block.toString('latin1', from, at);
    const before = checked.get(name);
    if (before !== undefined) return before;
    if (!pattern.test(name)) {
      at = from;
      fail(name === '' ? `a ${what} name is missing` : `"${name}" is no ${what} name`);
    }
    checked.set(name, name);
    return name;
  };

  const readMetricName = (): string => {
    const behind = at + lastName.length;
    const isSame = lastName !== '' && isText(lastName, block, at, behind);
    if (isSame && !isNameUnit(block[behind] as number)) at = behind;
    else lastName = readName(metricNames, METRIC_NAME, 'metric');
    return lastName;
  };

  const has = ({ labels, count }: Braces, name: string): boolean => {
    for (let i = 0; i < count; i++) if ((labels[i] as Label).name === name) return true;
    return false;
  };

  /** Adds a label that ends here. */
  const add = (to: Braces, label: Label, hash: number): void => {
    to.labels[to.count] = label;
    to.hashes[to.count] = label.value === '' ? 0 : hash;
    to.ends[to.count] = at - to.open;
    to.count++;
  };

  /** Reads the next label if it is in the plainest form, `name="value"` in ASCII without escapes, and nothing is wrong with it. */
  const readPlainLabel = (to: Braces): boolean => {
    const bytes = block;
    const from = at;
    let end = from;
    let hash = HASH_BEGIN;
    let unit = bytes[end] as number;
    while (isNameUnit(unit)) {
      hash = hashUnit(hash, unit);
      unit = bytes[++end] as number;
    }
    const equals = end;
    if (unit !== EQUALS || bytes[equals + 1] !== QUOTE) return false;
    hash = hashUnit(hash, EQUALS);
    end = equals + 2;
    unit = bytes[end] as number;
    while (unit !== QUOTE) {
      if (unit === BACKSLASH || unit === LINE_FEED || unit > MAX_ASCII) return false;
      hash = hashUnit(hash, unit);
      unit = bytes[++end] as number;
    }
    hash = hashEnd(hash);
    const place = hash & (KNOWN_LABELS - 1);
    let label = knownLabels[place];
    if (
      label === undefined ||
      !isText(label.name, bytes, from, equals) ||
      !isText(label.value, bytes, equals + 2, end)
    ) {
      const name = readName(labelNames, LABEL_NAME, 'label');
      label = { name, value: bytes.toString('latin1', equals + 2, end) };
      knownLabels[place] = label;
    }
    if (has(to, label.name)) {
      at = from;
      return false;
    }
    at = end + 1;
    add(to, label, hash);
    return true;
  };

  /** Reads the next label. The first string without a value is the metric name. */
  const readLabel = (to: Braces, takesName: boolean): string | undefined => {
    if (readPlainLabel(to)) return undefined;
    const quoted = code() === QUOTE;
    const name = quoted ? readQuoted() : readName(labelNames, LABEL_NAME, 'label');
    skipBlanks();
    if (code() !== EQUALS) {
      if (quoted && takesName && to.count === 0) return name;
      fail(`label ${name} has no value`);
    }
    at++;
    skipBlanks();
    if (code() !== QUOTE) fail(`the value of label ${name} is not quoted`);
    if (has(to, name)) fail(`label ${name} is there twice`);
    const label = { name, value: readQuoted() };
    add(to, label, hashOfLabel(label));
    return undefined;
  };

  /** Behind a label; then comes another one, or the closing brace. */
  const readComma = (): void => {
    skipBlanks();
    if (code() === COMMA) {
      at++;
      skipBlanks();
      if (openMetrics && code() === CLOSE) fail('a comma before the closing brace');
    } else if (code() !== CLOSE) {
      fail('a comma or closing brace is missing behind a label');
    }
  };

  /** From the opening brace, or from behind the labels that are there, to behind the closing brace. Returns the metric name, where it is in them. */
  const readLabels = (to: Braces, takesName: boolean): string | undefined => {
    let name: string | undefined;
    if (to.count > 0) readComma();
    else {
      at++;
      skipBlanks();
    }
    while (code() !== CLOSE) {
      name = readLabel(to, takesName && name === undefined) ?? name;
      readComma();
    }
    at++;
    return name;
  };

  /** Passes over the labels that are, byte by byte, the first ones of the last braces. Returns how many. */
  const skipSame = (): number => {
    const bytes = block;
    const from = at;
    const before = lastBlock;
    const { ends, open } = braces;
    let length = 0;
    let same = 0;
    for (; same < known; same++) {
      const end = ends[same] as number;
      while (length < end && bytes[from + length] === before[open + length]) length++;
      if (length < end) break;
    }
    if (same > 0) at = from + (ends[same - 1] as number);
    return same;
  };

  const readBraces = (takesName: boolean): string | undefined => {
    const open = at;
    const same = skipSame();
    known = 0;
    braces.count = same;
    braces.open = open;
    const name = readLabels(braces, takesName);
    const { labels, hashes, count } = braces;
    const last = labels[count - 1];
    const hasOwn = count > 0 && isOwn(last as Label);
    const length = hasOwn ? count - 1 : count;
    if (same < length || lastLabels.length !== length) {
      lastLabels = labels.slice(0, length);
      lastHash = 0;
      for (let i = 0; i < length; i++) lastHash = (lastHash + (hashes[i] as number)) | 0;
    }
    sample.labels = lastLabels;
    sample.hash = lastHash;
    sample.own = hasOwn ? last : undefined;
    if (name === undefined) {
      known = count;
      lastBlock = block;
    }
    return name;
  };

  const readValue = (): number => {
    const bytes = block;
    let end = at;
    let unit = bytes[end] as number;
    const negative = unit === MINUS;
    if (negative) unit = bytes[++end] as number;
    const whole = end;
    let digits = 0;
    while (isDigit(unit)) {
      digits = 10 * digits + (unit - ZERO);
      unit = bytes[++end] as number;
    }
    let count = end - whole;
    let places = 0;
    if (unit === DOT) {
      unit = bytes[++end] as number;
      const fraction = end;
      while (isDigit(unit)) {
        digits = 10 * digits + (unit - ZERO);
        unit = bytes[++end] as number;
      }
      places = end - fraction;
      count += places;
    }
    if (count > 0 && isEnd(unit)) {
      // Two numbers that are exact have a quotient that is rounded once, to the nearest double.
      const isExact = digits <= Number.MAX_SAFE_INTEGER && places < POWERS.length;
      const value = isExact
        ? digits / (POWERS[places] as number)
        : Number(bytes.toString('latin1', whole, end));
      if (value < Infinity) {
        at = end;
        return negative ? -value : value;
      }
    }
    const token = readToken('value');
    return parseValue(token) ?? fail(`${JSON.stringify(token)} is no value`);
  };

  const readTimestamp = (): number => {
    const token = readToken('timestamp');
    if (openMetrics) {
      const seconds = parseValue(token);
      if (seconds === undefined || !Number.isFinite(seconds)) fail(`"${token}" is no time in seconds`);
      return Math.round((seconds as number) * 1e6) / 1e3;
    }
    if (!/^-?\d+$/.test(token)) fail(`"${token}" is no time in whole milliseconds`);
    return Number(token);
  };

  /** Behind the ` # `. */
  const readExemplar = (): Exemplar => {
    if (code() !== OPEN) fail('the labels of the exemplar are missing');
    const aside = createBraces(at);
    readLabels(aside, false);
    const { labels } = aside;
    const characters = Array.from(labels.map(({ name, value }) => name + value).join('')).length;
    if (characters > MAX_EXEMPLAR_CHARACTERS) {
      fail(`the exemplar's labels have ${characters} characters, more than ${MAX_EXEMPLAR_CHARACTERS}`);
    }
    needBlank('value of the exemplar');
    const value = readValue();
    if (code() === LINE_FEED) return { labels, value, timestampMs: undefined };
    needBlank('timestamp of the exemplar');
    return { labels, value, timestampMs: readTimestamp() };
  };

  return (bytes, from) => {
    block = bytes;
    begin = from;
    at = from;
    let name = code() === OPEN ? undefined : readMetricName();
    let blanks = readBlanks();
    if (code() === OPEN && !(openMetrics && blanks > 0)) {
      name = readBraces(name === undefined) ?? name;
      blanks = openMetrics ? readBlanks() : readBlanks() + 1;
    } else {
      sample.labels = NO_LABELS;
      sample.hash = 0;
      sample.own = undefined;
    }
    if (name === undefined) return fail('the metric name is missing');
    if (blanks === 0) fail('a blank is missing before the value');
    sample.name = name;
    sample.value = readValue();
    sample.timestampMs = undefined;
    sample.exemplar = undefined;
    readBlanks();
    if (code() !== LINE_FEED && !(openMetrics && code() === NUMBER_SIGN)) {
      sample.timestampMs = readTimestamp();
      readBlanks();
    }
    if (openMetrics && code() === NUMBER_SIGN && block[at + 1] === SPACE) {
      at += 2;
      sample.exemplar = readExemplar();
    }
    if (code() !== LINE_FEED || (openMetrics && block[at - 1] === SPACE))
      fail('there is something behind the end');
    sample.end = at;
    return sample;
  };
}

/** A number as Go's ParseFloat reads it; `undefined` for what is none or is too large for a double. */
export function parseValue(token: string): number | undefined {
  if (token !== '' && skipNumber(token, 0) === token.length) {
    const value = Number(token);
    return Number.isFinite(value) ? value : undefined;
  }
  const word = token.toLowerCase();
  if (word === 'nan') return NaN;
  if (!/^[+-]?inf(inity)?$/.test(word)) return undefined;
  return word.startsWith('-') ? -Infinity : Infinity;
}

/** Where a decimal number ends that begins at `from`; `from` when there is none. */
function skipNumber(text: string, from: number): number {
  let at = from;
  let unit = text.charCodeAt(at);
  if (unit === PLUS || unit === MINUS) unit = text.charCodeAt(++at);
  const whole = at;
  while (isDigit(unit)) unit = text.charCodeAt(++at);
  let digits = at - whole;
  if (unit === DOT) {
    unit = text.charCodeAt(++at);
    const fraction = at;
    while (isDigit(unit)) unit = text.charCodeAt(++at);
    digits += at - fraction;
  }
  if (digits === 0) return from;
  if (unit !== SMALL_E && unit !== CAPITAL_E) return at;
  unit = text.charCodeAt(++at);
  if (unit === PLUS || unit === MINUS) unit = text.charCodeAt(++at);
  const exponent = at;
  while (isDigit(unit)) unit = text.charCodeAt(++at);
  return at === exponent ? from : at;
}

/** Whether bytes are those of a text in ASCII. */
function isText(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function isOwn({ name }: Label): boolean {
  return name === 'le' || name === 'quantile';
}

export function isBlank(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}

/** Whether a token ends here. */
function isEnd(unit: number): boolean {
  return unit === LINE_FEED || isBlank(unit);
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function isNameUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 58) || unit === 95
  );
}
