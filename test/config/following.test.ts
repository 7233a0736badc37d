import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatConfig } from '../../src/config/write.ts';
import { ConfigError } from '../../src/util/errors.ts';

const BEFORE = '  - {name: m, ';

/** The column, path and message of each mistake in a metric; a ^ in it is not read. */
function errorsOf(metric: string): string[] {
  try {
    loadConfig({ text: `metrics:\n${BEFORE}${metric.replace('^', '')}}\n`, file: 'a.yaml' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .map((line) => line.replace(/^.*a\.yaml:2:/, '').replace('metrics[0].', ''));
  }
}

describe('a pattern in place of a number', () => {
  it.each([
    ['type: counter, base_rate: {pattern: "0+1x5", end: loop}'],
    ['type: gauge, algorithm: sine, period_s: {pattern: "60 30"}, max: {pattern: 5}'],
    [
      'type: histogram, mu: {pattern: [{linear: {from: -3, to: 1, for: 5m}}, {linear: {from: 1, to: -3, for: 5m}}], end: loop}',
    ],
    ['type: summary, observations_per_s: {pattern: {gaussian: {mean: 100}}}'],
    ['type: summary, observations_per_s: {pattern: "5 _ 5", end: gap}'],
  ])('is taken in %s', (metric) => {
    expect(errorsOf(metric)).toEqual([]);
  });

  it.each([
    [
      'type: counter, base_rate: {pattern: ^"5 4 -3"}',
      'base_rate.pattern: at its lowest is -3; needs at least 0',
    ],
    ['type: counter, base_rate: {pattern: ^-3}', 'base_rate.pattern: is -3; needs at least 0'],
    [
      'type: counter, base_rate: {pattern: 5 4, end: ^-1}',
      'base_rate.end: at its lowest is -1; needs at least 0',
    ],
    [
      'type: gauge, algorithm: bernoulli, p: {pattern: ^{sine: {max: 2, period_s: 60}}}',
      'p.pattern: at its highest is 2; needs at most 1',
    ],
    ['type: gauge, algorithm: sine, min: {pattern: "0 9"}, max: ^5', 'max: is 5; it must be min (9) or more'],
    [
      'type: gauge, algorithm: random_walk, step: {pattern: {add: [1, {^lienar: {}}]}}',
      'step.pattern.add[1].lienar: unknown key lienar, did you mean linear?',
    ],
    [
      'type: histogram, mu: {^patern: 3}',
      'mu.patern: unknown key patern, did you mean pattern? Allowed: pattern, end',
    ],
    [
      'type: histogram, mu: {pattern: ^{random: {}}}',
      'mu.pattern: draws, and so would differ from series to series; an option is the same for all of them',
    ],
    [
      'type: histogram, mu: {pattern: ^"1 _ 2"}',
      'mu.pattern: may have a gap, and an option always has a value',
    ],
    ['type: histogram, mu: {pattern: "1", end: ^remove}', 'mu.end: '],
    ['type: histogram, mu: {pattern: 1, end: ^hold}', 'mu.end: is never reached: the pattern never ends'],
    ['type: histogram, mu: {pattern: ^[]}', 'mu.pattern: has no tick'],
    [
      'type: histogram, observations_per_s: {pattern: ^{linear: {from: -2, to: 5, ticks: 3}}}',
      'observations_per_s.pattern: at its lowest is -2; needs at least 0',
    ],
    ['type: histogram, observations_per_s: {pattern: 5 4, end: ^remove}', 'observations_per_s.end: '],
    ['type: gauge, algorithm: step, steps: ^{pattern: 2 3}', 'steps: is a mapping; needs a number'],
    ['type: histogram, decimals: ^{pattern: 2 3}', 'decimals: is a mapping; needs a number'],
    ['type: gauge, diurnal_amp: ^{pattern: 0 1}', 'diurnal_amp: is a mapping; needs a number'],
  ])('is refused in %s, at the ^: %s', (metric, message) => {
    const column = BEFORE.length + metric.indexOf('^') + 1;
    expect(errorsOf(metric)).toContainEqual(expect.stringContaining(`${column} ${message}`));
  });

  it('may be of a series of its own', () => {
    const series = 'series: [{labels: {a: b}, mu: {pattern: "1 2"}}, {labels: {a: c}, mu: {pattern: "1 _"}}]';
    expect(errorsOf(`type: histogram, ${series}`)).toEqual([
      expect.stringContaining('series[1].mu.pattern: may have a gap'),
    ]);
  });

  it('is written as it was read', () => {
    const exporters = { prometheus: { enabled: false }, otel: { enabled: false } };
    const config = parseConfig({
      exporters,
      metrics: [
        {
          name: 'm',
          type: 'histogram',
          mu: { pattern: [{ linear: { from: 0, to: 1, for: '5m' } }, '2'], end: 'loop' },
          observations_per_s: { pattern: '1 _ 3', end: 'gap' },
        },
      ],
    });
    expect(loadConfig({ text: formatConfig(config), file: 'a.yaml' }).config).toEqual(config);
  });
});
