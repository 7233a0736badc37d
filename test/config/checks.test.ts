import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/util/errors.ts';

function problemsOf(input: unknown): string[] {
  try {
    parseConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
  }
}

const UP = { name: 'up', type: 'gauge' };
const digits = (count: number) => ({ range: [1, count] });

describe('time', () => {
  it.each([
    [1, 10, true],
    [0.5, 10, true],
    [0.1, 0.3, true],
    ['250ms', '1s', true],
    [2, 3, false],
    [10, 5, false],
    [1, 1.5, false],
    [1, 0, false],
    [1, '500us', false],
  ])('ticks every %s s and exports every %s s: %s', (tick, exports, allowed) => {
    const problems = problemsOf({
      global: { tick_interval_s: tick },
      exporters: { otel: { export_interval_s: exports } },
      metrics: [UP],
    });
    expect(problems.length).toBe(allowed ? 0 : 1);
    if (!allowed) expect(problems[0]).toMatch(/^exporters\.otel\.export_interval_s: /);
  });

  it('does not mind the export interval when nothing is exported', () => {
    const exporters = { otel: { enabled: false } };
    expect(problemsOf({ global: { tick_interval_s: 7 }, exporters, metrics: [UP] })).toEqual([]);
  });

  it.each([0, -1, 0.0005, '0s', Number.NaN])('refuses ticks every %s s', (tick) => {
    expect(problemsOf({ global: { tick_interval_s: tick }, metrics: [UP] })).toEqual([
      expect.stringMatching(/^global\.tick_interval_s: is /),
    ]);
  });

  it('shares an epoch only when it is given', () => {
    const problem =
      'global.epoch: wall counts ticks from start_time, and there is none; set global.start_time';
    expect(problemsOf({ global: { epoch: 'wall' }, metrics: [UP] })).toEqual([problem]);
    expect(problemsOf({ global: { epoch: 'wall', start_time: '2026-01-01' }, metrics: [UP] })).toEqual([]);
  });
});

describe('addresses', () => {
  const run = (page: object, control: object) =>
    problemsOf({ exporters: { prometheus: page }, global: control, metrics: [UP] });

  it.each([
    ['the same port', { port: 8081 }, {}, false],
    ['the same port on one address', { port: 8081, bind_address: '127.0.0.1' }, {}, false],
    ['the same port on two addresses', { port: 8081, bind_address: '127.0.0.2' }, {}, true],
    ['two free ports', { port: 0 }, { control_api_port: 0 }, true],
    ['the port of a page that is off', { port: 8081, enabled: false }, {}, true],
  ])('%s', (_, page, control, allowed) => {
    const problem =
      'exporters.prometheus.port: is 8081, and so is global.control_api_port; the page and the control API need two ports';
    expect(run(page, control)).toEqual(allowed ? [] : [problem]);
  });
});

