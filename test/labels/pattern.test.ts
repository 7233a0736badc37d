import { describe, expect, it } from 'vitest';

import { compilePattern, PatternError } from '../../src/labels/pattern.ts';

describe('a pattern', () => {
  it.each<[string, string, readonly string[], readonly string[]]>([
    ['is anchored at both ends', '5..', ['500', '5xx'], ['1500', '5000', '50']],
    ['is anchored as a whole, alternatives too', 'a|b', ['a', 'b'], ['ab', 'xa', 'bx']],
    ['that is empty takes the empty value only', '', [''], ['a']],
    ['with an empty alternative takes the empty value too', 'a|', ['', 'a'], ['aa']],
    ['of anything takes a newline too', '.*', ['', 'a\nb'], []],
    ['of something wants a character', '.+', ['a', '\n'], ['']],
    ['takes a character outside of the first plane as one', '.', ['😀'], ['😀😀']],
    ['ignores case when it is told so at the beginning', '(?i)eu-.*', ['EU-west', 'eu-'], ['us-']],
    ['may be told that . takes a newline, which it does anyway', '(?s)a.', ['a\n'], ['a']],
    ['may name its groups', '(?P<area>eu|us)-(?<n>\\d)', ['eu-1'], ['eu-']],
    ['may group without a name', '(?:ab)+', ['abab'], ['aba']],
    ['may end early and begin late', '^a$', ['a'], ['aa']],
    ['knows the ends of the text', '\\Aa\\z', ['a'], ['a\n']],
    ['has a quoted dot', 'a\\.b', ['a.b'], ['axb']],
    ['quotes any punctuation, as RE2 does', 'a\\-b\\_c\\"', ['a-b_c"'], []],
    ['has spaces of ASCII only, as RE2 does', '\\s', [' ', '\t'], ['\u00a0', '\v']],
    ['has what is no such space', '\\S', ['\u00a0', 'a'], [' ']],
    ['has spaces in a class', '[\\sx]', [' ', 'x'], ['y', '\u00a0']],
    ['takes a bracket that comes first as one of the class', '[]a]+', [']a'], ['[']],
    ['also of one that is negated', '[^]a]', ['b'], [']', 'a']],
    ['takes a range, and a quoted dash', '[a-c\\-]+', ['a-c'], ['d']],
    ['takes an opening bracket in a class', '[[]', ['['], [']']],
    ['takes braces that count nothing as they are', 'a{b}', ['a{b}'], ['ab']],
    ['counts with braces', 'a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['takes a bracket without a beginning as it is', 'a]', ['a]'], ['a']],
    ['takes characters by number', '\\x41\\x{1F600}\\a', ['A😀\u0007'], []],
  ])('%s: %s', (_, pattern, matched, others) => {
    const compiled = compilePattern(pattern);
    expect(matched.filter((text) => !compiled.test(text))).toEqual([]);
    expect(others.filter((text) => compiled.test(text))).toEqual([]);
  });

  it.each<[string, string, number, string]>([
    ['a back-reference', '(a)\\1', 3, 'back-reference'],
    ['looking ahead', 'a(?=b)', 1, 'looking ahead or behind is not supported'],
    ['looking ahead for what is not there', 'a(?!b)', 1, 'looking ahead or behind'],
    ['looking behind', '(?<=a)b', 0, 'looking ahead or behind'],
    ['looking behind for what is not there', 'x(?<!a)b', 1, 'looking ahead or behind'],
    ['flags in the middle', 'a(?i)b', 1, 'at the beginning only'],
    ['flags that change the lines', '(?m)a', 0, 'of them (?i) and (?s)'],
    ['a class by name', '[[:alpha:]]', 1, '[:alpha:]'],
    ['quoting by \\Q', '\\Qa.b\\E', 0, '\\Q is not supported'],
    ['a property of Unicode', '\\pL', 0, '\\p is not supported'],
    ['a backslash at the end', 'ab\\', 2, 'lone'],
    ['a number of a character that is none', '\\xg1', 0, 'two hexadecimal digits'],
    ['a character above all', '\\x{110000}', 0, 'above the last character'],
    ['a class without its end', 'a[bc', 4, '[ is not closed'],
    ['a group without its end', '(a', 0, 'unterminated group'],
    ['a repetition of nothing', '*a', 0, 'nothing to repeat'],
    ['a range that is reversed', '[b-a]', 0, 'range out of order'],
    ['too many repetitions', 'a{1001}', 1, 'more than 1000 times'],
  ])('with %s is refused: %s', (_, pattern, at, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
    try {
      compilePattern(pattern);
    } catch (error) {
      expect(error).toBeInstanceOf(PatternError);
      expect((error as PatternError).at).toBe(at);
    }
  });
});
