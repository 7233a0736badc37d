/** `POST /control/reload` and `GET /api/v1/config`: the file read again, and what there is as a file. */
import { createRoute, z } from '@hono/zod-openapi';

import { formatConfig } from '../../config/write.ts';
import { describeReport } from '../../simulation/report.ts';
import { refuseQuery } from '../body.ts';
import { timestamp, type AddRoutes } from '../context.ts';
import { errorResponses, RUN_ERRORS } from '../errors.ts';
import { REPORT_EXAMPLE, reportFields } from '../reports.ts';
import { atOf, whenQuery } from '../when.ts';

const reloadAnswer = z
  .strictObject({
    status: z.enum(['config_reloaded', 'dry_run']),
    timestamp: z.number().describe('Seconds since the Unix epoch.'),
    ...reportFields,
  })
  .openapi('Reloaded', {
    example: { status: 'config_reloaded', timestamp: 1767225600.25, ...REPORT_EXAMPLE },
  });

const reloadQuery = z.strictObject({
  dry_run: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ example: 'false', description: 'Only tells what would change.' }),
  ...whenQuery.shape,
});

const reload = createRoute({
  method: 'post',
  path: '/control/reload',
  summary: 'Read the file again, and go on with what it says from the next tick on, or a later one',
  description:
    'The environment and --set apply again, and changes that were made over the API stay. With any mistake nothing changes. ' +
    'Help and units change nothing else; rates and parameters keep the state of a series; buckets, types and label names end its ' +
    'series and begin others; a cap keeps the series that both have. Scenarios that run keep their steps. With `at` the answer comes when the tick does, in 300 s at most.',
  tags: ['control'],
  request: { query: reloadQuery },
  responses: {
    200: {
      description: 'What changed, or would change.',
      content: { 'application/json': { schema: reloadAnswer } },
    },
    ...errorResponses({
      no_file: 'this run was not started from a file, so there is none to read again',
      client_cannot_express:
        'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
      config_invalid: 'shop.yaml:14:5 metrics[0].base_rte: unknown key base_rte, did you mean base_rate?',
      reload_refused:
        'shop.yaml:2:9 global.seed: was 42 and is 7; every number of a run follows from it: start a new run',
      tick_past: 'at is tick 5; the next tick is 9',
      invalid_reload: 'at is tick 900, in 840 s; a reload waits for 300 s at most',
      invalid_query: 'dry_run: is "yes"; allowed: true, false',
      body_too_large: 'the body is larger than 65536 bytes',
      state_not_saved: 'state.json cannot be written, so nothing has changed: permission denied',
      ...RUN_ERRORS,
    }),
  },
});

const config = createRoute({
  method: 'get',
  path: '/api/v1/config',
  summary: 'The configuration of the run as a file',
  description:
    'YAML with every default written out and with what was changed over the API. Secrets are references to environment variables.',
  tags: ['config'],
  responses: {
    200: {
      description: 'A file that `lyrebird run` takes.',
      content: {
        'application/yaml': {
          schema: z.string().openapi({ example: 'metrics:\n  - name: up\n    type: gauge\n' }),
        },
      },
    },
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

export const addReloadRoutes: AddRoutes = (app, { simulation, logger }) => {
  app.openapi(
    reload,
    async (c) => {
      const { dry_run: asked, at } = c.req.valid('query');
      const dryRun = asked === 'true';
      const report = await simulation.reload({ dryRun, at: atOf(at) });
      if (!dryRun) logger.info(`reload over the API: ${describeReport(report)}`);
      const status = dryRun ? ('dry_run' as const) : ('config_reloaded' as const);
      return c.json({ status, timestamp: timestamp(), ...report }, 200);
    },
    refuseQuery(reloadQuery),
  );
  app.openapi(config, (c) =>
    c.body(formatConfig(simulation.config), 200, { 'Content-Type': 'application/yaml' }),
  );
};
