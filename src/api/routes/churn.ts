/** `/api/v1/churn`: series that turn over from a tick on, as `churn` of a profile has them from the start. */
import { z } from '@hono/zod-openapi';

import { runtimeChurnFields } from '../../control/churn.ts';
import { timeFields } from '../../control/fields.ts';
import type { AddRoutes } from '../context.ts';
import { addTimedRoutes, timedStatus } from './timed.ts';

const body = z
  .strictObject({
    id: z.string().optional().describe('Default: churn-1, churn-2, ... One by the same id is replaced.'),
    ...runtimeChurnFields,
    ...timeFields,
  })
  .openapi('ChurnRequest', {
    example: { id: 'deploy', profile: 'small', churn: { kind: 'rolling', label: 'zone', over: '5m' } },
  });

const EXAMPLE = {
  id: 'deploy',
  from_tick: 61,
  until_tick: null,
  duration_s: null,
  remaining_seconds: null,
  profile: 'web',
  churn: { kind: 'rolling' as const, label: 'pod', over: 300, after: 0 },
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
  .openapi('Churn', { example: EXAMPLE });

export const addChurnRoutes: AddRoutes = (app, { simulation }) =>
  addTimedRoutes(app, {
    path: '/api/v1/churn',
    key: 'churn',
    tag: 'churn',
    id: 'deploy',
    body,
    status: churnStatus,
    list: { name: 'ChurnList', example: EXAMPLE },
    texts: {
      create: {
        summary: 'Have series of a profile turn over, for a while or until it is cancelled',
        description:
          'Old series end and others begin from zero. At the end what is away comes back, and labels stay what they have become.',
      },
      list: 'Churn that is not over, without that of the file',
      get: 'One churn that is not over',
      cancel: 'End a churn with the next tick, or a later one',
    },
    errors: {
      profile_not_found: 'no profile is called wep, did you mean web?',
      client_cannot_express:
        'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
      effect_id_reserved: 'scenario.deploy.1 is a name that scenarios give; choose another id',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_body: 'churn.kind: is "rollin"; allowed: rolling, autoscale, crash_loop, steady',
      invalid_churn: 'churn.label: is "pods", which is no label of the profile; it has pod',
    },
    notFound: { churn_not_found: 'no churn deploy is active or to come; there are: none' },
    async create({ duration_s: durationS, ...request }) {
      const { outcome, churn } = await simulation.act({ do: 'set_churn', ...request, durationS });
      return { isNew: outcome === 'created', answer: churn };
    },
    all: () => simulation.status().active_churn,
    find: simulation.churn,
    cancel: (id, at) => simulation.act({ do: 'cancel_churn', id, at }),
  });
