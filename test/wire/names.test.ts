import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricType } from '../../src/series/family.ts';
import {
  deriveNames,
  findClashes,
  openMetricsFamily,
  printsAlike,
  reservedNames,
  translate,
  translateLabel,
  type OtlpMetric,
} from '../../src/wire/names.ts';

const KINDS = {
  counter: { type: 'sum', monotonic: true },
  'up-down counter': { type: 'sum', monotonic: false },
  gauge: { type: 'gauge' },
  histogram: { type: 'histogram' },
  summary: { type: 'summary' },
} as const satisfies Record<string, Pick<OtlpMetric, 'type' | 'monotonic'>>;

describe('the name that a backend makes of an OTLP metric', () => {
  it.each([
    // Words of the public rules.
    ['histogram', 'http.server.request.duration', 's', 'http_server_request_duration_seconds'],
    ['counter', 'requests.count', '1', 'requests_count_total'],
    ['gauge', 'memory.usage', 'By', 'memory_usage_bytes'],
    ['gauge', 'cpu.utilization', '1', 'cpu_utilization_ratio'],
    // Tokens: runs of what is not legal collapse, also at the ends.
    ['gauge', '__foo__bar_', '', 'foo_bar'],
    ['gauge', 'foo bar/baz-qux.quux', '', 'foo_bar_baz_qux_quux'],
    ['gauge', 'job:rate5m', '', 'job:rate5m'],
    ['gauge', 'größe', '', 'gr_e'],
    ['gauge', '4xx', '', '_4xx'],
    ['gauge', '_4xx', '', '_4xx'],
    ['gauge', '___', '', ''],
    // Units: appended unless the word is a token already, wherever it stands.
    ['gauge', 'latency', 's', 'latency_seconds'],
    ['gauge', 'latency_seconds', 's', 'latency_seconds'],
    ['gauge', 'bytes_used', 'By', 'bytes_used'],
    ['gauge', 'megabytes_used', 'By', 'megabytes_used_bytes'],
    ['gauge', 'wait', 'ms', 'wait_milliseconds'],
    ['gauge', 'wait', 'us', 'wait_microseconds'],
    ['gauge', 'wait', 'ns', 'wait_nanoseconds'],
    ['gauge', 'age', 'min', 'age_minutes'],
    ['gauge', 'age', 'h', 'age_hours'],
    ['gauge', 'age', 'd', 'age_days'],
    ['gauge', 'heap', 'MiBy', 'heap_mebibytes'],
    ['gauge', 'heap', 'KBy', 'heap_kilobytes'],
    ['gauge', 'height', 'm', 'height_meters'],
    ['gauge', 'room', 'Cel', 'room_celsius'],
    ['gauge', 'clock', 'Hz', 'clock_hertz'],
    ['gauge', 'load', '%', 'load_percent'],
    ['gauge', 'queue', '{message}', 'queue'],
    ['gauge', 'speed', 'm/s', 'speed_meters_per_second'],
    ['gauge', 'rate', 'By/min', 'rate_bytes_per_min'],
    ['gauge', 'rate', 'By/m', 'rate_bytes_per_minute'],
    ['gauge', 'rate', '{message}/s', 'rate_per_second'],
    ['gauge', 'cost', 'EUR/mo', 'cost_EUR_per_month'],
    ['gauge', 'price', 'e€', 'price_e_'],
    ['gauge', 'constructed', 'constructor', 'constructed_constructor'],
    // A suffix over time is one token and is never found among the name's.
    ['gauge', 'io_bytes_per_second', 'By/s', 'io_bytes_per_second_per_second'],
    // Type suffixes.
    ['counter', 'plain', '', 'plain_total'],
    ['counter', 'plain_total', '', 'plain_total'],
    ['counter', 'total_plain', '', 'plain_total'],
    ['counter', 'sent', 'By', 'sent_bytes_total'],
    ['counter', 'sent_total', 'By', 'sent_bytes_total'],
    ['counter', 'sent_bytes_total', 'By', 'sent_bytes_total'],
    ['counter', 'totals', '', 'totals_total'],
    ['up-down counter', 'sessions_total', '', 'sessions_total'],
    ['up-down counter', 'sessions', '1', 'sessions'],
    ['gauge', 'ratio_of_hits', '1', 'of_hits_ratio'],
    ['histogram', 'share', '1', 'share'],
    ['summary', 'share', '1', 'share'],
    ['summary', 'rpc.time', 'ms', 'rpc_time_milliseconds'],
  ] as const)('%s %j with unit %j is %j', (kind, name, unit, expected) => {
    expect(translate({ name, unit, ...KINDS[kind] })).toBe(expected);
  });
});

