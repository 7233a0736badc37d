/** `/api/v1/explosions`: metrics whose series become many others for a while. */
import { z } from '@hono/zod-openapi';

import { explosionFields } from '../../control/explosion.ts';
import { timeFields } from '../../control/fields.ts';
import type { AddRoutes } from '../context.ts';
import { addTimedRoutes, timedStatus } from './timed.ts';

const body = z
  .strictObject({
    id: z
      .string()
      .optional()
      .describe('Default: explosion-1, explosion-2, ... One by the same id is replaced.'),
    ...explosionFields,
    ...timeFields,
  })
  .openapi('ExplosionRequest', {
    example: {
      id: 'bomb',
      metric: 'http_requests_total',
      label: 'request_id',
      values: 100,
      duration_s: '2m',
    },
  });

const EXAMPLE = {
  id: 'bomb',
  from_tick: 61,
  until_tick: 181,
  duration_s: 120,
  remaining_seconds: 120,
  metric: 'http_requests_total',
  label: 'request_id',
  values: 100,
  series: 24_000,
  stored_series: 24_000,
};

/** An explosion as `/status` and the routes below show it. */
export const explosionStatus = z
  .strictObject({
    ...timedStatus,
    metric: z.string(),
    label: z.string(),
    values: z.int(),
    series: z
      .int()
      .describe('The most label sets of the metric while it lasts, with other explosions of it.'),
    stored_series: z.int().describe('What a backend keeps of them.'),
  })
  .openapi('Explosion', { example: EXAMPLE });

export const addExplosionRoutes: AddRoutes = (app, { simulation }) =>
  addTimedRoutes(app, {
    path: '/api/v1/explosions',
    key: 'explosions',
    tag: 'churn',
    id: 'bomb',
    body,
    status: explosionStatus,
    list: { name: 'ExplosionList', example: EXAMPLE },
    texts: {
      create: {
        summary: 'Give a metric a label with many values, for a while or until it is cancelled',
        description:
          'All series of the metric end, and each is born anew with every value of the label; at the end the same happens the other way round.',
      },
      list: 'Explosions that are not over',
      get: 'One explosion that is not over',
      cancel: 'End an explosion with the next tick, or a later one',
    },
    errors: {
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      client_cannot_express:
        'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
      effect_id_reserved: 'scenario.bomb.1 is a name that scenarios give; choose another id',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'label: a label name is letters, digits and _, not a digit first',
      invalid_explosion:
        'values is 1000, which brings the stored series to 1,200,000, more than limits.max_series, 1,000,000',
    },
    notFound: { explosion_not_found: 'no explosion bomb is active or to come; there are: none' },
    async create({ duration_s: durationS, ...request }) {
      const { outcome, explosion } = await simulation.act({ do: 'explode', ...request, durationS });
      return { isNew: outcome === 'created', answer: explosion };
    },
    all: () => simulation.status().active_explosions,
    find: simulation.explosion,
    cancel: (id, at) => simulation.act({ do: 'cancel_explosion', id, at }),
  });
