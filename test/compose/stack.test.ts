// The services of compose.yaml without their containers: the same files and the same command, on ports of this machine.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  backendOrSkip,
  findBackend,
  startCollector,
  startPrometheus,
  until,
  type Prometheus,
  type QuerySample,
} from '../support/backends.ts';
import { root, startLyrebird, type Lyrebird } from '../support/lyrebird.ts';
import { expand, expressionsOf, readDashboard } from './dashboard.ts';
import { lyrebirdCommand, readText } from './files.ts';

const expressions = expressionsOf(readDashboard());
/** What fails shows up in these; nothing does here. */
const emptyWhenAllIsWell = (expression: string): boolean => expression.includes('gen_export_errors_total');

describe('the stack of compose/', () => {
  const names = ['prometheus', 'otelcol'] as const;
  const complete = names.every((name) => findBackend(name) !== undefined);
  let prometheus: Prometheus;
  let lyrebird: Lyrebird;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    if (!complete) return;
    const collector = await startCollector((ports) =>
      readText('compose/otelcol.yaml')
        .replace('0.0.0.0:4317', `127.0.0.1:${ports.otlpGrpcPort}`)
        .replace('0.0.0.0:8889', `127.0.0.1:${ports.prometheusPort}`),
    );
    stops.push(collector.stop);
    const { file, sets, environment } = lyrebirdCommand();
    const endpoint = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
    lyrebird = await startLyrebird({
      config: join(root, file),
      sets: {
        ...Object.fromEntries(
          sets.map((set) => [set.slice(0, set.indexOf('=')), set.slice(set.indexOf('=') + 1)]),
        ),
        'global.control_bind_address': '127.0.0.1',
        'exporters.prometheus.bind_address': '127.0.0.1',
        'exporters.otel.export_interval_s': 1,
      },
      env: {
        ...environment,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.replace(
          'otel-collector:4317',
          `127.0.0.1:${collector.otlpGrpcPort}`,
        ),
      },
    });
    stops.push(lyrebird.stop);
    prometheus = await startPrometheus({
      config: readText('compose/prometheus.yaml')
        .replaceAll(/(scrape_\w+): 5s/g, '$1: 1s')
        .replace('lyrebird:8000', lyrebird.scrapeTarget)
        .replace('lyrebird:8081', new URL(lyrebird.controlUrl).host)
        .replace('otel-collector:8889', collector.scrapeTarget),
    });
    stops.push(prometheus.stop);
  }, 60_000);

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  /** What a panel shows once there is something to show. */
  function shown(expression: string): Promise<QuerySample[]> {
    return until(
      async () => {
        const samples = await prometheus.query(expand(expression, '10s'));
        return samples.length > 0 && samples.every(({ value }) => Number.isFinite(value)) && samples;
      },
      { what: expression, timeoutMs: 25_000 },
    );
  }

  it('has something to show in every panel', { timeout: 60_000 }, async (context) => {
    for (const name of names) backendOrSkip(context, name);
    for (const { target } of expressions.filter(({ target }) => !emptyWhenAllIsWell(target.expr)))
      await shown(target.expr);
    // By now a failure would have shown.
    for (const { target } of expressions.filter(({ target }) => emptyWhenAllIsWell(target.expr)))
      expect(await prometheus.query(expand(target.expr, '10s'))).toEqual([]);
  });

  it('keeps the same series, with the same labels, of both paths', async (context) => {
    for (const name of names) backendOrSkip(context, name);
    const kept = async (prefix: string): Promise<string[]> => {
      await shown(`count({__name__=~"${prefix}.+"})`);
      const series = await prometheus.series(`{__name__=~"${prefix}.+"}`);
      return series
        .map(({ __name__: name = '', ...labels }) => {
          const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
          return `${name.slice(prefix.length)}{${pairs.toSorted().join()}}`;
        })
        .toSorted();
    };
    const scraped = await kept('prom_');
    expect(scraped.length).toBeGreaterThan(30);
    expect(await kept('otel_')).toEqual(scraped);
  });

  it('takes the spike that the README sends', async (context) => {
    for (const name of names) backendOrSkip(context, name);
    const [, path = '', body = ''] =
      /curl -X POST localhost:8081(\S+)[^']*'[^']*' \\\n *-d '(.*)'/.exec(readText('compose/README.md')) ??
      [];
    expect(await lyrebird.post(path, JSON.parse(body))).toMatchObject({ status: 200 });
    const { active_spikes: spikes } = await lyrebird.status();
    expect(spikes).toMatchObject([JSON.parse(body)]);
  });
});
