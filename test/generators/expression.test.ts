import { describe, expect, it } from 'vitest';
import { compileExpression, isMonotonic, namesIn, parseExpression } from '../../src/generators/expression.ts';
import type { Batch } from '../../src/generators/generator.ts';

const VALUES: Readonly<Record<string, number>> = { a: 7, b: 2, 'x.y': 0.5, 'job:z': -3 };

function valueOf(text: string): number {
  const evaluate = compileExpression(parseExpression(text), (name) => [0, VALUES[name] as number]);
  const out = new Float64Array(1);
  evaluate({ from: 1, to: 2, modelMs: 5000 } as Batch, out);
  return out[0] as number;
}

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['12 / 4 / 3', 1],
    ['-a + 1', -6],
    ['2 * -b', -4],
    ['a - b', 5],
    ['x.y * 1e3', 500],
    ['job:z', -3],
    ['min(a, b, 5)', 2],
    ['max(a - 100, b)', 2],
    ['floor(a / 2)', 3],
    ['time', 5],
    [' .5 ', 0.5],
  ])('%s is %s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each([
    ['', 'needs a number, a name or ( at its end'],
    ['a +', 'needs a number, a name or ( at its end'],
    ['a b', 'has b where it could end'],
    ['(a', 'needs ) at its end'],
    ['a / b', '/ needs a number behind it, which is not 0'],
    ['a / 0', '/ needs a number behind it, which is not 0'],
    ['sum(a, b)', 'sum is no function; there are min, max and floor'],
    ['min(a)', 'min needs two values or more'],
    ['floor(a, b)', 'floor takes one value'],
    ['a % 2', 'character 3 is none of a number, a name, + - * / ( ) ,'],
  ])('is not %j', (text, message) => {
    expect(() => parseExpression(text)).toThrow(`"${text}": ${message}`);
  });

  it('tells what it names, each once', () => {
    expect(namesIn(parseExpression('a + max(b, a * time) - 3'))).toEqual(['a', 'b']);
  });

  it.each([
    ['a + 2 * b', true],
    ['a * 0.5 / 4', true],
    ['max(a, b) + floor(a)', true],
    ['a - b', false],
    ['a * -1', false],
    ['a * b', false],
    ['-a', false],
  ])('%s never falls: %s', (text, expected) => {
    expect(isMonotonic(parseExpression(text))).toBe(expected);
  });
});
