/** `POST /control/spike` and `DELETE /control/spike/{id}`. */
import { createRoute, z } from '@hono/zod-openapi';

import { boundedTimeFields } from '../../control/fields.ts';
import { spikeFields } from '../../control/spike.ts';
import { refuseBody, refuseQuery } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { BODY_ERRORS, errorResponses, RUN_ERRORS } from '../errors.ts';
import { atOf, whenQuery } from '../when.ts';

const spikeBody = z
  .strictObject({ ...spikeFields, ...boundedTimeFields })
  .openapi('SpikeRequest', { example: { metric: 'http_requests_total', multiplier: 5, duration_s: 30 } });

const spikeAnswer = (status: 'spike_triggered' | 'spike_cancelled', name: string) =>
  z
    .strictObject({
      status: z.literal(status),
      metric: z.string(),
      multiplier: z.number(),
      duration_s: z.number().describe('In whole ticks.'),
      id: z.string(),
      from_tick: z.int().describe('The first tick that it changes.'),
      until_tick: z.int().describe('The first tick that it no longer changes.'),
    })
    .openapi(name, {
      example: {
        status,
        metric: 'http_requests_total',
        multiplier: 5,
        duration_s: 30,
        id: 'spike-1',
        from_tick: 61,
        until_tick: 91,
      },
    });

const start = createRoute({
  method: 'post',
  path: '/control/spike',
  summary: 'Multiply what a metric generates for a while',
  description:
    'Starts with the next tick unless it says at. Several spikes of one metric multiply, and each ends by itself.',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: spikeBody } } } },
  responses: {
    200: {
      description: 'The spike, with the ticks that it takes.',
      content: { 'application/json': { schema: spikeAnswer('spike_triggered', 'SpikeStarted') } },
    },
    ...errorResponses({
      ...BODY_ERRORS,
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'multiplier: needs a finite number above 0',
      invalid_spike: 'build_info is of type info: its values are 0 and 1 and cannot be multiplied',
    }),
  },
});

const cancel = createRoute({
  method: 'delete',
  path: '/control/spike/{id}',
  summary: 'End a spike with the next tick, or a later one',
  tags: ['control'],
  request: { params: z.object({ id: z.string().openapi({ example: 'spike-1' }) }), query: whenQuery },
  responses: {
    200: {
      description: 'The spike, with the ticks that it took.',
      content: { 'application/json': { schema: spikeAnswer('spike_cancelled', 'SpikeCancelled') } },
    },
    ...errorResponses({
      spike_not_found: 'no spike spike-9 is active',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_query: 'at: is "soon"; needs a tick, or a time such as 2026-01-01T00:05:00Z',
      ...RUN_ERRORS,
    }),
  },
});

export const addSpikeRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    start,
    async (c) => {
      const { duration_s: durationS, ...request } = c.req.valid('json');
      const { remaining_seconds: _, ...spike } = await simulation.spike({ ...request, durationS });
      return c.json({ status: 'spike_triggered' as const, ...spike }, 200);
    },
    refuseBody(spikeBody),
  );
  app.openapi(
    cancel,
    async (c) => {
      const { id } = c.req.valid('param');
      const at = atOf(c.req.valid('query').at);
      const { remaining_seconds: _, ...spike } = await simulation.act({ do: 'cancel_spike', id, at });
      return c.json({ status: 'spike_cancelled' as const, ...spike }, 200);
    },
    refuseQuery(whenQuery),
  );
};
