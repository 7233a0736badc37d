import { describe, expect, it } from 'vitest';

import { acceptsGzip, negotiate } from '../../../src/sinks/shared/negotiation.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
  'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,' +
  'text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,';

describe('what a scraper is given', () => {
  it.each<[string, string | undefined, string]>([
    ['no header', undefined, TEXT],
    ['an empty header', '', TEXT],
    ['anything', '*/*', TEXT],
    ['any text', 'text/*', TEXT],
    ['text of no version', 'text/plain', TEXT],
    ['text 0.0.4', 'text/plain;version=0.0.4', TEXT],
    [
      'text 1.0.0, which is the same for our names',
      'text/plain;version=1.0.0',
      'text/plain; version=1.0.0; charset=utf-8',
    ],
    ['OpenMetrics of no version', 'application/openmetrics-text', OPENMETRICS],
    ['OpenMetrics 1.0.0', 'application/openmetrics-text; version=1.0.0; charset=utf-8', OPENMETRICS],
    [
      'OpenMetrics 0.0.1',
      'application/openmetrics-text;version=0.0.1',
      'application/openmetrics-text; version=0.0.1; charset=utf-8',
    ],
    ['OpenMetrics of a version to come', 'application/openmetrics-text;version=2.0.0', TEXT],
    [
      'a version to come first, 1.0.0 then',
      'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.5',
      OPENMETRICS,
    ],
    [
      'Prometheus 2',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPENMETRICS,
    ],
    ['Prometheus 3, with its escaping', PROMETHEUS_3, `${OPENMETRICS}; escaping=allow-utf-8`],
    ['Prometheus 3 that prefers protobuf', PROTOBUF + PROMETHEUS_3, `${OPENMETRICS}; escaping=allow-utf-8`],
    ['an escaping of another time', 'text/plain;version=0.0.4;escaping=rot13', TEXT],
    ['text that weighs more', 'application/openmetrics-text;q=0.5,text/plain;version=0.0.4', TEXT],
    ['equals: what comes first', 'text/plain;version=0.0.4,application/openmetrics-text', TEXT],
    ['equals: what is said more exactly', '*/*,application/openmetrics-text;version=1.0.0', OPENMETRICS],
    ['what is refused', 'application/openmetrics-text;q=0,text/plain;q=0.1', TEXT],
    ['a weight that is none', 'application/openmetrics-text;q=high', OPENMETRICS],
    ['capitals, blanks and quotes', ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=1', OPENMETRICS],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
    ['nothing that we have', 'application/json', TEXT],
  ])('who asks for %s', (_, accept, contentType) => {
    expect(negotiate(accept)).toEqual({
      format: contentType.startsWith('text') ? 'text' : 'openmetrics',
      contentType,
    });
  });
});

describe('gzip is taken', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['', false],
    ['identity', false],
    ['gzip', true],
    ['GZIP', true],
    ['deflate, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['gzip, *;q=0', true],
  ])('%j: %j', (header, taken) => {
    expect(acceptsGzip(header)).toBe(taken);
  });
});
