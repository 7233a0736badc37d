/** What a change of the configuration comes to, as answers show it. */
import { z } from '@hono/zod-openapi';

const key = z
  .strictObject({ path: z.string(), before: z.string(), after: z.string() })
  .openapi('ChangedKey', { example: { path: 'metrics[1].step', before: '0.1', after: '0.5' } });

const sized = z.strictObject({ metric: z.string(), series: z.int() });

export const reportFields = {
  tick: z
    .int()
    .nullable()
    .describe('The first tick of it; null when nothing changes, or when it was only asked what would.'),
  kept: z.array(z.string()).readonly().describe('Metrics of which nothing changes.'),
  changed: z
    .array(
      z.strictObject({
        metric: z.string(),
        what: z.string().describe('What becomes of its series.'),
        keys: z.array(key).readonly(),
        series: z.strictObject({ kept: z.int(), born: z.int(), ended: z.int() }).readonly(),
      }),
    )
    .readonly(),
  added: z.array(sized).readonly(),
  removed: z.array(sized).readonly(),
  settings: z.array(key).readonly().describe('What is outside of metrics and profiles.'),
  over_file: z
    .array(z.string())
    .readonly()
    .describe('Metrics that were changed over the API: what the file says of them is not used.'),
  ended_effects: z.array(z.string()).readonly().describe('Those of which no series is left.'),
  lost_targets: z
    .array(z.strictObject({ effect: z.string(), metric: z.string(), why: z.string() }).readonly())
    .readonly()
    .describe('Metrics that effects which go on do not change any longer.'),
};

export const REPORT_EXAMPLE = {
  tick: 61,
  kept: ['http_requests_total'],
  changed: [
    {
      metric: 'queue_depth',
      what: 'series and their state go on, with the new values',
      keys: [{ path: 'metrics[1].step', before: '0.1', after: '0.5' }],
      series: { kept: 40, born: 0, ended: 0 },
    },
  ],
  added: [{ metric: 'jobs_total', series: 3 }],
  removed: [],
  settings: [],
  over_file: [],
  ended_effects: [],
  lost_targets: [],
};

export const reportSchema = z.strictObject(reportFields).openapi('ConfigReport', { example: REPORT_EXAMPLE });
