/** `POST /control/error_rate`: Mockingbird's form of an effect that moves increments from success to failure. */
import { createRoute, z } from '@hono/zod-openapi';

import { durationAboveZero } from '../../control/fields.ts';
import { errorLabelsOf } from '../../simulation/error-rate.ts';
import { unknownMetric } from '../../simulation/unknown.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { apiError, errorResponses } from '../errors.ts';

const SHARE = { error: 'needs a number above 0, up to 1' };

const body = z
  .strictObject({
    metric: z.string().describe('Name in the file, of a counter with a label such as status or code.'),
    rate: z.number(SHARE).gt(0, SHARE).max(1, SHARE).describe('The share of successes that fail.'),
    duration_s: durationAboveZero()
      .describe('Seconds, or a duration with units; rounded up to whole ticks.')
      .openapi({ example: 30 }),
  })
  .openapi('ErrorRateRequest', { example: { metric: 'http_requests_total', rate: 0.2, duration_s: 30 } });

const answer = z
  .strictObject({
    status: z.literal('error_rate_set'),
    metric: z.string(),
    rate: z.number(),
    duration_s: z.number().describe('In whole ticks.'),
    id: z.string().describe('Of the effect; another rate for the metric takes its place.'),
    from: z.record(z.string(), z.string()).readonly(),
    to: z.record(z.string(), z.string()).readonly(),
    from_tick: z.int().describe('The first tick that it changes.'),
    until_tick: z.int().nullable().describe('The first tick that it no longer changes.'),
  })
  .openapi('ErrorRateSet', {
    example: {
      status: 'error_rate_set',
      metric: 'http_requests_total',
      rate: 0.2,
      duration_s: 30,
      id: 'error-rate-http_requests_total',
      from: { status: '200' },
      to: { status: '500' },
      from_tick: 61,
      until_tick: 91,
    },
  });

const route = createRoute({
  method: 'post',
  path: '/control/error_rate',
  summary: 'Have a share of successes of a counter fail for a while',
  description:
    'Moves increments from one value of its status label to another, from the next tick on, so that totals hold. `POST /api/v1/effects` with error_rate says which label and values.',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: body } } } },
  responses: {
    200: {
      description: 'The error rate, with the labels and ticks that it takes.',
      content: { 'application/json': { schema: answer } },
    },
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      not_running: 'the run is holding: no further tick comes',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'rate: needs a number above 0, up to 1',
      invalid_effect:
        'http_requests_total has no label such as status or code with values such as 200 and 500',
      not_ready: 'the first tick is not done yet',
      run_failed: 'the run has failed',
      internal: 'A fault of Lyrebird.',
    }),
  },
});

export const addErrorRateRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    route,
    async (c) => {
      const { metric, rate, duration_s: durationS } = c.req.valid('json');
      const family = simulation.families.find(({ name }) => name === metric);
      if (family === undefined)
        throw unknownMetric(
          metric,
          simulation.families.map(({ name }) => name),
        );
      if (family.type !== 'counter')
        throw apiError('invalid_effect', `${metric} is a ${family.type}; error rates are for counters`);
      const labels = errorLabelsOf(family);
      if (labels === undefined)
        throw apiError(
          'invalid_effect',
          `${metric} has no label such as status or code with values such as 200 and 500; name them in error_rate of POST /api/v1/effects`,
        );
      const { effect } = await simulation.setEffect({
        id: `error-rate-${metric.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`.slice(0, 64),
        metrics: [metric],
        errorRate: { ...labels, share: rate },
        durationS,
      });
      const { id, from_tick, until_tick, duration_s, error_rate: set } = effect;
      return c.json(
        {
          status: 'error_rate_set' as const,
          metric,
          rate,
          duration_s: duration_s ?? durationS,
          id,
          from: set?.from ?? {},
          to: set?.to ?? {},
          from_tick,
          until_tick,
        },
        200,
      );
    },
    refuseBody(body),
  );
};
