/** `/api/v1/metrics`: what the run generates, metric by metric, in the form of the file. */
import { createRoute, z } from '@hono/zod-openapi';

import { metricNotFound, parseLabels, type MetricEdit } from '../../config/edit.ts';
import type { Metric } from '../../config/metric.ts';
import { refuseBody, refuseQuery } from '../body.ts';
import type { AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';
import { REPORT_EXAMPLE, reportSchema } from '../reports.ts';

const METRIC = {
  name: 'jobs_total',
  type: 'counter',
  algorithm: 'constant',
  base_rate: 3,
  labels: { queue: { values: ['mail', 'video', 'audio'] } },
};
const SERIES = { labels: { queue: 'search' }, algorithm: 'poisson', base_rate: '2k' };

/** Keys are those of the file; which there are depends on type and algorithm, so they are checked as the file is. */
const definition = z
  .looseObject({ name: z.unknown().optional(), type: z.unknown().optional() })
  .openapi('MetricDefinition', { example: METRIC });
const metric = z
  .looseObject({ name: z.string(), type: z.string(), algorithm: z.string() })
  .openapi('Metric', {
    example: { ...METRIC, unit: '', diurnal_amp: 0, diurnal_phase: 0, diurnal_offset_h: 0 },
  });
const patch = z
  .record(z.string(), z.unknown())
  .openapi('MetricPatch', { example: { base_rate: '1k', help: null } });
const seriesBody = z
  .looseObject({ labels: z.unknown().optional() })
  .openapi('SeriesDefinition', { example: SERIES });

const edited = z.strictObject({ metric, change: reportSchema }).openapi('MetricEdited', {
  example: {
    metric: METRIC,
    change: { ...REPORT_EXAMPLE, changed: [], added: [{ metric: 'jobs_total', series: 3 }] },
  },
});
const list = z
  .strictObject({ metrics: z.array(metric).readonly() })
  .openapi('MetricList', { example: { metrics: [METRIC] } });

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

const NOT_FOUND = { metric_not_found: 'no metric is called job_total, did you mean jobs_total?' };
const SERIES_EXISTS = { series_exists: 'jobs_total has an explicit series {queue="search"} already' };
const CHANGE_ERRORS = {
  not_running: 'the run is holding: no further tick comes',
  client_cannot_express:
    'otel-sdk cannot show metrics that change while it runs; use exporters.otel.client: direct',
  config_invalid: 'base_rte: unknown key base_rte, did you mean base_rate?',
  state_not_saved: 'state.json cannot be written, so nothing has changed: permission denied',
  not_ready: 'the first tick is not done yet',
  run_failed: 'the run has failed',
  internal: 'A fault of Lyrebird.',
};
const BODY_ERRORS = {
  ...CHANGE_ERRORS,
  malformed_json: 'the body is not JSON',
  body_too_large: 'the body is larger than limits.max_body_bytes, 65536',
  unsupported_media_type: 'the body needs the header Content-Type: application/json',
  invalid_body: 'the body: is a list of 2; needs a mapping of keys to values',
};

const params = z.object({ name: z.string().openapi({ example: 'jobs_total' }) });
const PATH = '/api/v1/metrics';
const ONE = `${PATH}/{name}`;
const tags = ['metrics'];

const listRoute = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Every metric, in the form of the file',
  tags,
  responses: {
    200: json('In the order of the page.', list),
    ...errorResponses({ internal: 'A fault of Lyrebird.' }),
  },
});

