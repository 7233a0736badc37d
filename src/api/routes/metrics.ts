/** `GET /metrics`: Lyrebird's own metrics, apart from the workload's page. */
import { createRoute, z } from '@hono/zod-openapi';

import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';
import { createSelfMetrics } from '../self-metrics.ts';

const route = createRoute({
  method: 'get',
  path: '/metrics',
  summary: "Lyrebird's own metrics",
  description: 'In the text format 0.0.4 of Prometheus. The workload has its own page, on its own port.',
  tags: ['status'],
  responses: {
    200: {
      description: 'Names begin with gen_.',
      content: {
        'text/plain': {
          schema: z
            .string()
            .openapi({ example: '# TYPE gen_late_ticks_total counter\ngen_late_ticks_total 0\n' }),
        },
      },
    },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

export const addMetricsRoutes: AddRoutes = (app, { simulation, version }) => {
  const metrics = createSelfMetrics(simulation, version);
  app.openapi(route, async (c) => c.text(await metrics.page(), 200, { 'Content-Type': metrics.contentType }));
};