describe('names', () => {
  const names = (metrics: object[], exporters: object = {}) => problemsOf({ exporters, metrics });

  it('of two metrics differ', () => {
    expect(names([UP, { name: 'x', type: 'gauge' }, UP])).toEqual([
      'metrics[2].name: is up, and so is metrics[0].name; every metric needs a name of its own',
    ]);
  });

  it.each([
    [
      'a histogram and the gauge of its count',
      ['foo', 'histogram'],
      ['foo_count', 'gauge'],
      'prom_foo_count',
    ],
    ['a summary and the counter of its sum', ['foo', 'summary'], ['foo_sum', 'gauge'], 'prom_foo_sum'],
    ['two that the backend makes one', ['foo.bar', 'gauge'], ['foo_bar', 'gauge'], 'prom_foo_bar'],
    ['a counter with _total and one without', ['foo', 'counter'], ['foo_total', 'counter'], 'prom_foo_total'],
    ['a gauge and the counter of its name', ['foo', 'gauge'], ['foo', 'counter'], 'prom_foo'],
  ] as const)('clash on the page: %s', (_, [first, firstType], [second, secondType], name) => {
    const metrics = [
      { name: first, type: firstType },
      { name: second, type: secondType },
    ];
    const problems = names(metrics);
    expect(problems).toHaveLength(1);
    if (first !== second) {
      expect(problems[0]).toBe(
        `metrics[1].name: ${second} (${secondType}) and ${first} (${firstType}) would both be ${name} on the page; rename one of them`,
      );
    }
  });

  it.each([
    ['___', 'gauge'],
    ['total', 'counter'],
    ['_', 'histogram'],
  ])('of nothing but separators are refused: %s as %s', (name, type) => {
    expect(names([{ name, type }])).toEqual([
      `metrics[0].name: is ${name}, of which backends leave nothing to tell it by; add a word`,
    ]);
  });

  it('are refused when OpenTelemetry has no room for them', () => {
    const name = 'x'.repeat(251);
    expect(names([{ name, type: 'gauge' }])).toEqual([
      'metrics[0].name: is 256 characters long with its prefix; OpenTelemetry allows 255',
    ]);
    expect(names([{ name: name.slice(1), type: 'gauge' }])).toEqual([]);
  });

  it.each([
    ['the defaults', 'memory', {}, true],
    ['none', 'memory', { prometheus: { prefix: '' }, otel: { prefix: '' } }, true],
    [
      'a namespace with a dot',
      'memory',
      { prometheus: { prefix: 'shop_' }, otel: { prefix: 'shop.' } },
      true,
    ],
    ['one that holds the unit', 'memory', { prometheus: { prefix: 'bytes_' } }, false],
    ['one that holds the unit, as the name does', 'bytes', { prometheus: { prefix: 'bytes_' } }, true],
    ['one that runs into the name', 'memory', { prometheus: { prefix: 'all' }, otel: { prefix: '' } }, true],
    ['one that runs into the unit', 'bytes', { prometheus: { prefix: 'all' }, otel: { prefix: '' } }, false],
    [
      'one that holds the unit where only one path is used',
      'memory',
      { prometheus: { prefix: 'bytes_' }, otel: { enabled: false } },
      true,
    ],
  ])('are the same on both paths but for the prefix: %s, %s', (_, name, exporters, allowed) => {
    const problems = names([{ name, type: 'gauge', unit: 'By' }], exporters);
    expect(problems.length).toBe(allowed ? 0 : 1);
    if (!allowed) expect(problems[0]).toContain('which differ by more than the prefixes');
  });

  it('are kept by backends, which a unit that ends in a sign would prevent', () => {
    expect(names([{ ...UP, unit: 'foo-' }])).toEqual([
      'metrics[0].unit: would make the name prom_up_foo_, which backends do not keep; a unit ends in a letter or digit',
    ]);
  });

  it.each(['1_', 'a b', 'ä_', '{'])('take no prefix %j', (prefix) => {
    expect(names([UP], { otel: { prefix } })[0]).toContain(
      `exporters.otel.prefix: is "${prefix}"; a prefix is letters`,
    );
  });
});

describe('labels', () => {
  const profiles = { p: { labels: { le: digits(2), quantile: digits(2) } } };

  it.each([
    ['histogram', 'le', false],
    ['summary', 'quantile', false],
    ['histogram', 'quantile', true],
    ['counter', 'le', true],
    ['gauge', 'quantile', true],
  ])('of a %s may hold %s: %s', (type, label, allowed) => {
    const own = problemsOf({ metrics: [{ name: 'm', type, labels: { [label]: digits(2) } }] });
    expect(own).toEqual(
      allowed
        ? []
        : [`metrics[0].labels.${label}: the label ${label} is the ${type}'s own; name it otherwise`],
    );
  });

  it("of a profile may not be the type's own either", () => {
    expect(problemsOf({ profiles, metrics: [{ name: 'h', type: 'histogram', profile: 'p' }] })).toEqual([
      "metrics[0].profile: p has a label le, which is the histogram's own; name it otherwise",
    ]);
    expect(problemsOf({ profiles, metrics: [{ name: 'g', type: 'gauge', profile: 'p' }] })).toEqual([]);
  });

  it('are those of a profile that exists', () => {
    expect(problemsOf({ profiles, metrics: [{ ...UP, profile: 'q' }] })).toEqual([
      'metrics[0].profile: unknown profile q, did you mean p? Allowed: p',
    ]);
    expect(problemsOf({ metrics: [{ ...UP, profile: 'web' }] })).toEqual([
      'metrics[0].profile: unknown profile web; there is none',
    ]);
  });
});

