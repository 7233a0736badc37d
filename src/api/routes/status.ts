/** `GET /status`: everything that a run says of itself. */
import { createRoute, z } from '@hono/zod-openapi';

import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';
import { churnStatus } from './churn.ts';
import { effectStatus } from './effects.ts';
import { faultStatus } from './faults.ts';
import { explosionStatus } from './explosions.ts';

const spike = z
  .strictObject({
    id: z.string(),
    metric: z.string(),
    multiplier: z.number(),
    from_tick: z.int().describe('The first tick that it changes.'),
    until_tick: z.int().describe('The first tick that it no longer changes.'),
    duration_s: z.number(),
    remaining_seconds: z.number().describe('Of model time.'),
  })
  .openapi('Spike');

const exporter = z
  .strictObject({
    name: z.string(),
    protocol: z.enum(['prometheus', 'otel', 'none']),
    client: z.enum(['library', 'direct']),
    why: z.string().describe('Why this client: asked for, or what auto found.'),
    description: z.string(),
    queue_depth: z.int().describe('Frames that wait to be sent.'),
    points: z
      .strictObject({
        accepted: z.int(),
        rejected: z.int().describe('Refused by the backend.'),
        lost: z.int().describe('Given up here: queue full, retries used up, shut down.'),
        unknown: z.int().describe('Sent, and no answer came.'),
        pending: z.int(),
        duplicates: z.int().describe('Sent once more by a fault; apart from the others.'),
      })
      .readonly()
      .optional()
      .describe('Where every point ended; only of an exporter that pushes.'),
    reasons: z.record(z.string(), z.int()).describe('Points that were not accepted, by outcome and reason.'),
    scrapes: z
      .strictObject({
        codes: z.record(z.string(), z.int()).describe('Answers by status code.'),
        slow: z.int().describe('Cut off after 30 s.'),
        aborted: z.int().describe('The reader went away.'),
        broken: z.int().describe('Broken off by a fault.'),
        active: z.int(),
        bytes: z.int().describe('Of whole pages, before compression.'),
        seconds: z.number().describe('From request to the end of the answer.'),
      })
      .readonly()
      .optional()
      .describe('Pages served; only of an exporter that is asked.'),
    last_error: z.strictObject({ message: z.string(), at: z.string() }).readonly().optional(),
  })
  .openapi('Exporter');

const parity = z
  .strictObject({
    state: z.enum(['identical', 'waiting', 'differing', 'spoilt']),
    tick: z.int().describe('The tick last compared; -1 while waiting.'),
    series: z.int(),
    samples: z.int(),
    differing: z.int(),
    examples: z
      .array(z.string())
      .readonly()
      .describe('Some of the differences, or why none were looked for.'),
  })
  .openapi('Parity');

const status = z
  .strictObject({
    state: z.enum(['starting', 'running', 'holding', 'stopping', 'stopped', 'failed']),
    uptime_seconds: z.number(),
    tick: z.int().describe('The tick last done; -1 before the first.'),
    tick_count: z.int(),
    model_time: z.string().optional(),
    active_metrics: z.int(),
    available_metrics: z.array(z.string()).readonly(),
    total_series: z.int().describe('Label sets that the last tick shows.'),
    stored_series: z
      .int()
      .describe('What a backend keeps of them: every bucket, quantile, count and sum is one series.'),
    active_spikes: z.array(spike.readonly()).readonly(),
    active_effects: z.array(effectStatus.readonly()).readonly().describe('Spikes included.'),
    active_scenarios: z.array(z.string()).readonly(),
    active_faults: z.array(faultStatus.readonly()).readonly().describe('Of scrapes and pushes.'),
    active_explosions: z.array(explosionStatus.readonly()).readonly(),
    active_churn: z.array(churnStatus.readonly()).readonly().describe('Without that of the file.'),
    lateness: z
      .strictObject({
        last_seconds: z.number(),
        max_seconds: z.number(),
        late_ticks: z.int().describe('Begun a whole interval late, or more.'),
        skipped_ticks: z.int(),
        last_tick_seconds: z.number(),
        on_time: z.boolean().describe('When false, the generator is the bottleneck.'),
      })
      .readonly(),
    exporters: z.array(exporter.readonly()).readonly(),
    parity: parity.readonly().optional().describe('Only with the embedded receiver.'),
    config: z
      .strictObject({ file: z.string().optional(), tick_interval_s: z.number(), seed: z.number() })
      .readonly(),
  })
  .readonly()
  .openapi('Status', {
    example: {
      state: 'running',
      uptime_seconds: 61.2,
      tick: 61,
      tick_count: 61,
      model_time: '2026-01-01T00:01:01.000Z',
      active_metrics: 1,
      available_metrics: ['http_requests_total'],
      total_series: 12,
      stored_series: 12,
      active_spikes: [],
      active_effects: [],
      active_scenarios: [],
      active_faults: [],
      active_explosions: [],
      active_churn: [],
      lateness: {
        last_seconds: 0.001,
        max_seconds: 0.004,
        late_ticks: 0,
        skipped_ticks: 0,
        last_tick_seconds: 0.002,
        on_time: true,
      },
      exporters: [
        {
          name: 'prometheus',
          protocol: 'prometheus',
          client: 'direct',
          why: 'client: direct',
          description: 'prometheus: http://0.0.0.0:8000/metrics',
          queue_depth: 0,
          reasons: {},
          scrapes: {
            codes: { '200': 4 },
            slow: 0,
            aborted: 0,
            broken: 0,
            active: 0,
            bytes: 8192,
            seconds: 0.012,
          },
        },
      ],
      config: { file: 'configs/quickstart.yaml', tick_interval_s: 1, seed: 42 },
    },
  });

const route = createRoute({
  method: 'get',
  path: '/status',
  summary: 'Where the run is, what it generates, and how each exporter fares',
  tags: ['status'],
  responses: {
    200: { description: 'As of the last tick.', content: { 'application/json': { schema: status } } },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

export const addStatusRoutes: AddRoutes = (app, { simulation }) => {
  app.openapi(route, (c) => c.json(simulation.status(), 200));
};
