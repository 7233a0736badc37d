/** `POST /control/error_rate`: Mockingbird's form of an effect that moves increments from success to failure. */
import { createRoute, z } from '@hono/zod-openapi';

import { errorRateFields } from '../../control/error-rate.ts';
import { boundedTimeFields } from '../../control/fields.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { BODY_ERRORS, errorResponses } from '../errors.ts';

const body = z
  .strictObject({ ...errorRateFields, ...boundedTimeFields })
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
    'Moves increments from one value of its status label to another, from the next tick on unless it says `at`, so that totals hold. `POST /api/v1/effects` with error_rate says which label and values.',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: body } } } },
  responses: {
    200: {
      description: 'The error rate, with the labels and ticks that it takes.',
      content: { 'application/json': { schema: answer } },
    },
    ...errorResponses({
      ...BODY_ERRORS,
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'rate: needs a number above 0, up to 1',
      invalid_effect:
        'http_requests_total has no label such as status or code with values such as 200 and 500',
    }),
  },
});

export const addErrorRateRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    route,
    async (c) => {
      const { duration_s: durationS, ...request } = c.req.valid('json');
      const effect = await simulation.act({ do: 'error_rate', ...request, durationS });
      const { id, from_tick, until_tick, duration_s, error_rate: set } = effect;
      return c.json(
        {
          status: 'error_rate_set' as const,
          metric: request.metric,
          rate: request.rate,
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
