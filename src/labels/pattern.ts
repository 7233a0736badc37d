/**
 * Regular expressions as Prometheus reads them (RE2 syntax, anchored at both ends, `.` also for a newline), for the
 * engine of JavaScript. What that engine reads in another way is translated; what RE2 has not, or what cannot be
 * translated, is refused.
 */

/** A pattern that cannot be used: where in it, from 0, and why. */
export class PatternError extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Escapes that mean the same to both engines. */
const SAME = /[bBdDwWtnrfv]/;
/** What `\s` is in RE2: JavaScript's has the spaces of Unicode, too. */
const SPACE = '\\t\\n\\f\\r ';
/** Characters that a pattern in Unicode mode must escape to mean themselves. */
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;
/** RE2's own limit of a counted repetition. */
const MAX_REPEAT = 1000;

/** The anchored expression of a pattern. Throws a PatternError. */
export function compilePattern(pattern: string): RegExp {
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  const prefix = flags?.[0] ?? '';
  const body = translate(pattern, prefix.length);
  const ignoreCase = flags?.[1]?.includes('i') === true;
  try {
    return new RegExp(`^(?:${body})$`, ignoreCase ? 'sui' : 'su');
  } catch (error) {
    // The engine's own words, without the translated expression that they begin with.
    throw new PatternError(0, (error as Error).message.replace(/^.*: /s, '').toLowerCase());
  }
}

function translate(pattern: string, from: number): string {
  let out = '';
  let at = from;
  let inClass = false;
  const refuse = (message: string): never => {
    throw new PatternError(at, message);
  };

  /** The escape at `at`, translated; moves on behind it. */
  const escape = (): string => {
    const char = String.fromCodePoint(pattern.codePointAt(at + 1) ?? refuse('ends in a lone \\'));
    if (/[0-9]/.test(char))
      refuse(`\\${char} is a back-reference or an octal number, which is not supported`);
    if (char === 'x') {
      const [all = '', wide, narrow] =
        /^\\x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(pattern.slice(at)) ??
        refuse('\\x needs two hexadecimal digits, or some in braces');
      const code = Number.parseInt(wide ?? narrow ?? '', 16);
      if (code > 0x10ffff) refuse('\\x is above the last character of Unicode');
      at += all.length;
      return `\\u{${code.toString(16)}}`;
    }
    if (SYNTAX.test(char) || (inClass && char === '-')) return take(2, `\\${char}`);
    if (/\p{ASCII}/u.test(char) && !/[a-zA-Z]/.test(char)) return take(2, char);
    if (inClass && /[bB]/.test(char)) refuse(`\\${char} within [] is not supported`);
    if (SAME.test(char)) return take(2, `\\${char}`);
    if (char === 's') return take(2, inClass ? SPACE : `[${SPACE}]`);
    if (char === 'S' && !inClass) return take(2, `[^${SPACE}]`);
    if (char === 'a') return take(2, '\\x07');
    if (char === 'A' && !inClass) return take(2, '^');
    if (char === 'z' && !inClass) return take(2, '$');
    return refuse(`\\${char} is not supported${inClass ? ' within []' : ''}`);
  };
  const take = (length: number, translated: string): string => {
    at += length;
    return translated;
  };

  /** What follows `(?`, translated. */
  const group = (): string => {
    const rest = pattern.slice(at);
    if (rest.startsWith('(?:')) return take(3, '(?:');
    if (/^\(\?(<?[=!])/.test(rest)) refuse('looking ahead or behind is not supported');
    const named = /^\(\?P?<\w+>/.exec(rest);
    if (named !== null) return take(named[0].length, '(?:');
    return refuse('flags are supported at the beginning only, and of them (?i) and (?s)');
  };

  while (at < pattern.length) {
    const char = pattern[at] as string;
    if (char === '\\') {
      out += escape();
    } else if (inClass) {
      if (/^\[[:.=]/.test(pattern.slice(at, at + 2))) refuse('classes such as [:alpha:] are not supported');
      if (char === ']') inClass = false;
      out += take(1, char);
    } else if (char === '[') {
      inClass = true;
      const [opening = ''] = /^\[\^?/.exec(pattern.slice(at)) ?? [];
      out += take(opening.length, opening);
      // A bracket that comes first is one of the class.
      if (pattern[at] === ']') out += take(1, '\\]');
    } else if (pattern.startsWith('(?', at)) {
      out += group();
    } else if (char === '{') {
      const counted = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(at));
      if (counted !== null && Math.max(Number(counted[1]), Number(counted[2] ?? 0)) > MAX_REPEAT)
        refuse(`repeats more than ${MAX_REPEAT} times`);
      out += counted === null ? take(1, '\\{') : take(counted[0].length, counted[0]);
    } else {
      out += take(1, char === '}' || char === ']' ? `\\${char}` : char);
    }
  }
  if (inClass) refuse('[ is not closed');
  return out;
}
