import { describe, expect, it } from 'vitest';

import { formatBytes, formatCount, formatTable } from '../../src/cli/format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [12_345, '12 kB'],
    [999_500, '1.0 MB'],
    [268_900_000, '269 MB'],
    [4.2e12, '4.2 TB'],
    [9.9e15, '9900 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatCount', () => {
  it.each([
    [0, '0 series'],
    [1, '1 family'],
    [1_234_567, '1,234,567 series'],
  ])('%d', (count, text) => {
    expect(formatCount(count, 'family', 'series')).toBe(text);
  });
});

describe('formatTable', () => {
  it('puts text to the left and numbers to the right, and leaves no blanks behind', () => {
    const rows = [
      ['up', 1_000_000, 'x'],
      ['requests_total', 5, ''],
    ];
    expect(formatTable(['name', 'series', 'note'], rows).split('\n')).toEqual([
      'name               series  note',
      'up              1,000,000  x',
      'requests_total          5',
    ]);
  });

  it('needs no rows', () => {
    expect(formatTable(['name', 'series'], [])).toBe('name  series');
  });
});
