/** `POST /control/spike` and `DELETE /control/spike/{id}`. */
import { createRoute, z } from '@hono/zod-openapi';

import { spikeDuration, spikeFields } from '../../control/spike.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';

const spikeBody = z
  .strictObject({ ...spikeFields, duration_s: spikeDuration() })
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
  description: 'Starts with the next tick. Several spikes of one metric multiply, and each ends by itself.',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: spikeBody } } } },
  responses: {
    200: {
      description: 'The spike, with the ticks that it takes.',
      content: { 'application/json': { schema: spikeAnswer('spike_triggered', 'SpikeStarted') } },
    },
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      not_running: 'the run is holding: no further tick comes',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'multiplier: needs a finite number above 0',
      not_ready: 'the first tick is not done yet',
      run_failed: 'the run has failed',
      internal: 'A fault of Lyrebird.',
    }),
  },
});

const cancel = createRoute({
  method: 'delete',
  path: '/control/spike/{id}',
  summary: 'End a spike with the next tick',
  tags: ['control'],
  request: { params: z.object({ id: z.string().openapi({ example: 'spike-1' }) }) },
  responses: {
    200: {
      description: 'The spike, with the ticks that it took.',
      content: { 'application/json': { schema: spikeAnswer('spike_cancelled', 'SpikeCancelled') } },
    },
    ...errorResponses({
      spike_not_found: 'no spike spike-9 is active',
      not_running: 'the run is holding: no further tick comes',
      not_ready: 'the first tick is not done yet',
      run_failed: 'the run has failed',
      internal: 'A fault of Lyrebird.',
    }),
  },
});

export const addSpikeRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    start,
    async (c) => {
      const { metric, multiplier, duration_s: durationS } = c.req.valid('json');
      const { remaining_seconds: _, ...spike } = await simulation.spike({ metric, multiplier, durationS });
      return c.json({ status: 'spike_triggered' as const, ...spike }, 200);
    },
    refuseBody(spikeBody),
  );
  app.openapi(cancel, async (c) => {
    const { remaining_seconds: _, ...spike } = await simulation.cancelSpike(c.req.valid('param').id);
    return c.json({ status: 'spike_cancelled' as const, ...spike }, 200);
  });
};
