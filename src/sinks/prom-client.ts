/**
 * The page, by prom-client: a real registry whose metrics read the columns; no Counter or Histogram of the library
 * accumulates beside them. OpenMetrics pages are our own writer's: prom-client's has no UNIT, and asking it for
 * one spoils the names on its text page.
 *
 * What prom-client prints otherwise than the direct client: NaN as `Nan`, which readers take; -0 as `0`; `le` and
 * `quantile` before the other labels. It prints no timestamps.
 */
import { Registry } from 'prom-client';

import { LyrebirdError } from '../util/errors.ts';
import { CHUNK_BYTES, createPageEncoder, preparePages } from '../wire/exposition.ts';
import { registerFamilies } from './prom-client/registry.ts';
import { prometheusOptions, type PrometheusOptions } from './shared/prometheus-options.ts';
import { createPullSink } from './shared/pull.ts';
import { inSlices } from './shared/slices.ts';
import { createSnapshotPool } from './shared/snapshots.ts';
import { DIRECT, defineSink } from './sink.ts';

export const promClient = defineSink({
  name: 'prom-client',
  summary: 'A page for Prometheus from a prom-client registry.',
  protocol: 'prometheus',
  client: 'library',
  // The metrics in the registry are ours and read the columns, so that it shows what the direct client shows.
  capabilities: DIRECT,
  options: prometheusOptions,
  obstacle,
  create(options, context) {
    const missing = obstacle(options);
    if (missing !== undefined) {
      throw new LyrebirdError(
        'client_cannot_express',
        `exporters.prometheus.client: the library client (prom-client) cannot show ${missing}; use client: direct`,
      );
    }
    return createPullSink({
      options,
      context,
      async createPages(families) {
        const registry = new Registry();
        registerFamilies(registry, families, context.read);
        const labels = await inSlices(preparePages(families), context);
        const { created } = options;
        const openMetrics = createPageEncoder(families, labels, { format: 'openmetrics', created });
        const snapshots = createSnapshotPool(families, context);
        return async (format) => {
          if (format === 'text') return pageOf(await registry.metrics());
          const { frame, release } = await snapshots.acquire();
          return { chunks: openMetrics.encode(frame), release };
        };
      },
    });
  },
});

function obstacle({ timestamps }: PrometheusOptions): string | undefined {
  return timestamps ? 'timestamps (exporters.prometheus.timestamps)' : undefined;
}

function pageOf(text: string) {
  const bytes = Buffer.from(text);
  return { chunks: chunksOf(bytes), length: bytes.length, release: () => undefined };
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) yield bytes.subarray(from, from + CHUNK_BYTES);
}
