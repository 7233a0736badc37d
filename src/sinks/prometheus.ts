/** The page, direct: its bytes straight from the columns. Says everything that a page can say. */
import { createPageEncoder, preparePages } from '../wire/exposition.ts';
import { prometheusOptions } from './shared/prometheus-options.ts';
import { createPullSink } from './shared/pull.ts';
import { inSlices } from './shared/slices.ts';
import { createSnapshotPool } from './shared/snapshots.ts';
import { DIRECT, defineSink } from './sink.ts';

export const prometheus = defineSink({
  name: 'prometheus',
  summary: 'A page for Prometheus, encoded straight from the columns: text 0.0.4 and OpenMetrics 1.0.',
  protocol: 'prometheus',
  client: 'direct',
  capabilities: DIRECT,
  options: prometheusOptions,
  create: (options, context) =>
    createPullSink({
      options,
      context,
      async createPages(families) {
        const labels = await inSlices(preparePages(families), context);
        const timestamps = options.timestamps ? ('wall' as const) : undefined;
        const { created } = options;
        const encoders = {
          text: createPageEncoder(families, labels, { format: 'text', timestamps }),
          openmetrics: createPageEncoder(families, labels, { format: 'openmetrics', timestamps, created }),
        };
        const snapshots = createSnapshotPool(families, context);
        return async (format) => {
          const { frame, release } = await snapshots.acquire();
          return { chunks: encoders[format].encode(frame), release };
        };
      },
    }),
});