describe('size', () => {
  it('past 2^53 label sets is refused, also under a cap', () => {
    const labels = { a: digits(1e6), b: digits(1e6), c: digits(1e6) };
    expect(
      problemsOf({ profiles: { p: { labels, series_cap: 10 } }, metrics: [{ ...UP, profile: 'p' }] }),
    ).toEqual([
      'metrics[0]: has 1000000000000000000 label sets (a 1000000 x b 1000000 x c 1000000); at most 2^53 can be indexed, also under a series_cap',
    ]);
  });

  it('of stored series is guarded, with the numbers', () => {
    const profiles = { p: { labels: { a: digits(1000) } } };
    const metrics = [
      { name: 'c', type: 'counter', profile: 'p' },
      { name: 'h', type: 'histogram', profile: 'p', buckets: [0.5, 2.5] },
    ];
    expect(problemsOf({ profiles, metrics, limits: { max_series: 6000 } })).toEqual([]);
    expect(problemsOf({ profiles, metrics, limits: { max_series: 5999 } })).toEqual([
      'metrics[1]: brings the stored series to 6,000 (most: h 5,000, c 1,000), more than limits.max_series, 5,999; ' +
        'set series_cap in its profile, or raise the limit',
    ]);
  });

  it('of twenty million is the limit unless told otherwise', () => {
    const wide = (count: number) => problemsOf({ metrics: [{ ...UP, labels: { a: digits(count) } }] });
    expect(wide(20_000_000)).toEqual([]);
    expect(wide(20_000_001)[0]).toContain('more than limits.max_series, 20,000,000');
  });
});

describe('label sets', () => {
  const sets = [{ device: 'sda' }, { device: 'sdb', mode: 'rw' }];
  const gauge = (fields: object) => ({ name: 'x', type: 'gauge', ...fields });
  const taken = 'stands in label_sets, too; one of them is allowed';

  it.each([
    [
      'a label with values of its own',
      { metrics: [gauge({ label_sets: sets, labels: { mode: { values: ['ro'] } } })] },
      `metrics[0].labels.mode: ${taken}`,
    ],
    [
      'a label of the profile with values of its own',
      { profiles: { p: { label_sets: sets, labels: { device: digits(2) } } }, metrics: [UP] },
      `profiles.p.labels.device: ${taken}`,
    ],
    [
      "a label in the profile's sets",
      {
        profiles: { p: { label_sets: sets } },
        metrics: [gauge({ profile: 'p', labels: { device: digits(2) } })],
      },
      'metrics[0].labels.device: stands in the label_sets of profile p, of which none can be replaced',
    ],
    [
      'the same set twice',
      {
        metrics: [
          gauge({
            label_sets: [
              { a: 'x', b: 'y' },
              { b: 'y', a: 'x' },
            ],
          }),
        ],
      },
      'metrics[0].label_sets[1]: is the label set of label_sets[0]; two equal label sets cannot be told apart',
    ],
    [
      "the type's own label",
      { metrics: [{ name: 'x', type: 'histogram', label_sets: [{ le: '1' }] }] },
      "metrics[0].label_sets: the label le is the histogram's own; name it otherwise",
    ],
  ])('do not go with %s', (_, input, message) => {
    expect(problemsOf(input)).toEqual([message]);
  });

  it('are compared by name: values that change places are another set', () => {
    expect(
      problemsOf({
        metrics: [
          gauge({
            label_sets: [
              { a: 'x', b: 'y' },
              { a: 'y', b: 'x' },
            ],
          }),
        ],
      }),
    ).toEqual([]);
  });
});
