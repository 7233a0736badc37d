/** `POST /control/situation` and `GET /api/v1/situations`: learned series as they are under other circumstances. */
import { createRoute, z } from '@hono/zod-openapi';

import { situationsIn } from '../../config/situations.ts';
import { effectFields } from '../../control/effect.ts';
import { situationEffect, situationFields } from '../../control/situation.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { BODY_ERRORS, errorResponses } from '../errors.ts';
import { effectStatus } from './effects.ts';

const { at, duration_s } = effectFields;

const body = z
  .strictObject({ ...situationFields, at, duration_s })
  .openapi('SituationRequest', { example: { to: 'high_load', over_s: '2m' } });

const list = z
  .strictObject({
    situations: z
      .array(
        z.strictObject({
          name: z.string(),
          metrics: z.int().describe('How many metrics know it.'),
          beginning: z.int().describe('How many of them are in it without an effect.'),
        }),
      )
      .readonly(),
  })
  .openapi('SituationList', {
    example: {
      situations: [
        { name: 'normal', metrics: 312, beginning: 312 },
        { name: 'high_load', metrics: 312, beginning: 0 },
      ],
    },
  });

const lead = createRoute({
  method: 'post',
  path: '/control/situation',
  summary: 'Lead learned series to another situation',
  description:
    'An effect with `situation` on every metric that knows it: of effects that overlap, the one that begins later leads away from where those before have led. One without an end ends those before it when it is there in full.',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: body } } } },
  responses: {
    200: {
      description: 'The effect, with the ticks that it takes.',
      content: { 'application/json': { schema: effectStatus } },
    },
    ...errorResponses({
      ...BODY_ERRORS,
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'to: is missing; needs text',
      invalid_effect: 'situation is hihg_load, which no metric knows, did you mean high_load?',
      invalid_matcher: 'series: character 8: needs =, !=, =~ or !~',
      no_series: 'series: {instance="x"} matches none of the 240 series of node_load1',
    }),
  },
});

const show = createRoute({
  method: 'get',
  path: '/api/v1/situations',
  summary: 'Situations that metrics know',
  description: 'What leads to them at the moment is among the effects.',
  tags: ['scenarios'],
  responses: {
    200: { description: 'By name.', content: { 'application/json': { schema: list } } },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

export const addSituationRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    lead,
    async (c) => {
      const { over_s: overS = 0, duration_s: durationS, ...request } = c.req.valid('json');
      const { effect } = await simulation.setEffect(situationEffect({ ...request, overS, durationS }));
      return c.json(effect, 200);
    },
    refuseBody(body),
  );
  app.openapi(show, (c) => {
    const found = new Map<string, { metrics: number; beginning: number }>();
    for (const metric of simulation.config.metrics) {
      for (const [index, name] of situationsIn(metric).entries()) {
        const { metrics, beginning } = found.get(name) ?? { metrics: 0, beginning: 0 };
        found.set(name, { metrics: metrics + 1, beginning: beginning + Number(index === 0) });
      }
    }
    const situations = Array.from(found, ([name, counts]) => ({ name, ...counts }));
    return c.json({ situations: situations.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }, 200);
  });
};
