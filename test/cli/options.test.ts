import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';

import {
  collect,
  parseDuration,
  parseLogLevel,
  parsePort,
  parseTime,
  parseWhole,
} from '../../src/cli/options.ts';

describe('what options take', () => {
  it.each<[string, (text: string) => unknown, string, unknown]>([
    ['a number of ticks', parseWhole(0), '0', 0],
    ['a large number of ticks', parseWhole(0), '100000', 100_000],
    ['any free port', parsePort, '0', 0],
    ['a duration with a unit', parseDuration, '5m', 300_000],
    ['a duration of two units', parseDuration, '1h30m', 5_400_000],
    ['seconds without a unit', parseDuration, '1.5', 1500],
    ['a time with its zone', parseTime, '2026-03-01T00:00:00+01:00', Date.UTC(2026, 1, 28, 23)],
    ['a date', parseTime, '2026-03-01', Date.UTC(2026, 2, 1)],
    ['seconds since 1970', parseTime, '1767225600', Date.UTC(2026, 0, 1)],
    ['a log level', parseLogLevel, 'debug', 'DEBUG'],
    ["Python's log level", parseLogLevel, 'WARNING', 'WARN'],
  ])('%s', (_, parse, text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it.each<[string, (text: string) => unknown, string, string]>([
    ['a word for a number', parseWhole(0), 'many', 'It needs a whole number, 0 or more.'],
    ['a negative number', parseWhole(0), '-1', 'It needs a whole number, 0 or more.'],
    ['a fraction of a tick', parseWhole(0), '1.5', 'It needs a whole number, 0 or more.'],
    ['nothing', parseWhole(0), '', 'It needs a whole number, 0 or more.'],
    ['a port that there is not', parsePort, '65536', 'It needs a whole number, 0 to 65535.'],
    ['no time at all', parseDuration, '0s', 'It needs a duration above 0, such as 90s, 5m or 1h30m.'],
    ['a negative duration', parseDuration, '-5s', 'It needs a duration above 0, such as 90s, 5m or 1h30m.'],
    ['a time without its zone', parseTime, '2026-03-01T00:00:00', 'It needs a time with its zone'],
    ['a level that there is not', parseLogLevel, 'LOUD', 'allowed: TRACE, DEBUG'],
  ])('not %s', (_, parse, text, message) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
    expect(() => parse(text)).toThrow(message);
  });

  it('collects values in the order given', () => {
    expect(collect('b=2', collect('a=1'))).toEqual(['a=1', 'b=2']);
  });
});
