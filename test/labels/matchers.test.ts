import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatMatcher, parseMatchers } from '../../src/labels/matchers.ts';
import { LyrebirdError } from '../../src/util/errors.ts';

type Parts = readonly [name: string, operator: string, value: string];

const parts = (text: string): Parts[] =>
  parseMatchers(text).map(({ name, operator, value }) => [name, operator, value]);

describe('matchers', () => {
  it.each<[string, string, readonly Parts[]]>([
    ['none', '{}', []],
    ['one', '{a="b"}', [['a', '=', 'b']]],
    [
      'all operators',
      '{a="1",b!="2",c=~"3",d!~"4"}',
      [
        ['a', '=', '1'],
        ['b', '!=', '2'],
        ['c', '=~', '3'],
        ['d', '!~', '4'],
      ],
    ],
    [
      'space anywhere',
      ' { a =\t"b" ,\n c != "d" } ',
      [
        ['a', '=', 'b'],
        ['c', '!=', 'd'],
      ],
    ],
    ['a comma after the last', '{a="b",}', [['a', '=', 'b']]],
    [
      'one label twice',
      '{a!="b",a!="c"}',
      [
        ['a', '!=', 'b'],
        ['a', '!=', 'c'],
      ],
    ],
    ['what looks like syntax, in quotes', '{a="},=~{"}', [['a', '=', '},=~{']]],
    ['single quotes', `{a='say "b"'}`, [['a', '=', 'say "b"']]],
    ['back-quotes, in which nothing is quoted', '{a=~`\\d"\n`}', [['a', '=~', '\\d"\n']]],
    ['escapes', '{a="\\"\\\\\\n\\t"}', [['a', '=', '"\\\n\t']]],
    ['characters by number', '{a="\\u00e9\\U0001F600\\x41\\101"}', [['a', '=', 'é😀AA']]],
    ['bytes that make a character together', '{a="\\xc3\\xa9"}', [['a', '=', 'é']]],
    ['a byte order mark, which is kept', '{a="\\ufeffb"}', [['a', '=', '\ufeffb']]],
    ['a pattern behind two backslashes', '{a=~"\\\\d+"}', [['a', '=~', '\\d+']]],
    ['the empty value', '{a=""}', [['a', '=', '']]],
  ])('%s', (_, text, expected) => {
    expect(parts(text)).toEqual(expected);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['{a="b"}', ['b'], ['', 'B', 'bb']],
    ['{a!="b"}', ['', 'B', 'bb'], ['b']],
    ['{a=~"b.*"}', ['b', 'bb'], ['', 'ab']],
    ['{a!~"b.*"}', ['', 'ab'], ['b', 'bb']],
    // A series without the label has the empty value.
    ['{a=""}', [''], ['b']],
    ['{a!=""}', ['b'], ['']],
    ['{a=~".*"}', ['', 'b'], []],
    ['{a=~".+"}', ['b'], ['']],
    ['{a!~".+"}', [''], ['b']],
  ])('%s as PromQL has it', (text, taken, others) => {
    const [matcher] = parseMatchers(text);
    expect(taken.filter((value) => matcher?.matches(value) !== true)).toEqual([]);
    expect(others.filter((value) => matcher?.matches(value) !== false)).toEqual([]);
  });

  it.each<[string, string, number, string]>([
    ['nothing', '', 1, 'needs {'],
    ['a metric before the brace', 'up{a="b"}', 1, 'needs {'],
    ['no brace at the end', '{a="b"', 7, 'needs , or }'],
    ['something behind the brace', '{a="b"} x', 9, 'nothing is allowed behind }'],
    ['a lone comma', '{,}', 2, 'needs the name of a label'],
    ['two commas', '{a="b",,}', 8, 'needs the name of a label'],
    ['no comma between two', '{a="b" c="d"}', 8, 'needs , or }'],
    ['a name that is none', '{1a="b"}', 2, 'needs the name of a label'],
    ['the name of the metric', '{__name__="up"}', 2, 'stand in metrics'],
    ['no operator', '{a}', 3, 'needs =, !=, =~ or !~'],
    ['two equals signs', '{a=="b"}', 4, 'needs a value in quotes'],
    ['a value without quotes', '{a=b}', 4, 'needs a value in quotes'],
    ['a quote without its end', '{a="b}', 4, 'the quote is not closed'],
    ['a line that ends in quotes', '{a="b\n"}', 4, 'the quote is not closed'],
    ['an escape that is none', '{a="\\d"}', 5, '\\d is no escape'],
    ['the other quote, escaped', `{a="\\'"}`, 5, "\\' is no escape"],
    ['an escape that ends early', '{a="\\x4"}', 5, '\\x is no escape'],
    ['half of a surrogate pair', '{a="\\ud800"}', 5, '\\u is no escape'],
    ['a byte above 255', '{a="\\777"}', 5, '\\7 is no escape'],
    ['bytes that are no character', '{a="\\xff"}', 4, 'is not UTF-8'],
    ['a pattern that is none', '{b="c",a=~"x(?=y)"}', 13, 'looking ahead'],
  ])('with %s are refused: %s', (_, text, position, message) => {
    const refused = (): unknown => {
      try {
        return parseMatchers(text);
      } catch (error) {
        return error;
      }
    };
    const error = refused() as LyrebirdError;
    expect(error).toBeInstanceOf(LyrebirdError);
    expect(error).toMatchObject({ code: 'invalid_matcher', details: { series: text, position } });
    expect(error.message).toContain(`series: character ${position}: `);
    expect(error.message).toContain(message);
  });

  it('take back what is written of them, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Surrogate}/u.test(value)),
        (text) => {
          const [matcher] = parseMatchers(`{a=${JSON.stringify(text)}}`);
          expect(matcher?.value).toBe(text);
          expect(matcher?.matches(text)).toBe(true);
          if (matcher !== undefined) expect(formatMatcher(matcher)).toBe(`a=${JSON.stringify(text)}`);
        },
      ),
      { seed: 42 },
    );
  });

  it('never fail in another way, whatever the text', () => {
    const likely = fc.string({ unit: fc.constantFrom(...Array.from('{}a=!~",\\x4(?[])*+')), maxLength: 20 });
    fc.assert(
      fc.property(
        fc.oneof(
          likely,
          likely.map((text) => `{a=~"${text}"}`),
          fc.string(),
        ),
        (text) => {
          try {
            parseMatchers(text);
          } catch (error) {
            expect((error as LyrebirdError).code).toBe('invalid_matcher');
          }
        },
      ),
      { seed: 42, numRuns: 2000 },
    );
  });
});
