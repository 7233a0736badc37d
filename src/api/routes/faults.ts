/** `/api/v1/faults`: what is wrong with scrapes and pushes, for as long as it lasts. */
import { z } from '@hono/zod-openapi';

import { faultFields, faultId, refuseForeign } from '../../control/fault.ts';
import { timeFields } from '../../control/fields.ts';
import { FAULT_KINDS } from '../../simulation/contract.ts';
import type { AddRoutes } from '../context.ts';
import { addTimedRoutes } from './timed.ts';

const body = z
  .strictObject({ id: faultId, ...faultFields, ...timeFields })
  .superRefine(refuseForeign)
  .openapi('FaultRequest', {
    example: { id: 'flaky', kind: 'fail', share: 0.2, status: 503, duration_s: '10m' },
  });

const EXAMPLE = {
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
  .openapi('Fault', { example: EXAMPLE });

export const addFaultRoutes: AddRoutes = (app, { simulation }) =>
  addTimedRoutes(app, {
    path: '/api/v1/faults',
    key: 'faults',
    tag: 'faults',
    id: 'flaky',
    body,
    status: faultStatus,
    list: { name: 'FaultList', example: EXAMPLE },
    texts: {
      create: {
        summary: 'Spoil scrapes or pushes, for a while or until it is cancelled',
        description:
          'Which requests are spoilt depends on the seed, the id, and the number of the request. The same request again changes nothing.',
      },
      list: 'Faults that are not over',
      get: 'One fault that is not over',
      cancel: 'End a fault with the next tick, or a later one',
    },
    errors: {
      effect_id_reserved: 'scenario.flaky.1 is a name that scenarios give; choose another id',
      fault_without_exporter:
        'drop is a fault of pushes, and this run has none: exporters.otel.enabled is false',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'status: is nothing that slow has; it has latency_s, jitter_s',
      invalid_fault: 'at is "x"; allowed: a tick, or a time such as 2026-01-01T00:05:00Z',
    },
    notFound: { fault_not_found: 'no fault flaky is active or to come; there are: none' },
    async create(request) {
      const { outcome, fault } = await simulation.setFault(request);
      return { isNew: outcome === 'created', answer: fault };
    },
    all: () => simulation.status().active_faults,
    find: simulation.fault,
    cancel: (id, at) => simulation.act({ do: 'cancel_fault', id, at }),
  });