const addRoute = createRoute({
  method: 'post',
  path: PATH,
  summary: 'Add a metric, from the next tick on',
  description: 'What GET answers can be posted again.',
  tags,
  request: { body: body(definition) },
  responses: {
    201: json('It is there.', edited),
    ...errorResponses({
      ...BODY_ERRORS,
      metric_exists: 'there is a metric jobs_total already; PUT replaces it',
    }),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: ONE,
  summary: 'One metric, in the form of the file',
  tags,
  request: { params },
  responses: {
    200: json('With every default.', metric),
    ...errorResponses({ ...NOT_FOUND, internal: 'A fault of Lyrebird.' }),
  },
});

const putRoute = createRoute({
  method: 'put',
  path: ONE,
  summary: 'Replace a metric, or add it',
  description:
    'As after a reload: series and their state go on where type, names, label names and buckets are the same.',
  tags,
  request: { params, body: body(definition) },
  responses: {
    200: json('It takes the place of the one of its name.', edited),
    201: json('It is new.', edited),
    ...errorResponses(BODY_ERRORS),
  },
});

const patchRoute = createRoute({
  method: 'patch',
  path: ONE,
  summary: 'Change keys of a metric',
  description:
    'Keys that are null go back to their default. Options of an algorithm that is replaced go with it.',
  tags,
  request: { params, body: body(patch) },
  responses: {
    200: json('The metric as it is now.', edited),
    ...errorResponses({ ...BODY_ERRORS, ...NOT_FOUND }),
  },
});

const deleteRoute = createRoute({
  method: 'delete',
  path: ONE,
  summary: 'End a metric with the last tick',
  tags,
  request: { params },
  responses: {
    200: json('The metric as it was.', edited),
    ...errorResponses({
      ...CHANGE_ERRORS,
      ...NOT_FOUND,
      last_metric: 'jobs_total is the only metric; a run needs at least one',
    }),
  },
});

const addSeriesRoute = createRoute({
  method: 'post',
  path: `${ONE}/series`,
  summary: 'Add a series with a generator of its own',
  description:
    'One that names no algorithm has that of the metric. Two label sets are the same whatever the order of their labels.',
  tags,
  request: { params, body: body(seriesBody) },
  responses: {
    201: json('The metric with the series.', edited),
    ...errorResponses({ ...BODY_ERRORS, ...NOT_FOUND, ...SERIES_EXISTS }),
  },
});

const labelsQuery = z.strictObject({
  labels: z
    .string()
    .openapi({ example: '{queue="search"}', description: 'All of its labels, as in PromQL.' }),
});

const removeSeriesRoute = createRoute({
  method: 'delete',
  path: `${ONE}/series`,
  summary: 'End an explicit series with the last tick',
  tags,
  request: {
    params,
    query: labelsQuery,
  },
  responses: {
    200: json('The metric without the series.', edited),
    ...errorResponses({
      ...CHANGE_ERRORS,
      metric_not_found: NOT_FOUND.metric_not_found,
      series_not_found: 'jobs_total has no explicit series {queue="serch"}; it has {queue="search"}',
      last_series:
        '{queue="search"} is the only series of jobs_total; DELETE /api/v1/metrics/jobs_total ends it',
      invalid_matcher: 'labels: character 8: needs =, !=, =~ or !~',
      invalid_query: 'labels: is missing; needs text',
    }),
  },
});

/** A definition holds what JSON holds, and no more. */
function shown(one: Metric): z.output<typeof metric> {
  return one;
}

export const addDefinitionRoutes: AddRoutes = (app, { simulation }) => {
  const edit = async (what: MetricEdit) => {
    const { created, metric: now, change } = await simulation.editMetrics(what);
    return { created, answer: { metric: shown(now), change } };
  };
  app.openapi(listRoute, (c) => c.json({ metrics: simulation.config.metrics.map(shown) }, 200));
  app.openapi(
    addRoute,
    async (c) => c.json((await edit({ do: 'create', definition: c.req.valid('json') })).answer, 201),
    refuseBody(definition),
  );
  app.openapi(getRoute, (c) => {
    const { name } = c.req.valid('param');
    const { metrics } = simulation.config;
    const found = metrics.find((one) => one.name === name);
    if (found === undefined) throw metricNotFound(name, metrics);
    return c.json(shown(found), 200);
  });
  app.openapi(
    putRoute,
    async (c) => {
      const { name } = c.req.valid('param');
      const { created, answer } = await edit({ do: 'replace', name, definition: c.req.valid('json') });
      return created ? c.json(answer, 201) : c.json(answer, 200);
    },
    refuseBody(definition),
  );
  app.openapi(
    patchRoute,
    async (c) => {
      const { name } = c.req.valid('param');
      return c.json((await edit({ do: 'patch', name, patch: c.req.valid('json') })).answer, 200);
    },
    refuseBody(patch),
  );
  app.openapi(deleteRoute, async (c) =>
    c.json((await edit({ do: 'remove', name: c.req.valid('param').name })).answer, 200),
  );
  app.openapi(
    addSeriesRoute,
    async (c) => {
      const { name } = c.req.valid('param');
      return c.json((await edit({ do: 'add_series', name, series: c.req.valid('json') })).answer, 201);
    },
    refuseBody(seriesBody),
  );
  app.openapi(
    removeSeriesRoute,
    async (c) => {
      const { name } = c.req.valid('param');
      const labels = parseLabels(c.req.valid('query').labels);
      return c.json((await edit({ do: 'remove_series', name, labels })).answer, 200);
    },
    refuseQuery(labelsQuery),
  );
};
