/** One line of a page with a value: `name{labels} value timestamp`, and in OpenMetrics an exemplar. */
import type { Exemplar, Label, PageFormat } from './page.ts';

export interface Sample {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
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
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

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
  let line = '';
  let at = 0;

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
  const skipBlanks = (): void => void (openMetrics || readBlanks());
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
      const unit = code();
      if (unit === QUOTE) break;
      if (Number.isNaN(unit)) fail('a quote is missing at the end of the line');
      if (unit !== BACKSLASH) continue;
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
    while (isNameUnit(code())) at++;
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

  /** From the opening brace to behind the closing one. The first string without a value is the metric name. */
  const readLabels = (labels: Label[], takesName: boolean): string | undefined => {
    let name: string | undefined;
    at++;
    skipBlanks();
    while (code() !== CLOSE) {
      const quoted = code() === QUOTE;
      const label = quoted ? readQuoted() : readName(labelNames, LABEL_NAME, 'label');
      skipBlanks();
      if (code() === EQUALS) {
        at++;
        skipBlanks();
        if (code() !== QUOTE) fail(`the value of label ${label} is not quoted`);
        for (let i = 0; i < labels.length; i++)
          if ((labels[i] as Label).name === label) fail(`label ${label} is there twice`);
        labels.push({ name: label, value: readQuoted() });
      } else if (quoted && takesName && name === undefined && labels.length === 0) {
        name = label;
      } else {
        fail(`label ${label} has no value`);
      }
      skipBlanks();
      if (code() === COMMA) {
        at++;
        skipBlanks();
        if (openMetrics && code() === CLOSE) fail('a comma before the closing brace');
      } else if (code() !== CLOSE) {
        fail('a comma or closing brace is missing behind a label');
      }
    }
    at++;
    return name;
  };

  const readValue = (): number => {
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

  /** Of the line that is read; a copy of the right size is kept. */
  const labels: Label[] = [];

  return (text) => {
    line = text;
    at = 0;
    skipBlanks();
    labels.length = 0;
    let name = code() === OPEN ? undefined : readName(metricNames, METRIC_NAME, 'metric');
    let blanks = readBlanks();
    if (code() === OPEN && !(openMetrics && blanks > 0)) {
      const inner = readLabels(labels, name === undefined);
      name ??= inner;
      blanks = openMetrics ? readBlanks() : readBlanks() + 1;
    }
    if (name === undefined) return fail('the metric name is missing');
    if (blanks === 0) fail('a blank is missing before the value');
    const value = readValue();
    let timestampMs: number | undefined;
    let exemplar: Exemplar | undefined;
    readBlanks();
    if (at < line.length && !(openMetrics && code() === HASH)) {
      timestampMs = readTimestamp();
      readBlanks();
    }
    if (openMetrics && line.startsWith('# ', at)) {
      at += 2;
      exemplar = readExemplar();
    }
    if (at < line.length || (openMetrics && line.endsWith(' '))) fail('there is something behind the end');
    return { name, labels: labels.slice(), value, timestampMs, exemplar };
  };
}

/** A number as Go's ParseFloat reads it; `undefined` for what is none or is too large for a double. */
export function parseValue(token: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(token)) {
    const value = Number(token);
    return Number.isFinite(value) ? value : undefined;
  }
  const word = token.toLowerCase();
  if (word === 'nan') return NaN;
  if (!/^[+-]?inf(inity)?$/.test(word)) return undefined;
  return word.startsWith('-') ? -Infinity : Infinity;
}

function isNameUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 58) || unit === 95
  );
}
