/** `/api/v1/effects`: changes of what is generated, for as long as they last. */
import { createRoute, z } from '@hono/zod-openapi';

import { effectFields, effectRequestOf, type EffectRequest } from '../../control/effect.ts';
import { SHAPES } from '../../simulation/contract.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { addTimedRoutes, madeResponses } from './timed.ts';

const EXAMPLE = {
  metrics: 'http_*',
  series: '{region="eu-west-1",status=~"5.."}',
  rate: 5,
  duration_s: '10m',
  ramp_up_s: '2m',
  ramp_down_s: '2m',
  shape: 'sine',
};

const id = z.string().optional().describe('Default: effect-1, effect-2, ... One by the same id is replaced.');

const effectBody = z
  .strictObject({ id, ...effectFields })
  .openapi('EffectRequest', { example: { id: 'eu-errors', ...EXAMPLE } });

const putBody = z.strictObject(effectFields).openapi('EffectFields', { example: EXAMPLE });

const STATUS_EXAMPLE = {
  id: 'eu-errors',
  metrics: ['http_requests_total'],
  series: '{region="eu-west-1",status=~"5.."}',
  rate: 5,
  value: { scale: 1, offset: 0 },
  params: {},
  error_rate: null,
  situation: null,
  freeze: false,
  nan: false,
  drop: false,
  reset: false,
  duration_s: 600,
  ramp_up_s: 120,
  ramp_down_s: 120,
  shape: 'sine' as const,
  from_tick: 61,
  until_tick: 661,
  remaining_seconds: 600,
  strength: 0,
  targets: [{ metric: 'http_requests_total', series: 12, of: 240 }],
};

/** An effect as `/status` and the routes below show it. */
export const effectStatus = z
  .strictObject({
    id: z.string(),
    metrics: z.array(z.string()).readonly().describe('Those that it changes.'),
    series: z.string().describe('Label matchers; empty for none.'),
    rate: z.number().describe('At full strength.'),
    value: z.strictObject({ scale: z.number(), offset: z.number() }).readonly(),
    params: z
      .record(z.string(), z.strictObject({ scale: z.number(), add: z.number() }).readonly())
      .readonly()
      .describe('Options become x * scale + add; scale is 0 where a number takes their place.'),
    error_rate: z
      .strictObject({
        from: z.record(z.string(), z.string()).readonly(),
        to: z.record(z.string(), z.string()).readonly(),
        share: z.number(),
      })
      .readonly()
      .nullable(),
    situation: z.string().nullable().describe('The situation that series are in at full strength.'),
    freeze: z.boolean(),
    nan: z.boolean(),
    drop: z.boolean(),
    reset: z.boolean(),
    duration_s: z.number().nullable().describe('In whole ticks; null until it is cancelled.'),
    ramp_up_s: z.number(),
    ramp_down_s: z.number(),
    shape: z.enum(SHAPES),
    from_tick: z.int().describe('The first tick that it changes.'),
    until_tick: z.int().nullable().describe('The first tick that it no longer changes.'),
    remaining_seconds: z.number().nullable().describe('Of model time.'),
    strength: z.number().describe('At the tick last done: from 0, not there, to 1, in full.'),
    targets: z
      .array(z.strictObject({ metric: z.string(), series: z.int(), of: z.int() }).readonly())
      .readonly()
      .describe('How many series of each metric it changes.'),
  })
  .openapi('Effect', {
    example: STATUS_EXAMPLE,
  });

const ERRORS = {
  metric_not_found: 'no metric is called http_requests, did you mean http_requests_total?',
  client_cannot_express:
    'drop: otel-sdk cannot show absent series (queue_depth); use exporters.otel.client: direct',
  effect_id_reserved: 'spike-1 is a name of POST /control/spike; choose another id',
  tick_past: 'at is tick 5; the next tick is 9',
  invalid_body: 'rate: needs a finite number from 0',
  invalid_effect: 'ramps of 40 s and 40 s do not fit into duration_s, which is 60',
  invalid_matcher: 'series: character 8: needs =, !=, =~ or !~',
  no_series:
    'series: {region="eu"} matches none of the 240 series of http_requests_total; alone region="eu" matches 0',
};

const PATH = '/api/v1/effects';
const ID = 'eu-errors';

const put = createRoute({
  method: 'put',
  path: `${PATH}/{id}`,
  summary: 'Create an effect with this id, or replace it',
  tags: ['effects'],
  request: {
    params: z.object({ id: z.string().openapi({ example: ID }) }),
    body: { required: true, content: { 'application/json': { schema: putBody } } },
  },
  responses: madeResponses(effectStatus, ERRORS),
});

export const addEffectRoutes: AddRoutes = (app, { simulation }) => {
  const set = async (request: EffectRequest) => {
    const { outcome, effect } = await simulation.setEffect(request);
    return { isNew: outcome === 'created', answer: effect };
  };
  addTimedRoutes(app, {
    path: PATH,
    key: 'effects',
    tag: 'effects',
    id: ID,
    body: effectBody,
    status: effectStatus,
    list: { name: 'EffectList', example: STATUS_EXAMPLE },
    texts: {
      create: {
        summary: 'Change what some series generate, for a while or until it is cancelled',
        description:
          'Effects fold in order of id: rates and scales multiply, offsets add up. The same request again changes nothing.',
      },
      list: 'Effects that are not over, spikes included',
      get: 'One effect that is not over',
      cancel: 'End an effect with the next tick, or a later one, without a ramp',
    },
    errors: ERRORS,
    notFound: { effect_not_found: 'no effect eu-errors is active or to come; there are: none' },
    create: ({ id: asked, ...body }) => set(effectRequestOf(body, asked)),
    all: () => simulation.status().active_effects,
    find: simulation.effect,
    cancel: (id, at) => simulation.act({ do: 'cancel_effect', id, at }),
  });
  app.openapi(
    put,
    async (c) => {
      const made = await set(effectRequestOf(c.req.valid('json'), c.req.valid('param').id));
      return made.isNew ? c.json(made.answer, 201) : c.json(made.answer, 200);
    },
    refuseBody(putBody),
  );
};
