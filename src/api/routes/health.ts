/** `GET /healthz` and `GET /readyz`: for probes, which look at the status alone. */
import { createRoute, z } from '@hono/zod-openapi';

import { timestamp, type AddRoutes } from '../context.ts';
import { apiError, errorResponses } from '../errors.ts';

const healthy = z
  .strictObject({
    status: z.literal('healthy'),
    timestamp: z.number().describe('Seconds since the Unix epoch.'),
    phase: z.string().describe('What the run is doing: starting, running, holding or stopping.'),
  })
  .openapi('Healthy', { example: { status: 'healthy', timestamp: 1767225600.25, phase: 'running' } });

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Is the engine alive, and no more than three intervals late?',
  tags: ['health'],
  responses: {
    200: { description: 'It is.', content: { 'application/json': { schema: healthy } } },
    ...errorResponses({ unhealthy: 'the next tick is 12.0 s overdue', internal: 'A fault of Lyrebird.' }),
  },
});

const ready = z
  .strictObject({ status: z.literal('ready'), timestamp: z.number() })
  .openapi('Ready', { example: { status: 'ready', timestamp: 1767225600.25 } });

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Is the first tick done, and are all exporters open?',
  tags: ['health'],
  responses: {
    200: { description: 'They are.', content: { 'application/json': { schema: ready } } },
    ...errorResponses({ not_ready: 'the run is starting', internal: 'A fault of Lyrebird.' }),
  },
});

export const addHealthRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(healthz, (c) => {
    const health = simulation.health();
    if (!health.healthy) throw apiError('unhealthy', health.reason, { timestamp: timestamp() });
    return c.json({ status: 'healthy' as const, timestamp: timestamp(), phase: health.reason }, 200);
  });
  app.openapi(readyz, (c) => {
    if (!simulation.ready()) throw apiError('not_ready', `the run is ${simulation.status().state}`);
    return c.json({ status: 'ready' as const, timestamp: timestamp() }, 200);
  });
};
