/** Label matchers in PromQL's syntax: `{region="eu-west-1",status=~"5.."}`. */
import { LyrebirdError } from '../util/errors.ts';
import { compilePattern, PatternError } from './pattern.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  /** Of the label. */
  readonly name: string;
  readonly operator: MatchOperator;
  /** The text or the pattern, without quotes. */
  readonly value: string;
  /** Whether a value of the label is matched. A series without the label has the empty value. */
  matches(value: string): boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Digits that follow `\x`, `\u` and `\U`. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * The matchers of a selector without a metric name; none for `{}`. All of them must hold. Throws `invalid_matcher` with
 * the position, from 1, of what is wrong.
 */
export function parseMatchers(text: string): Matcher[] {
  let at = 0;
  const refuse = (message: string, position = at): never => {
    throw new LyrebirdError('invalid_matcher', `series: character ${position + 1}: ${message}`, {
      details: { series: text, position: position + 1 },
    });
  };
  const skipSpace = (): void => {
    while (/\s/.test(text[at] ?? '')) at += 1;
  };
  const match = (pattern: RegExp): string => {
    const [found = ''] = pattern.exec(text.slice(at)) ?? [];
    at += found.length;
    skipSpace();
    return found;
  };

  const parseMatcher = (): Matcher => {
    const start = at;
    const name = match(/^[a-zA-Z_][a-zA-Z0-9_]*/);
    if (name === '') return refuse('needs the name of a label, or }');
    if (name === '__name__') return refuse('the names of metrics stand in metrics, not here', start);
    const operator = match(/^(=~|!~|!=|=)/) as MatchOperator | '';
    if (operator === '') return refuse('needs =, !=, =~ or !~');
    const quoteAt = at;
    const value = parseText();
    return { name, operator, value, matches: createTest(operator, value, quoteAt) };
  };

  const createTest = (operator: MatchOperator, value: string, quoteAt: number): Matcher['matches'] => {
    if (operator === '=') return (other) => other === value;
    if (operator === '!=') return (other) => other !== value;
    try {
      const pattern = compilePattern(value);
      return operator === '=~' ? (other) => pattern.test(other) : (other) => !pattern.test(other);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      // Exact as long as there is no escape before it.
      return refuse(`the pattern ${value}: ${error.message}`, quoteAt + 1 + error.at);
    }
  };

  const parseText = (): string => {
    const quote = text[at] ?? '';
    if (!/["'`]/.test(quote)) return refuse('needs a value in quotes');
    const start = at;
    const bytes: number[] = [];
    at += 1;
    while (text[at] !== quote) {
      if (at >= text.length || (text[at] === '\n' && quote !== '`')) refuse('the quote is not closed', start);
      if (text[at] === '\\' && quote !== '`') parseEscape(quote, bytes);
      else {
        const char = String.fromCodePoint(text.codePointAt(at) as number);
        bytes.push(...Buffer.from(char));
        at += char.length;
      }
    }
    at += 1;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    } catch {
      return refuse('is not UTF-8', start);
    } finally {
      skipSpace();
    }
  };

  const parseEscape = (quote: string, bytes: number[]): void => {
    const char = text[at + 1] ?? '';
    const simple = char === quote ? quote : ESCAPES[char];
    if (simple !== undefined) {
      bytes.push(...Buffer.from(simple));
      at += 2;
      return;
    }
    const digits = HEX_DIGITS[char];
    const source =
      digits === undefined
        ? /^[0-7]{3}/.exec(text.slice(at + 1))?.[0]
        : new RegExp(`^[0-9a-fA-F]{${digits}}`).exec(text.slice(at + 2))?.[0];
    const code = source === undefined ? Number.NaN : Number.parseInt(source, digits === undefined ? 8 : 16);
    const isByte = digits === undefined || char === 'x';
    const most = isByte ? 0xff : 0x10ffff;
    // Half of a surrogate pair is no character.
    if (!(code <= most) || (!isByte && code >= 0xd800 && code < 0xe000))
      return refuse(`\\${char} is no escape of a text in ${quote}`);
    if (isByte) bytes.push(code);
    else bytes.push(...Buffer.from(String.fromCodePoint(code)));
    at += (digits === undefined ? 1 : 2) + (source?.length ?? 0);
  };

  skipSpace();
  if (match(/^\{/) === '') refuse('needs {, as in {region="eu-west-1"}');
  const matchers: Matcher[] = [];
  while (match(/^\}/) === '') {
    if (matchers.length > 0 && text[at] !== ',') refuse('needs , or }');
    if (matchers.length > 0) match(/^,/);
    // A comma after the last one is allowed.
    if (matchers.length > 0 && match(/^\}/) !== '') break;
    matchers.push(parseMatcher());
  }
  if (at < text.length) refuse('nothing is allowed behind }');
  return matchers;
}

/** As it would be written. */
export function formatMatcher({ name, operator, value }: Matcher): string {
  return `${name}${operator}${JSON.stringify(value)}`;
}
