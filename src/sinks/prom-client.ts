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
import { CHUNK_BYTES, createPageEncoder } from '../wire/exposition.ts';
import { createLabelStore } from '../wire/labels.ts';
import { registerFamilies, type Registration } from './prom-client/registry.ts';
import { prometheusOptions, type PrometheusOptions } from './shared/prometheus-options.ts';
import { createPullSink, type PageSource } from './shared/pull.ts';
import { createSnapshotPool } from './shared/snapshots.ts';
import { DIRECT, defineSink, type SinkContext } from './sink.ts';

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
    return createPullSink({ options, context, ...pagesOf(options, context) });
  },
  async print(options, context, { families, format }) {
    const pages = await pagesOf(options, context).createPages(families);
    return pages(format);
  },
});

function pagesOf(
  { created }: PrometheusOptions,
  context: Pick<SinkContext, 'read' | 'yieldNow' | 'nowMs'>,
): PageSource {
  const registry = new Registry();
  const snapshots = createSnapshotPool(createLabelStore(), context);
  const openMetrics = createPageEncoder({ format: 'openmetrics', created });
  let registration: Registration | undefined;
  /** The tick that the registry was last read at. */
  let tick = -1;

  /** The text page: asked for again when families changed on the way, which the metrics asked did not know of. */
  const textPage = async () => {
    for (;;) {
      const version = registration?.version;
      const page = await registry.metrics();
      if (registration?.version === version) return { tick, ...pageOf(page) };
    }
  };
  return {
    async createPages(families) {
      registration = registerFamilies(registry, families, (use) =>
        context.read((frame) => {
          tick = frame.tick;
          return use(frame);
        }),
      );
      await snapshots.follow(families);
      return async (format) => {
        if (format === 'text') return textPage();
        const { frame, labels, release } = await snapshots.acquire();
        return { tick: frame.tick, chunks: openMetrics.encode(frame, labels), release };
      };
    },
    async change({ families }) {
      registration?.follow(families);
      await snapshots.follow(families);
    },
  };
}

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
