/** The page, direct: its bytes straight from the columns. Says everything that a page can say. */
import { createPageEncoder } from '../wire/exposition.ts';
import { createLabelStore } from '../wire/labels.ts';
import { prometheusOptions, type PrometheusOptions } from './shared/prometheus-options.ts';
import { createPullSink, type PageSource } from './shared/pull.ts';
import { createSnapshotPool } from './shared/snapshots.ts';
import { DIRECT, defineSink, type SinkContext } from './sink.ts';

export const prometheus = defineSink({
  name: 'prometheus',
  summary: 'A page for Prometheus, encoded straight from the columns: text 0.0.4 and OpenMetrics 1.0.',
  protocol: 'prometheus',
  client: 'direct',
  capabilities: DIRECT,
  options: prometheusOptions,
  create: (options, context) => createPullSink({ options, context, ...pagesOf(options, context) }),
  async print(options, context, { families, format }) {
    const pages = await pagesOf(options, context).createPages(families);
    return pages(format);
  },
});

function pagesOf(
  options: PrometheusOptions,
  context: Pick<SinkContext, 'read' | 'yieldNow' | 'nowMs'>,
): PageSource {
  const snapshots = createSnapshotPool(createLabelStore(), context);
  const timestamps = options.timestamps ? ('wall' as const) : undefined;
  const { created } = options;
  const encoders = {
    text: createPageEncoder({ format: 'text', timestamps }),
    openmetrics: createPageEncoder({ format: 'openmetrics', timestamps, created }),
  };
  return {
    async createPages(families) {
      await snapshots.follow(families);
      return async (format) => {
        const { frame, labels, release } = await snapshots.acquire();
        return { tick: frame.tick, chunks: encoders[format].encode(frame, labels), release };
      };
    },
    change: ({ families }) => snapshots.follow(families),
  };
}
