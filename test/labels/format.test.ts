import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../src/labels/format.ts';

describe('a number in a label value', () => {
  it.each([
    ['pod-%d', 7, 'pod-7'],
    ['pod-%03d', 7, 'pod-007'],
    ['pod-%03d', 1234, 'pod-1234'],
    ['%5d|', 42, '   42|'],
    ['%-5d|', 42, '42   |'],
    ['%+d', 5, '+5'],
    ['% d', 5, ' 5'],
    ['%05d', -42, '-0042'],
    ['%.3d', 7, '007'],
    ['%i and 100%%', 3, '3 and 100%'],
    ['%s.example', 9, '9.example'],
    ['%05s', 9, '    9'],
    ['%+s', 9, '9'],
    ['% -3s|', 9, '9  |'],
    ['%x', 255, 'ff'],
    ['%#06X', 255, '0X00FF'],
    ['%o', 8, '10'],
    ['v1.%.1f', 3, 'v1.3.0'],
    ['%f', 1, '1.000000'],
  ])('printf style: %j of %d is %j', (format, value, text) => {
    expect(createFormat(format)(value)).toBe(text);
  });

  it.each([
    ['{}', 7, '7'],
    ['web-{}', -1, 'web--1'],
    ['web-{0}', 7, 'web-7'],
    ['{0}-{0}', 7, '7-7'],
    ['{:d}', 7, '7'],
    ['{:03d}', 7, '007'],
    ['{:03}', -7, '-07'],
    ['{0:>4}', 7, '   7'],
    ['{:<4}|', 7, '7   |'],
    ['{:*^5}', 7, '**7**'],
    ['{:0>3}', 7, '007'],
    ['{:+d}', 7, '+7'],
    ['{:04x}', 255, '00ff'],
    ['{:#x}', 255, '0xff'],
    ['{:08b}', 5, '00000101'],
    ['{:.2f}', 5, '5.00'],
    ['{{{}}}', 5, '{5}'],
    ['é{}', 1, 'é1'],
  ])('braces: %j of %d is %j', (format, value, text) => {
    expect(createFormat(format)(value)).toBe(text);
  });

  it.each([
    ['no place at all', 'pod', 'has no place for the number'],
    ['only a percent sign', '100%%', 'has no place for the number'],
    ['only doubled braces', '{{}}', 'has no place for the number'],
    ['an unknown conversion', 'pod-%q', 'has "%q"'],
    ['a percent sign at the end', 'pod-%', 'has "%"'],
    ['two places', '%d-%d', 'more than one place'],
    ['two automatic places', '{}-{}', 'more than one {}'],
    ['automatic and numbered places', '{}-{0}', 'more than one {}'],
    ['a second argument', '{1}', 'is wrong at "{1}"'],
    ['a name', '{n}', 'is wrong at "{n}"'],
    ['an open brace', 'web-{', 'is wrong at "{"'],
    ['a lone closing brace', 'web-}', 'is wrong at "}"'],
    ['a precision of an integer', '{:.2d}', 'is wrong at'],
    ['a type for text', '{:s}', 'is wrong at'],
    ['a text cut short', '%.2s', 'cuts digits off'],
    ['a huge width', '%999999999d', 'is too wide'],
    ['a huge precision', '%.999f', 'is too wide'],
    ['a fill that makes 1 and 10 alike', '{:0<5}', 'pads with "0"'],
    ['a digit as fill', '{:1>5}', 'pads with "1"'],
  ])('refuses %s', (_, format, message) => {
    expect(() => createFormat(format)).toThrow(RangeError);
    expect(() => createFormat(format)).toThrow(message);
  });

  it('gives different texts for different numbers', () => {
    const flag = fc.constantFrom('', '-', '0', '+', ' ', '#', '-#', '+0');
    const width = fc.constantFrom('', '1', '3', '12');
    const printf = fc
      .tuple(flag, width, fc.constantFrom('', '.0', '.4'), fc.constantFrom('d', 'x', 'X', 'o', 'f', 's'))
      .map(([f, w, p, type]) => `%${f}${w}${type === 's' ? '' : p}${type}`);
    const braces = fc
      .tuple(
        fc.constantFrom('', '<', '>', '^', '=', '_<', '0>', '*^', ' ='),
        fc.constantFrom('', '+', ' '),
        fc.constantFrom('', '#'),
        width,
        fc.constantFrom('', 'd', 'x', 'b', 'o', 'f'),
      )
      .map(([align, sign, alternate, w, type]) => `{:${align}${sign}${alternate}${w}${type}}`);
    const number = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.oneof(printf, braces), number, number, (format, a, b) => {
        const write = createFormat(format);
        expect(write(a) === write(b)).toBe(a === b);
      }),
    );
  });
});
