import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ConfigError, formatProblem, LyrebirdError, nearest } from '../../src/util/errors.ts';

describe('formatProblem', () => {
  it.each([
    [
      { place: 'a.yaml:3:5', path: 'metrics[2].type', message: 'is wrong' },
      'a.yaml:3:5 metrics[2].type: is wrong',
    ],
    [{ place: '--set', message: 'is wrong' }, '--set: is wrong'],
    [{ path: 'global.seed', message: 'is wrong' }, 'global.seed: is wrong'],
    [{ place: 'a.yaml:1:1', path: '', message: 'is empty' }, 'a.yaml:1:1: is empty'],
    [{ message: 'is wrong' }, 'is wrong'],
  ])('%j', (problem, text) => {
    expect(formatProblem(problem)).toBe(text);
  });
});

describe('LyrebirdError', () => {
  it('has a code for programs and a message for people, and keeps its cause', () => {
    const cause = new Error('EADDRINUSE');
    const error = new LyrebirdError('port_taken', 'port 8000 is taken', { cause, details: { port: 8000 } });
    expect(error).toMatchObject({
      name: 'LyrebirdError',
      code: 'port_taken',
      message: 'port 8000 is taken',
      cause,
      details: { port: 8000 },
    });
    expect(error).toBeInstanceOf(Error);
  });

  it('without a cause has none, not one that is undefined', () => {
    expect(Object.hasOwn(new LyrebirdError('a', 'b'), 'cause')).toBe(false);
  });
});

describe('ConfigError', () => {
  it('tells all mistakes at once, one a line', () => {
    const problems = [
      { place: 'a.yaml:3:5', path: 'global.sed', message: 'unknown key, did you mean seed?' },
      { place: 'a.yaml:9:1', path: 'metrics', message: 'is missing' },
    ];
    const error = new ConfigError(problems);
    expect(error).toBeInstanceOf(LyrebirdError);
    expect(error.code).toBe('config_invalid');
    expect(error.problems).toEqual(problems);
    expect(error.message).toBe(
      'a.yaml:3:5 global.sed: unknown key, did you mean seed?\na.yaml:9:1 metrics: is missing',
    );
  });
});

describe('nearest', () => {
  const choices = ['seed', 'log_level', 'tick_interval_s', 'prometheus', 'otel'];

  it.each([
    ['a missing letter', 'sed', 'seed'],
    ['a letter too many', 'seeed', 'seed'],
    ['a wrong letter', 'sead', 'seed'],
    ['two letters the wrong way round', 'esed', 'seed'],
    ['that, twice', 'esde', 'seed'],
    ['capitals', 'Log_Level', 'log_level'],
    ['a third of a long word', 'tick_intervalsec', 'tick_interval_s'],
    ['the word itself', 'otel', 'otel'],
  ])('forgives %s: %s is %s', (_, word, choice) => {
    expect(nearest(word, choices)).toBe(choice);
  });

  it.each([
    ['something else', 'replicas', choices],
    ['a word that is much shorter', 'tick', ['tick_interval_s']],
    ['no choice at all', 'seed', []],
  ])('has no answer for %s', (_, word, from) => {
    expect(nearest(word, from)).toBeUndefined();
  });

  it('takes the nearer one, and of equally near ones the first', () => {
    expect(nearest('rate', ['rates_x', 'rates', 'range'])).toBe('rates');
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
  });

  it('finds any word that one edit has changed', () => {
    const words = fc.stringMatching(/^[a-z_]{4,12}$/);
    const edits = fc.tuple(fc.constantFrom('drop', 'double', 'change', 'swap'), fc.nat(11));
    fc.assert(
      fc.property(words, edits, (word, [edit, place]) => {
        const at = place % (word.length - 1);
        const [left, one, two, right] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
        const edited = {
          drop: `${left}${two}${right}`,
          double: `${left}${one}${one}${two}${right}`,
          change: `${left}#${two}${right}`,
          swap: `${left}${two}${one}${right}`,
        }[edit];
        expect(nearest(edited ?? '', ['########################', word])).toBe(word);
      }),
    );
  });
});
