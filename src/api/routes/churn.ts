/** `/api/v1/churn`: series that turn over from a tick on, as `churn` of a profile has them from the start. */
import { createRoute, z } from '@hono/zod-openapi';

import { runtimeChurnFields } from '../../control/churn.ts';
import { timeFields } from '../../control/explosion.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';
import { RUN_ERRORS, timedStatus } from './explosions.ts';

const CHURN = { kind: 'rolling' as const, label: 'pod', over: 300, after: 0 };

const churnBody = z
  .strictObject({
    id: z.string().optional().describe('Default: churn-1, churn-2, ... One by the same id is replaced.'),
    ...runtimeChurnFields,
    ...timeFields,
  })
  .openapi('ChurnRequest', {
    example: { id: 'deploy', profile: 'small', churn: { kind: 'rolling', label: 'zone', over: '5m' } },
  });

const STATUS_EXAMPLE = {
  id: 'deploy',
  from_tick: 61,
  until_tick: null,
  duration_s: null,
  remaining_seconds: null,
  profile: 'web',
  churn: CHURN,
  metrics: ['http_requests_total'],
};

/** What one kind or another has. */
const OPTIONS = {
  over: z.number().optional(),
  every: z.number().optional(),
  after: z.number().optional(),
  min: z.int().optional(),
  max: z.int().optional(),
  period: z.number().optional(),
  shape: z.enum(['sine', 'triangle', 'square']).optional(),
  share: z.number().optional(),
  back_off: z.number().optional(),
  max_back_off: z.number().optional(),
  per_hour: z.number().optional(),
};

/** A churn as `/status` and the routes below show it. */
export const churnStatus = z
  .strictObject({
    ...timedStatus,
    profile: z.string(),
    churn: z
      .strictObject({
        kind: z.enum(['rolling', 'autoscale', 'crash_loop', 'steady']),
        label: z.string(),
        ...OPTIONS,
      })
      .readonly()
      .describe('As asked for, times in seconds.'),
    metrics: z.array(z.string()).readonly().describe('Those whose series turn over.'),
  })
  .openapi('Churn', { example: STATUS_EXAMPLE });

const churnList = z
  .strictObject({ churn: z.array(churnStatus).readonly() })
  .openapi('ChurnList', { example: { churn: [STATUS_EXAMPLE] } });

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: churnStatus } },
});

const PATH = '/api/v1/churn';
const tags = ['churn'];
const params = z.object({ id: z.string().openapi({ example: 'deploy' }) });
const NOT_FOUND = { churn_not_found: 'no churn deploy is active or to come; there are: none' };

const create = createRoute({
  method: 'post',
  path: PATH,
  summary: 'Have series of a profile turn over, for a while or until it is cancelled',
  description:
    'Old series end and others begin from zero. At the end what is away comes back, and labels stay what they have become.',
  tags,
  request: { body: { required: true, content: { 'application/json': { schema: churnBody } } } },
  responses: {
    200: answer('It takes the place of the one with its id, from the next tick on; or it was there already.'),
    201: answer('It is new.'),
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      profile_not_found: 'no profile is called wep, did you mean web?',
      client_cannot_express:
        'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
      effect_id_reserved: 'scenario.deploy.1 is a name that scenarios give; choose another id',
      tick_past: 'at is tick 5; the next tick is 9',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'churn.kind: is "rollin"; allowed: rolling, autoscale, crash_loop, steady',
      invalid_churn: 'churn.label: is "pods", which is no label of the profile; it has pod',
      ...RUN_ERRORS,
    }),
  },
});

const list = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Churn that is not over, without that of the file',
  tags,
  responses: {
    200: { description: 'In order of id.', content: { 'application/json': { schema: churnList } } },
    ...errorResponses({ internal: RUN_ERRORS.internal }),
  },
});

const get = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  summary: 'One churn that is not over',
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
  summary: 'End a churn with the next tick',
  tags,
  request: { params },
  responses: {
    200: answer('The churn, with the ticks that it took.'),
    ...errorResponses({ ...NOT_FOUND, ...RUN_ERRORS }),
  },
});

export const addChurnRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    create,
    async (c) => {
      const { duration_s: durationS, ...body } = c.req.valid('json');
      const { outcome, churn } = await simulation.act({ do: 'set_churn', ...body, durationS });
      return outcome === 'created' ? c.json(churn, 201) : c.json(churn, 200);
    },
    refuseBody(churnBody),
  );
  app.openapi(list, (c) => c.json({ churn: simulation.status().active_churn }, 200));
  app.openapi(get, (c) => c.json(simulation.churn(c.req.valid('param').id), 200));
  app.openapi(cancel, async (c) =>
    c.json(await simulation.act({ do: 'cancel_churn', id: c.req.valid('param').id }), 200),
  );
};
