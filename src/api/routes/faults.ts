/** `/api/v1/faults`: what is wrong with scrapes and pushes, for as long as it lasts. */
import { createRoute, z } from '@hono/zod-openapi';

import { faultFields, faultId, faultTimes, refuseForeign } from '../../control/fault.ts';
import { FAULT_KINDS } from '../../simulation/contract.ts';
import { refuseBody } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';

const faultBody = z
  .strictObject({ id: faultId, ...faultFields, ...faultTimes })
  .superRefine(refuseForeign)
  .openapi('FaultRequest', {
    example: { id: 'flaky', kind: 'fail', share: 0.2, status: 503, duration_s: '10m' },
  });

const STATUS = {
  id: 'flaky',
  kind: 'fail' as const,
  on: 'scrape' as const,
  share: 0.2,
  options: { status: 503 },
  from_tick: 61,
  until_tick: 661,
  remaining_seconds: 600,
  spoilt: 0,
};

/** A fault as `/status` and the routes below show it. */
export const faultStatus = z
  .strictObject({
    id: z.string(),
    kind: z.enum(Object.keys(FAULT_KINDS) as (keyof typeof FAULT_KINDS)[]),
    on: z.enum(['scrape', 'push']),
    share: z.number().describe('Of the requests.'),
    options: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .readonly()
      .describe('Those of its kind, times in whole ticks.'),
    from_tick: z.int().describe('The first tick that it spoils.'),
    until_tick: z.int().nullable().describe('The first tick that it no longer spoils.'),
    remaining_seconds: z.number().nullable().describe('Of model time.'),
    spoilt: z.int().describe('Requests that it has spoilt so far.'),
  })
  .openapi('Fault', { example: STATUS });

const faultList = z
  .strictObject({ faults: z.array(faultStatus).readonly() })
  .openapi('FaultList', { example: { faults: [STATUS] } });

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: faultStatus } },
});

const RUN_ERRORS = {
  not_running: 'the run is holding: no further tick comes',
  not_ready: 'the first tick is not done yet',
  run_failed: 'the run has failed',
  internal: 'A fault of Lyrebird.',
};

const NOT_FOUND = { fault_not_found: 'no fault flaky is active or to come; there are: none' };

const params = z.object({ id: z.string().openapi({ example: 'flaky' }) });

const PATH = '/api/v1/faults';
const tags = ['faults'];

const create = createRoute({
  method: 'post',
  path: PATH,
  summary: 'Spoil scrapes or pushes, for a while or until it is cancelled',
  description:
    'Which requests are spoilt depends on the seed, the id, and the number of the request. The same request again changes nothing.',
  tags,
  request: { body: { required: true, content: { 'application/json': { schema: faultBody } } } },
  responses: {
    200: answer('It takes the place of the one with its id, from the next tick on; or it was there already.'),
    201: answer('It is new.'),
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      effect_id_reserved: 'scenario.flaky.1 is a name that scenarios give; choose another id',
      fault_without_exporter:
        'drop is a fault of pushes, and this run has none: exporters.otel.enabled is false',
      tick_past: 'at is tick 5; the next tick is 9',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'status: is nothing that slow has; it has latency_s, jitter_s',
      invalid_fault: 'at is "x"; allowed: a tick, or a time such as 2026-01-01T00:05:00Z',
      ...RUN_ERRORS,
    }),
  },
});

const list = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Faults that are not over',
  tags,
  responses: {
    200: { description: 'In order of id.', content: { 'application/json': { schema: faultList } } },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

const get = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  summary: 'One fault that is not over',
  tags,
  request: { params },
  responses: {
    200: answer('As of now.'),
    ...errorResponses({ ...NOT_FOUND, internal: 'A fault of Lyrebird.' }),
  },
});

const cancel = createRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  summary: 'End a fault with the next tick',
  tags,
  request: { params },
  responses: {
    200: answer('The fault, with the ticks that it took.'),
    ...errorResponses({ ...NOT_FOUND, ...RUN_ERRORS }),
  },
});

export const addFaultRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(
    create,
    async (c) => {
      const { outcome, fault } = await simulation.setFault(c.req.valid('json'));
      return outcome === 'created' ? c.json(fault, 201) : c.json(fault, 200);
    },
    refuseBody(faultBody),
  );
  app.openapi(list, (c) => c.json({ faults: simulation.status().active_faults }, 200));
  app.openapi(get, (c) => c.json(simulation.fault(c.req.valid('param').id), 200));
  app.openapi(cancel, async (c) => c.json(await simulation.cancelFault(c.req.valid('param').id), 200));
};
