import { describe, expect, it } from 'vitest';

import { chooseClient, type ChoiceFamily, type ClientChoice } from '../../src/simulation/clients.ts';
import { sinkDefinitions } from '../../src/sinks/registry.ts';

const EPOCH = 'of a run that joins after its birth (global.epoch: wall)';
const WORKERS = 'that workers advance (--workers)';

function family(type: ChoiceFamily['type'], overrides: Partial<ChoiceFamily> = {}): ChoiceFamily {
  return {
    name: `a_${type}`,
    type,
    size: 1,
    bounds: Float64Array.from(type === 'histogram' ? [0.1, 1] : []),
    quantiles: Float64Array.from(type === 'summary' ? [0.5, 0.9] : []),
    rawObservations: true,
    ...overrides,
  };
}

const counter = (size: number) => family('counter', { size });
const histogram = family('histogram');
const bulk = family('histogram', { rawObservations: false });
const summary = family('summary');

interface Choice {
  readonly families: readonly ChoiceFamily[];
  readonly client?: ClientChoice;
  readonly timestamps?: boolean;
  readonly unobserved?: string;
}

function choose(
  protocol: 'prometheus' | 'otel',
  { families, client = 'auto', timestamps = false, unobserved }: Choice,
) {
  const { definition, why } = chooseClient(
    sinkDefinitions(protocol),
    { client, timestamps } as { client: ClientChoice },
    families,
    unobserved,
  );
  return [definition.client, why];
}

describe('auto on the page', () => {
  it.each<[string, Choice, string, string]>([
    ['takes the library for a few series', { families: [counter(3)] }, 'library', 'auto: 3 stored series'],
    [
      'takes the library for exactly 10,000 stored series',
      { families: [counter(10_000)] },
      'library',
      'auto: 10,000 stored series',
    ],
    [
      'takes the direct client for one more',
      { families: [counter(10_001)] },
      'direct',
      'auto: 10,001 stored series are more than 10,000',
    ],
    [
      'adds up families, and counts buckets, sum and count of a histogram',
      { families: [counter(9_996), family('histogram', { bounds: Float64Array.of(1, 2) })] },
      'direct',
      'auto: 10,001 stored series are more than 10,000',
    ],
    [
      'counts quantiles, sum and count of a summary, and shows them through the library',
      { families: [counter(9_996), summary] },
      'library',
      'auto: 10,000 stored series',
    ],
    ['shows a bulk histogram through the library', { families: [bulk] }, 'library', 'auto: 5 stored series'],
    [
      'needs no observations, whoever advances the series',
      { families: [histogram], unobserved: WORKERS },
      'library',
      'auto: 5 stored series',
    ],
    [
      'leaves the library when timestamps are asked for',
      { families: [counter(1)], timestamps: true },
      'direct',
      'auto: the library client cannot show timestamps (exporters.prometheus.timestamps)',
    ],
  ])('%s', (_, choice, client, why) => {
    expect(choose('prometheus', choice)).toEqual([client, why]);
  });
});

describe('auto over OTLP', () => {
  it.each<[string, Choice, string, string]>([
    [
      'takes the library for counters, gauges and histograms',
      { families: [counter(2), family('gauge'), histogram] },
      'library',
      'auto: 8 stored series',
    ],
    [
      'leaves it for a summary, whose quantiles the SDK cannot send',
      { families: [counter(2), summary] },
      'direct',
      'auto: the library client cannot show the quantiles of summary a_summary',
    ],
    [
      'leaves it for a histogram with more observations than are recorded one by one',
      { families: [histogram, bulk] },
      'direct',
      'auto: the library client cannot show histogram a_histogram, which has more than 32 observations a tick and series',
    ],
    [
      'leaves it for a histogram under a shared epoch',
      { families: [histogram], unobserved: EPOCH },
      'direct',
      `auto: the library client cannot show histogram a_histogram ${EPOCH}`,
    ],
    [
      'leaves it for a histogram that workers advance',
      { families: [counter(1), histogram], unobserved: WORKERS },
      'direct',
      `auto: the library client cannot show histogram a_histogram ${WORKERS}`,
    ],
    [
      'keeps it where there is no histogram to observe',
      { families: [counter(1)], unobserved: WORKERS },
      'library',
      'auto: 1 stored series',
    ],
    [
      'does not count a summary of many series among bulk histograms',
      { families: [family('summary', { rawObservations: false })] },
      'direct',
      'auto: the library client cannot show the quantiles of summary a_summary',
    ],
    [
      'leaves it above 10,000 stored series',
      { families: [counter(10_001)] },
      'direct',
      'auto: 10,001 stored series are more than 10,000',
    ],
  ])('%s', (_, choice, client, why) => {
    expect(choose('otel', choice)).toEqual([client, why]);
  });
});

describe('a client that is asked for', () => {
  it.each<[string, 'prometheus' | 'otel', Choice, string, string]>([
    ['direct, for anything', 'otel', { client: 'direct', families: [bulk] }, 'direct', 'client: direct'],
    [
      'library, for any number of series',
      'otel',
      { client: 'library', families: [counter(1_000_000)] },
      'library',
      'client: library',
    ],
    [
      'library with a summary, saying what is not sent',
      'otel',
      { client: 'library', families: [summary] },
      'library',
      'client: library; not sent: the quantiles of summary a_summary',
    ],
    [
      'library with a summary on a page, which shows all of it',
      'prometheus',
      { client: 'library', families: [summary] },
      'library',
      'client: library',
    ],
  ])('may be %s', (_, protocol, choice, client, why) => {
    expect(choose(protocol, choice)).toEqual([client, why]);
  });

  it.each<[string, 'prometheus' | 'otel', Choice, string]>([
    [
      'for a bulk histogram',
      'otel',
      { families: [bulk] },
      'exporters.otel.client: the library client (otel-sdk) cannot show histogram a_histogram, which has more than 32 observations a tick and series; use client: direct, or auto',
    ],
    [
      'for timestamps',
      'prometheus',
      { families: [counter(1)], timestamps: true },
      'exporters.prometheus.client: the library client (prom-client) cannot show timestamps (exporters.prometheus.timestamps); use client: direct, or auto',
    ],
    [
      'for a histogram that workers advance',
      'otel',
      { families: [histogram], unobserved: WORKERS },
      `exporters.otel.client: the library client (otel-sdk) cannot show histogram a_histogram ${WORKERS}; use client: direct, or auto`,
    ],
  ])('is refused when it is library, %s', (_, protocol, choice, message) => {
    expect(() => choose(protocol, { ...choice, client: 'library' })).toThrow(
      expect.objectContaining({ code: 'client_cannot_express', message }) as Error,
    );
  });
});
