/** `/api/v1/explosions`: metrics whose series become many others for a while. */
import { createRoute, z } from '@hono/zod-openapi';

import { explosionFields, timeFields } from '../../control/explosion.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';

const EXAMPLE = { metric: 'http_requests_total', label: 'request_id', values: 100, duration_s: '2m' };

const explosionBody = z
  .strictObject({
    id: z
      .string()
      .optional()
      .describe('Default: explosion-1, explosion-2, ... One by the same id is replaced.'),
    ...explosionFields,
    ...timeFields,
  })
  .openapi('ExplosionRequest', { example: { id: 'bomb', ...EXAMPLE } });

const STATUS_EXAMPLE = {
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

/** When something is there, as `/status` and the routes show it. */
export const timedStatus = {
  id: z.string(),
  from_tick: z.int().describe('The first tick that it is there.'),
  until_tick: z.int().nullable().describe('The first tick that it is over; null until it is cancelled.'),
  duration_s: z.number().nullable().describe('In whole ticks; null until it is cancelled.'),
  remaining_seconds: z.number().nullable().describe('Of model time.'),
};

/** An explosion as `/status` and the routes below show it. */
export const explosionStatus = z
  .strictObject({
    ...timedStatus,
    metric: z.string(),
    label: z.string(),
    values: z.int(),
    series: z.int().describe('Label sets of the metric while it lasts.'),
    stored_series: z.int().describe('What a backend keeps of them.'),
  })
  .openapi('Explosion', { example: STATUS_EXAMPLE });

const explosionList = z
  .strictObject({ explosions: z.array(explosionStatus).readonly() })
  .openapi('ExplosionList', { example: { explosions: [STATUS_EXAMPLE] } });

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: explosionStatus } },
});

export const RUN_ERRORS = {
  not_running: 'the run is holding: no further tick comes',
  not_ready: 'the first tick is not done yet',
  run_failed: 'the run has failed',
  internal: 'A fault of Lyrebird.',
};

const PATH = '/api/v1/explosions';
const tags = ['churn'];
const params = z.object({ id: z.string().openapi({ example: 'bomb' }) });
const NOT_FOUND = { explosion_not_found: 'no explosion bomb is active or to come; there are: none' };

const create = createRoute({
  method: 'post',
  path: PATH,
  summary: 'Give a metric a label with many values, for a while or until it is cancelled',
  description:
    'All series of the metric end, and each is born anew with every value of the label; at the end the same happens the other way round.',
  tags,
  request: { body: { required: true, content: { 'application/json': { schema: explosionBody } } } },
  responses: {
    200: answer('It takes the place of the one with its id, from the next tick on; or it was there already.'),
    201: answer('It is new.'),
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
      client_cannot_express:
        'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
      effect_id_reserved: 'scenario.bomb.1 is a name that scenarios give; choose another id',
      tick_past: 'at is tick 5; the next tick is 9',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'label: a label name is letters, digits and _, not a digit first',
      invalid_explosion:
        'values is 1000, which brings the stored series to 1,200,000, more than limits.max_series, 1,000,000',
      ...RUN_ERRORS,
    }),
  },
});

const list = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Explosions that are not over',
  tags,
  responses: {
    200: { description: 'In order of id.', content: { 'application/json': { schema: explosionList } } },
    ...errorResponses({ internal: RUN_ERRORS.internal }),
  },
});

const get = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  summary: 'One explosion that is not over',
  tags,
  request: { params },
  responses: {
    200: answer('As of the last tick.'),
    ...errorResponses({ ...NOT_FOUND, internal: RUN_ERRORS.internal }),
  },
});

const cancel = createRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  summary: 'End an explosion with the next tick',
  tags,
  request: { params },
  responses: {
    200: answer('The explosion, with the ticks that it took.'),
    ...errorResponses({ ...NOT_FOUND, ...RUN_ERRORS }),
  },
});

export const addExplosionRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    create,
    async (c) => {
      const { duration_s: durationS, ...body } = c.req.valid('json');
      const { outcome, explosion } = await simulation.act({ do: 'explode', ...body, durationS });
      return outcome === 'created' ? c.json(explosion, 201) : c.json(explosion, 200);
    },
    refuseBody(explosionBody),
  );
  app.openapi(list, (c) => c.json({ explosions: simulation.status().active_explosions }, 200));
  app.openapi(get, (c) => c.json(simulation.explosion(c.req.valid('param').id), 200));
  app.openapi(cancel, async (c) =>
    c.json(await simulation.act({ do: 'cancel_explosion', id: c.req.valid('param').id }), 200),
  );
};