describe('the label name that a backend makes of an attribute', () => {
  it.each([
    ['method', 'method'],
    ['http.method', 'http_method'],
    ['a--b__c', 'a__b__c'],
    ['4xx', 'key_4xx'],
    ['_private', 'key_private'],
    ['__reserved', '__reserved'],
    ['.x', 'key_x'],
    ['ä', 'key_'],
    ['__', ''],
  ])('%j is %j', (name, expected) => {
    expect(translateLabel(name)).toBe(expected);
  });
});

const MOCKINGBIRD = { prometheus: 'prom_', otel: 'otel_' };
const NONE = { prometheus: '', otel: '' };

describe('both names of a family', () => {
  it.each([
    // name, type, declared unit, then Prometheus name, UNIT, OTel name, OTel unit
    ['plain', 'counter', '', 'prom_plain_total', '', 'otel_plain', ''],
    ['http_requests_total', 'counter', '', 'prom_http_requests_total', '', 'otel_http_requests_total', ''],
    ['sent', 'counter', 'By', 'prom_sent_bytes_total', 'bytes', 'otel_sent', 'By'],
    ['sent_bytes_total', 'counter', 'bytes', 'prom_sent_bytes_total', 'bytes', 'otel_sent_bytes_total', 'By'],
    [
      'http.server.duration',
      'histogram',
      's',
      'prom_http_server_duration_seconds',
      'seconds',
      'otel_http.server.duration',
      's',
    ],
    ['latency_seconds', 'summary', 'seconds', 'prom_latency_seconds', 'seconds', 'otel_latency_seconds', 's'],
    ['bytes_used', 'gauge', 'By', 'prom_bytes_used', '', 'otel_bytes_used', 'By'],
    ['hits', 'gauge', 'ratio', 'prom_hits_ratio', 'ratio', 'otel_hits', '1'],
    ['hits_ratio', 'gauge', '1', 'prom_hits_ratio', 'ratio', 'otel_hits_ratio', '1'],
    ['hit_ratio', 'histogram', 'ratio', 'prom_hit_ratio', 'ratio', 'otel_hit_ratio', '1'],
    ['share', 'histogram', 'ratio', 'prom_share', '', 'otel_share', '1'],
    [
      'speed',
      'gauge',
      'meters_per_second',
      'prom_speed_meters_per_second',
      'meters_per_second',
      'otel_speed',
      'm/s',
    ],
    ['queue', 'gauge', '{message}', 'prom_queue', '', 'otel_queue', '{message}'],
    ['jobs', 'gauge', 'jobs_waiting', 'prom_jobs_jobs_waiting', 'jobs_waiting', 'otel_jobs', 'jobs_waiting'],
    ['load', 'gauge', 'percent', 'prom_load_percent', 'percent', 'otel_load', '%'],
  ] as const)('%s (%s, unit %j)', (name, type, unit, prometheus, printed, otel, sent) => {
    expect(deriveNames({ name, type, unit }, MOCKINGBIRD)).toEqual({
      prometheus: { name: prometheus, unit: printed },
      otel: { name: otel, unit: sent },
    });
  });

  const declaration = fc.record({
    name: fc.stringMatching(/^[a-z](_?[a-z0-9.]|_bytes|_seconds|_total|_ratio){0,6}$/),
    type: fc.constantFrom<MetricType>('counter', 'gauge', 'histogram', 'summary'),
    unit: fc.constantFrom(
      '',
      '1',
      's',
      'seconds',
      'By',
      'bytes',
      'By/s',
      'bytes_per_second',
      'ratio',
      '%',
      '{request}',
      'jobs',
      'foo_bar',
    ),
  });
  const kindOf = (type: MetricType) => KINDS[type];

  it('agree: translating what is sent gives what is printed', () => {
    fc.assert(
      fc.property(declaration, (declared) => {
        const { prometheus, otel } = deriveNames(declared, NONE);
        expect(translate({ ...otel, ...kindOf(declared.type) })).toBe(prometheus.name);
        const prefixed = deriveNames(declared, MOCKINGBIRD);
        const stored = translate({ ...prefixed.otel, ...kindOf(declared.type) });
        expect(stored.replace(/^otel_/, '')).toBe(prefixed.prometheus.name.replace(/^prom_/, ''));
      }),
    );
  });

  it('the printed name is a fixed point: sent again without a unit it stays', () => {
    fc.assert(
      fc.property(declaration, (declared) => {
        const { name } = deriveNames(declared, MOCKINGBIRD).prometheus;
        expect(translate({ name, unit: '', ...kindOf(declared.type) })).toBe(name);
      }),
    );
  });

  it('UNIT is a suffix of the OpenMetrics family, and a counter ends in _total', () => {
    fc.assert(
      fc.property(declaration, (declared) => {
        const { name, unit } = deriveNames(declared, MOCKINGBIRD).prometheus;
        if (unit !== '') expect(openMetricsFamily(declared.type, name)).toMatch(new RegExp(`_${unit}$`));
        if (declared.type === 'counter') expect(name).toMatch(/_total$/);
      }),
    );
  });
});

