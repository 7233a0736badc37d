import { describe, expect, it } from 'vitest';

import { createFamilies, describeFamilies } from '../../src/config/families.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatConfig } from '../../src/config/write.ts';
import type { ConfigError } from '../../src/util/errors.ts';
import { configOf, linesOf, renderText } from '../support/simulation.ts';

const explicit = {
  name: 'level',
  type: 'gauge',
  algorithm: 'constant',
  start: 1,
  series: [
    { labels: { a: 'x', b: 'y' } },
    { labels: { a: 'y', b: 'x' }, start: '5k' },
    { labels: { a: 'z' }, algorithm: 'sine', min: 2, max: 2 },
  ],
};

const beside = {
  name: 'jobs_total',
  type: 'counter',
  algorithm: 'constant',
  base_rate: 1,
  labels: { zone: { values: ['a', 'b'] } },
  series: [{ labels: { zone: 'c', tier: 'gold' }, base_rate: 10 }],
};

function problemsOf(metric: object, rest: object = {}): string[] {
  try {
    parseConfig({ metrics: [metric], ...rest });
  } catch (error) {
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

describe('explicit series', () => {
  it('stand in the place of labels, each with a generator of its own', async () => {
    const page = await renderText(configOf({ metrics: [explicit] }), 3);
    expect(linesOf(page, 'prom_level')).toEqual([
      'prom_level{a="x",b="y"} 1',
      'prom_level{a="y",b="x"} 5000',
      'prom_level{a="z",b=""} 2',
    ]);
  });

  it('stand behind the series that labels make', async () => {
    const page = await renderText(configOf({ metrics: [beside] }), 2);
    expect(linesOf(page, 'prom_jobs_total').map((line) => line.split(' ').at(-1))).toEqual(['2', '2', '20']);
  });

  it('leave the others what they were', async () => {
    const walk = { name: 'walk', type: 'gauge', labels: { zone: { values: ['a', 'b'] } } };
    const alone = linesOf(await renderText(configOf({ metrics: [walk] }), 5), 'prom_walk');
    const more = { ...walk, series: [{ labels: { zone: 'c' }, step: 3 }] };
    expect(linesOf(await renderText(configOf({ metrics: [more] }), 5), 'prom_walk').slice(0, 2)).toEqual(
      alone,
    );
  });

  it('may observe as they like', async () => {
    const metric = {
      name: 'size',
      type: 'histogram',
      buckets: [1, 10],
      series: [
        { labels: { of: 'small' }, algorithm: 'uniform', min: 0, max: 1 },
        { labels: { of: 'large' }, algorithm: 'uniform', min: 5, max: 6 },
      ],
    };
    const page = await renderText(configOf({ metrics: [metric] }), 4);
    expect(linesOf(page, 'prom_size_bucket').filter((line) => line.includes('le="1"'))).toEqual([
      'prom_size_bucket{of="small",le="1"} 4',
      'prom_size_bucket{of="large",le="1"} 0',
    ]);
  });

  it('are counted, whatever the cap', () => {
    const profiles = { p: { labels: { pod: { range: [1, 100] } }, series_cap: 3 } };
    const metric = { name: 'up', type: 'gauge', profile: 'p', series: [{ labels: { pod: 'extra' } }] };
    const config = parseConfig({ profiles, metrics: [metric, explicit] });
    expect(describeFamilies(config).map(({ slots }) => slots)).toEqual([4, 3]);
    expect(createFamilies(config).map(({ family }) => family.size)).toEqual([4, 3]);
  });

  it.each([1, 2, 3, 5])('are shared by %i shards without gap or overlap', async (count) => {
    const config = configOf({ metrics: [explicit, beside] });
    const whole = linesOf(await renderText(config, 2), 'prom_level');
    const parts: string[] = [];
    for (let index = 0; index < count; index++)
      parts.push(...linesOf(await renderText(config, 2, { shard: { index, count } }), 'prom_level'));
    expect(parts).toEqual(whole);
  });

  it('read again from what is written of them', () => {
    const config = parseConfig({ metrics: [explicit, beside] });
    expect(config.metrics[0]?.series?.[1]).toEqual({
      labels: { a: 'y', b: 'x' },
      algorithm: 'constant',
      start: 5000,
    });
    expect(loadConfig({ text: formatConfig(config), file: 'again.yaml' }).config).toEqual(config);
  });

  it('take label values as they are written', () => {
    const text =
      'metrics: [{ name: up, type: gauge, series: [{ labels: { version: 1.10, ok: on, pod: 007 } }] }]';
    expect(loadConfig({ text, file: 'a.yaml' }).config.metrics[0]?.series?.[0]?.labels).toEqual({
      version: '1.10',
      ok: 'on',
      pod: '007',
    });
  });

  it.each<[string, object, string]>([
    [
      'no list',
      { series: {} },
      'metrics[0].series: is a mapping; needs a list of series, each with its labels',
    ],
    ['an empty list', { series: [] }, 'metrics[0].series: is an empty list; needs a list of series'],
    ['no labels', { series: [{ start: 1 }] }, 'metrics[0].series[0].labels: is missing'],
    [
      'the same labels in another order',
      { series: [{ labels: { a: 'x', b: 'y' } }, { labels: { b: 'y', a: 'x' } }] },
      'metrics[0].series[1].labels: is {b="y",a="x"}, and so is series[0]',
    ],
    [
      'labels that labels make',
      { labels: { a: { values: ['x', 'y'] } }, series: [{ labels: { a: 'y' } }] },
      'metrics[0].series[0].labels: is {a="y"}, which labels make already',
    ],
    [
      'an algorithm of another type',
      { series: [{ labels: {}, algorithm: 'poisson' }] },
      'metrics[0].series[0].algorithm: poisson is an algorithm for counter; a gauge has',
    ],
    [
      'an option of another algorithm',
      { series: [{ labels: {}, algorithm: 'constant', step: 1 }] },
      'metrics[0].series[0].step: is an option of random_walk',
    ],
    [
      'what is the same for all',
      { series: [{ labels: {}, unit: 's' }] },
      'metrics[0].series[0].unit: is the same for all series: write it beside series',
    ],
    ['a label that backends reserve', { series: [{ labels: { __a: 'x' } }] }, 'backends reserve __'],
  ])('are refused with %s', (_, metric, problem) => {
    const [first = '', ...others] = problemsOf({ name: 'm', type: 'gauge', ...metric });
    expect(first).toContain(problem);
    expect(others).toEqual([]);
  });

  it('have no label that is the type’s own', () => {
    const metric = {
      name: 'h',
      type: 'histogram',
      series: [{ labels: { a: 'x' } }, { labels: { le: '1' } }],
    };
    expect(problemsOf(metric)).toEqual([
      "metrics[0].series[1].labels.le: the label le is the histogram's own; name it otherwise",
    ]);
  });
});
