/** `POST /control/scenario`, `DELETE /control/scenario/{name}` and `GET /api/v1/scenarios`. */
import { createRoute, z } from '@hono/zod-openapi';

import { timeFields } from '../../control/fields.ts';
import { refuseBody, refuseQuery } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { BODY_ERRORS, errorResponses, RUN_ERRORS } from '../errors.ts';
import { atOf, whenQuery } from '../when.ts';

const scenarioBody = z
  .strictObject({ scenario: z.string().describe('Name in the file.'), at: timeFields.at })
  .openapi('ScenarioRequest', { example: { scenario: 'black_friday' } });

const STEP = { id: 'scenario.black_friday.1', kind: 'effect', at_s: 0, for_s: 300, failure: null };

const STATUS = {
  name: 'black_friday',
  description: 'Five times the traffic for an hour.',
  active: true,
  from_tick: 61,
  until_tick: 361,
  remaining_seconds: 300,
  steps: [STEP],
};

const scenarioStatus = z
  .strictObject({
    name: z.string(),
    description: z.string().nullable(),
    active: z.boolean(),
    from_tick: z.int().nullable().describe('Its first tick, when it is active.'),
    until_tick: z
      .int()
      .nullable()
      .describe('The first tick that it is over, when it is active; null without an end.'),
    remaining_seconds: z.number().nullable().describe('Of model time; null without an end.'),
    steps: z
      .array(
        z.strictObject({
          id: z.string().describe('Of the effect, or whatever the step makes.'),
          kind: z.string(),
          at_s: z.number(),
          for_s: z.number().nullable(),
          failure: z.string().nullable().describe('Why it could not begin when it last should have.'),
        }),
      )
      .readonly(),
  })
  .openapi('Scenario', {
    example: STATUS,
  });

const scenarioList = z
  .strictObject({ scenarios: z.array(scenarioStatus).readonly() })
  .openapi('ScenarioList', { example: { scenarios: [STATUS] } });

const started = z
  .strictObject({
    status: z.literal('scenario_started'),
    scenario: z.string(),
    from_tick: z.int().nullable().describe('Its first tick.'),
    until_tick: z.int().nullable().describe('The first tick that it is over; null without an end.'),
  })
  .openapi('ScenarioStarted', {
    example: { status: 'scenario_started', scenario: 'black_friday', from_tick: 61, until_tick: 361 },
  });

const stopped = z
  .strictObject({ status: z.literal('scenario_stopped'), scenario: z.string() })
  .openapi('ScenarioStopped', { example: { status: 'scenario_stopped', scenario: 'black_friday' } });

const start = createRoute({
  method: 'post',
  path: '/control/scenario',
  summary: 'Start a scenario of the file with the next tick, or a later one',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: scenarioBody } } } },
  responses: {
    200: {
      description: 'It runs, with the ticks that it takes.',
      content: { 'application/json': { schema: started } },
    },
    ...errorResponses({
      ...BODY_ERRORS,
      scenario_not_found: 'no scenario is called black_fryday, did you mean black_friday?',
      metric_not_found: 'step 1 of black_friday: no metric is called http_requests',
      scenario_running: 'black_friday runs since tick 61; DELETE /control/scenario/black_friday stops it',
      client_cannot_express:
        'step 1 of black_friday: drop: otel-sdk cannot show absent series (queue_depth); use exporters.otel.client: direct',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'scenario: is missing; needs text',
      invalid_effect: 'step 1 of black_friday: nothing changes',
      invalid_matcher: 'step 1 of black_friday: series: character 8: needs =, !=, =~ or !~',
      no_series: 'step 1 of black_friday: series: {region="eu"} matches none of the 240 series',
      invalid_scenario: 'at is "soon"; allowed: a tick, or a time such as 2026-01-01T00:05:00Z',
    }),
  },
});

const stop = createRoute({
  method: 'delete',
  path: '/control/scenario/{name}',
  summary: 'End a scenario, and all that it has begun, with the next tick, or a later one',
  tags: ['control'],
  request: {
    params: z.object({ name: z.string().openapi({ example: 'black_friday' }) }),
    query: whenQuery,
  },
  responses: {
    200: {
      description: 'Nothing of it is left from then on.',
      content: { 'application/json': { schema: stopped } },
    },
    ...errorResponses({
      scenario_not_found: 'no scenario is called black_fryday, did you mean black_friday?',
      scenario_not_running: 'black_friday is not running; running: none',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_query: 'at: is "soon"; needs a tick, or a time such as 2026-01-01T00:05:00Z',
      ...RUN_ERRORS,
    }),
  },
});

const list = createRoute({
  method: 'get',
  path: '/api/v1/scenarios',
  summary: 'Scenarios of the file, and which of them run',
  tags: ['scenarios'],
  responses: {
    200: {
      description: 'In the order of the file.',
      content: { 'application/json': { schema: scenarioList } },
    },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

export const addScenarioRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    start,
    async (c) => {
      const request = c.req.valid('json');
      const { scenario } = request;
      const { from_tick, until_tick } = await simulation.act({ do: 'start_scenario', ...request });
      return c.json({ status: 'scenario_started' as const, scenario, from_tick, until_tick }, 200);
    },
    refuseBody(scenarioBody),
  );
  app.openapi(
    stop,
    async (c) => {
      const { name: scenario } = c.req.valid('param');
      await simulation.act({ do: 'stop_scenario', scenario, at: atOf(c.req.valid('query').at) });
      return c.json({ status: 'scenario_stopped' as const, scenario }, 200);
    },
    refuseQuery(whenQuery),
  );
  app.openapi(list, (c) => c.json({ scenarios: simulation.scenarios() }, 200));
};