describe('names on one page', () => {
  it.each([
    ['counter', 'a_total', ['a_total', 'a', 'a_created']],
    ['gauge', 'a', ['a']],
    ['histogram', 'a', ['a', 'a_bucket', 'a_sum', 'a_count', 'a_created']],
    ['summary', 'a', ['a', 'a_sum', 'a_count', 'a_created']],
  ] as const)('a %s %s takes %j', (type, name, names) => {
    expect(reservedNames(type, name)).toEqual(names);
  });

  it.each([
    [
      'the count of a histogram',
      [
        ['histogram', 'foo'],
        ['gauge', 'foo_count'],
      ],
      'foo_count',
    ],
    [
      'the sum of a summary',
      [
        ['gauge', 'foo_sum'],
        ['summary', 'foo'],
      ],
      'foo_sum',
    ],
    [
      'a bucket that is a counter',
      [
        ['counter', 'x_total'],
        ['histogram', 'x'],
      ],
      'x',
    ],
    [
      'the OpenMetrics family of a counter',
      [
        ['gauge', 'foo'],
        ['counter', 'foo_total'],
      ],
      'foo',
    ],
    [
      'the birth line of a counter',
      [
        ['counter', 'foo_total'],
        ['gauge', 'foo_created'],
      ],
      'foo_created',
    ],
    [
      'the same name twice',
      [
        ['gauge', 'foo'],
        ['gauge', 'foo'],
      ],
      'foo',
    ],
  ] as const)('clash by %s', (_, families, name) => {
    expect(findClashes(families.map(([type, metric]) => ({ type, name: metric })))).toEqual([
      { earlier: 0, later: 1, name },
    ]);
  });

  it('do not clash when they only look alike', () => {
    const families = [
      { type: 'gauge', name: 'foo' },
      { type: 'gauge', name: 'foo_count' },
      { type: 'gauge', name: 'foo_bucket' },
      { type: 'summary', name: 'bar' },
      { type: 'gauge', name: 'bar_bucket' },
      { type: 'counter', name: 'baz_total' },
    ] as const;
    expect(findClashes(families)).toEqual([]);
  });
});

describe('a bound that is the same text on every path', () => {
  it.each([
    [0.005, true],
    [0.0001, true],
    [2.5, true],
    [-2.5, true],
    [999_999.5, true],
    [1, false],
    [0, false],
    [1e6 + 0.5, false],
    [0.00005, false],
  ])('%d: %s', (bound, alike) => {
    expect(printsAlike(bound)).toBe(alike);
  });
});
