/** One line of a page with a value: `name{labels} value timestamp`, and in OpenMetrics an exemplar. */
import type { Exemplar, Label, PageFormat } from './page.ts';

/** A reader gives the same object for every line. */
export interface Sample {
  readonly name: string;
  /** Without `own`. Lines that follow each other share those that are the same. */
  readonly labels: readonly Label[];
  /** `le` or `quantile` where it is the last label, as most writers have it. */
  readonly own: Label | undefined;
  /** The labels as text, by which those of one shape can be told apart; absent where it could have been written otherwise. */
  readonly text: string | undefined;
  /** Names of the labels, in order: one object for the same names. */
  readonly shape: Shape;
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

export interface Shape {
  readonly names: readonly string[];
}

/** What is wrong with a line; says where in it. */
export class LineError extends Error {}

/** Label characters that an exemplar may have, names and values together. */
const MAX_EXEMPLAR_CHARACTERS = 128;

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
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
const OPEN = 123;
const CLOSE = 125;

/** A label set whatever its order. An empty label is as good as none. */
export function keyOf(labels: readonly Label[]): string {
  let ordered = labels;
  for (let i = 1; i < labels.length; i++) {
    if ((labels[i - 1] as Label).name < (labels[i] as Label).name) continue;
    ordered = labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    break;
  }
  let key = '';
  for (const { name, value } of ordered) if (value !== '') key += `\u0000${name}\u0000${value}`;
  return key;
}

const NO_LABELS: readonly Label[] = [];
const NO_SHAPE: Shape = { names: [] };
/** Labels as text: from the opening brace to behind the last quote. */
const NO_TEXT = '{';

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Reads lines of one format. Text 0.0.4 lets blanks and tabs stand anywhere between tokens and a comma behind the
 * last label; OpenMetrics has one blank where one must be. Both may quote a name and put it into the braces:
 * `{"my.name",a="b"} 1`. What it cannot read throws a `LineError`.
 */
export function createSampleReader(format: PageFormat): (line: string) => Sample {
  const openMetrics = format === 'openmetrics';
  /** Names that have been checked, each as one string that all its lines share. */
  const metricNames = new Map<string, string>();
  const labelNames = new Map<string, string>();
  const shapes = new Map([['', NO_SHAPE]]);
  const sample: Open<Sample> = {
    name: '',
    labels: NO_LABELS,
    own: undefined,
    text: NO_TEXT,
    shape: NO_SHAPE,
    value: 0,
    timestampMs: undefined,
    exemplar: undefined,
  };
  let line = '';
  let at = 0;
  /** Of the lines before: what the next one has is often the same. */
  let lastName = '';
  let lastLabels: readonly Label[] = NO_LABELS;
  let lastText = NO_TEXT;
  let lastShape = NO_SHAPE;
  /** The beginning of the last own label: `le="`. */
  let ownBegin = '';
  /** Labels of a line that had nothing but plain ones, in the order of the line. */
  let plainLabels: readonly Label[] = NO_LABELS;
  /** Whether the braces could not be written in another way: no blanks, escapes, quoted names, commas at the end. */
  let plain = true;
  /** Of the line that is read, and where each ends, behind its quote. */
  const read: Label[] = [];
  const ends: number[] = [];

  const fail = (message: string): never => {
    throw new LineError(`column ${at + 1}: ${message}`);
  };
  const code = (): number => line.charCodeAt(at);
  /** Blanks between two tokens: any in text, at most one in OpenMetrics. Returns how many there were. */
  const readBlanks = (): number => {
    const from = at;
    if (openMetrics) at += Number(code() === SPACE);
    else while (code() === SPACE || code() === TAB) at++;
    return at - from;
  };
  /** Blanks that text allows where OpenMetrics has none. */
  const skipBlanks = (): void => {
    if (!openMetrics && readBlanks() > 0) plain = false;
  };
  const needBlank = (before: string): void => {
    if (readBlanks() === 0) fail(`a blank is missing before the ${before}`);
  };

  /** Up to the next blank. */
  const readToken = (what: string): string => {
    const from = at;
    while (at < line.length && code() !== SPACE && code() !== TAB) at++;
    if (at === from) fail(`the ${what} is missing`);
    return line.slice(from, at);
  };

  const readQuoted = (): string => {
    at++;
    let from = at;
    let text = '';
    for (; ; at++) {
      const unit = line.charCodeAt(at);
      if (unit === QUOTE) break;
      if (Number.isNaN(unit)) fail('a quote is missing at the end of the line');
      if (unit !== BACKSLASH) continue;
      plain = false;
      const escape = line[at + 1];
      if (escape !== 'n' && escape !== '"' && escape !== '\\') {
        // OpenMetrics takes the backslash for itself.
        if (openMetrics && escape !== undefined) continue;
        fail(`\\${escape ?? ''} is no escape; only \\\\, \\" and \\n are`);
      }
      text += line.slice(from, at) + (escape === 'n' ? '\n' : escape);
      at++;
      from = at + 1;
    }
    const last = line.slice(from, at);
    at++;
    return text === '' ? last : text + last;
  };

  const readName = (checked: Map<string, string>, pattern: RegExp, what: string): string => {
    const from = at;
    while (isNameUnit(line.charCodeAt(at))) at++;
    const name = line.slice(from, at);
    const known = checked.get(name);
    if (known !== undefined) return known;
    if (!pattern.test(name)) {
      at = from;
      fail(name === '' ? `a ${what} name is missing` : `"${name}" is no ${what} name`);
    }
    checked.set(name, name);
    return name;
  };

  const readMetricName = (): string => {
    const behind = at + lastName.length;
    if (lastName !== '' && line.startsWith(lastName, at) && !isNameUnit(line.charCodeAt(behind))) at = behind;
    else lastName = readName(metricNames, METRIC_NAME, 'metric');
    return lastName;
  };

  /** The next label, if it is this one in the plainest form. */
  const readSame = ({ name, value }: Label): boolean => {
    const equals = at + name.length;
    if (!line.startsWith(name, at) || line.charCodeAt(equals) !== EQUALS) return false;
    const from = equals + 2;
    const end = from + value.length;
    if (line.charCodeAt(equals + 1) !== QUOTE || line.charCodeAt(end) !== QUOTE) return false;
    if (!line.startsWith(value, from)) return false;
    at = end + 1;
    return true;
  };

  const readLabel = (labels: Label[], takesName: boolean): string | undefined => {
    const quoted = code() === QUOTE;
    if (quoted) plain = false;
    const label = quoted ? readQuoted() : readName(labelNames, LABEL_NAME, 'label');
    skipBlanks();
    if (code() !== EQUALS) {
      if (quoted && takesName && labels.length === 0) return label;
      fail(`label ${label} has no value`);
    }
    at++;
    skipBlanks();
    if (code() !== QUOTE) fail(`the value of label ${label} is not quoted`);
    for (let i = 0; i < labels.length; i++)
      if ((labels[i] as Label).name === label) fail(`label ${label} is there twice`);
    labels.push({ name: label, value: readQuoted() });
    return undefined;
  };

  /** From the opening brace to behind the closing one. The first string without a value is the metric name. */
  const readLabels = (labels: Label[], takesName: boolean): string | undefined => {
    let name: string | undefined;
    at++;
    skipBlanks();
    let isSame = true;
    while (code() !== CLOSE) {
      const { length } = labels;
      const before: Label | undefined = isSame ? plainLabels[length] : undefined;
      // As long as all names are those of the line before, none is there twice.
      if (before !== undefined && readSame(before)) labels.push(before);
      else {
        name = readLabel(labels, takesName && name === undefined) ?? name;
        isSame &&= labels[length]?.name === before?.name;
      }
      ends[length] = at;
      skipBlanks();
      if (code() === COMMA) {
        at++;
        skipBlanks();
        if (code() !== CLOSE) continue;
        plain = false;
        if (openMetrics) fail('a comma before the closing brace');
      } else if (code() !== CLOSE) {
        fail('a comma or closing brace is missing behind a label');
      }
    }
    at++;
    return name;
  };

  /** Reads braces whose labels, but for an own one, are those of the line before. When they are not, nothing is read. */
  const readSameBraces = (): boolean => {
    const from = at;
    if (!line.startsWith(lastText, from)) return false;
    at += lastText.length;
    sample.own = undefined;
    const ownAt = lastText === NO_TEXT ? at : at + 1;
    if (ownBegin !== '' && (ownAt === at || code() === COMMA) && line.startsWith(ownBegin, ownAt)) {
      at = ownAt + ownBegin.length - 1;
      sample.own = { name: ownBegin.slice(0, -2), value: readQuoted() };
    }
    if (code() !== CLOSE) {
      at = from;
      return false;
    }
    at++;
    sample.labels = lastLabels;
    sample.text = lastText;
    sample.shape = lastShape;
    return true;
  };

  /** Reads any braces, and remembers them if they are plain. Returns the metric name, where it is in them. */
  const readBraces = (takesName: boolean): string | undefined => {
    const from = at;
    read.length = 0;
    plain = true;
    const name = readLabels(read, takesName);
    const labels = read.slice();
    if (plain) plainLabels = labels;
    const last = read.at(-1);
    const hasOwn = last !== undefined && isOwn(last);
    sample.own = hasOwn ? last : undefined;
    sample.labels = hasOwn ? labels.slice(0, -1) : labels;
    sample.shape = shapeOf(sample.labels);
    sample.text = undefined;
    if (!plain || sample.labels.some(isOwn)) return name;
    const { length } = sample.labels;
    sample.text = length === 0 ? NO_TEXT : line.slice(from, ends[length - 1]);
    lastLabels = sample.labels;
    lastText = sample.text;
    lastShape = sample.shape;
    if (hasOwn) ownBegin = `${last.name}="`;
    return name;
  };

  const shapeOf = (labels: readonly Label[]): Shape => {
    const { names } = lastShape;
    let isSame = names.length === labels.length;
    for (let i = 0; isSame && i < labels.length; i++) isSame = names[i] === (labels[i] as Label).name;
    if (isSame) return lastShape;
    const list = labels.map(({ name }) => name);
    const joined = list.join('\u0000');
    const shape = shapes.get(joined) ?? { names: list };
    shapes.set(joined, shape);
    return shape;
  };

  const readValue = (): number => {
    const from = at;
    const end = skipNumber(line, at);
    const behind = line.charCodeAt(end);
    if (end > from && (end === line.length || behind === SPACE || behind === TAB)) {
      const value = Number(line.slice(from, end));
      if (Number.isFinite(value)) {
        at = end;
        return value;
      }
    }
    const token = readToken('value');
    return parseValue(token) ?? fail(`"${token}" is no value`);
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
    const labels: Label[] = [];
    if (code() !== OPEN) fail('the labels of the exemplar are missing');
    readLabels(labels, false);
    const characters = Array.from(labels.map(({ name, value }) => name + value).join('')).length;
    if (characters > MAX_EXEMPLAR_CHARACTERS) {
      fail(`the exemplar's labels have ${characters} characters, more than ${MAX_EXEMPLAR_CHARACTERS}`);
    }
    needBlank('value of the exemplar');
    const value = readValue();
    if (at === line.length) return { labels, value, timestampMs: undefined };
    needBlank('timestamp of the exemplar');
    return { labels, value, timestampMs: readTimestamp() };
  };

  return (text) => {
    line = text;
    at = 0;
    skipBlanks();
    let name = code() === OPEN ? undefined : readMetricName();
    let blanks = readBlanks();
    if (code() === OPEN && !(openMetrics && blanks > 0)) {
      if (name === undefined) name = readBraces(true);
      else if (!readSameBraces()) readBraces(false);
      blanks = openMetrics ? readBlanks() : readBlanks() + 1;
    } else {
      sample.labels = NO_LABELS;
      sample.own = undefined;
      sample.text = NO_TEXT;
      sample.shape = NO_SHAPE;
    }
    if (name === undefined) return fail('the metric name is missing');
    if (blanks === 0) fail('a blank is missing before the value');
    sample.name = name;
    sample.value = readValue();
    sample.timestampMs = undefined;
    sample.exemplar = undefined;
    readBlanks();
    if (at < line.length && !(openMetrics && code() === HASH)) {
      sample.timestampMs = readTimestamp();
      readBlanks();
    }
    if (openMetrics && line.startsWith('# ', at)) {
      at += 2;
      sample.exemplar = readExemplar();
    }
    if (at < line.length || (openMetrics && line.endsWith(' '))) fail('there is something behind the end');
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

function isOwn({ name }: Label): boolean {
  return name === 'le' || name === 'quantile';
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function isNameUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 58) || unit === 95
  );
}
