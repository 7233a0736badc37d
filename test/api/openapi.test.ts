import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Status } from '../../src/simulation/status.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { validatorOf, type Media, type OpenApiDocument } from '../support/openapi.ts';
import { createTestApi, type FakeSimulation, type TestApi } from './fake.ts';

let api: TestApi;

beforeEach(() => {
  api = createTestApi();
});

interface Case {
  /** Method and path as in the document. */
  readonly route: string;
  /** Where it is not the path of the document. */
  readonly path?: string;
  readonly body?: unknown;
  readonly status: number;
  readonly prepare?: (simulation: FakeSimulation) => unknown;
}

const FULL_STATUS: Partial<Status> = {
  model_time: '2026-01-01T00:00:01.000Z',
  exporters: [
    {
      name: 'otel',
      protocol: 'otel',
      client: 'direct',
      why: 'client: direct',
      description: 'otel: grpc://localhost:4317',
      queue_depth: 1,
      points: { accepted: 1, rejected: 2, lost: 3, unknown: 4, pending: 5, duplicates: 0 },
      reasons: { 'lost: queue full': 3 },
      scrapes: { codes: { 200: 1 }, slow: 0, aborted: 0, broken: 0, active: 0, bytes: 100, seconds: 0.5 },
      last_error: { message: 'no', at: '2026-01-01T00:00:01.000Z' },
    },
  ],
  parity: { state: 'differing', tick: 1, series: 2, samples: 3, differing: 1, examples: ['a'] },
};

async function readDocument(): Promise<OpenApiDocument> {
  return (await api.ask('GET', '/openapi.json')).body as unknown as OpenApiDocument;
}

/** Those of a body itself, or of its schema. */
function examplesOf(document: OpenApiDocument, { schema, example, examples }: Media): unknown[] {
  const own = [example, ...Object.values(examples ?? {}).map(({ value }) => value)];
  const given = schema as { readonly $ref?: string; readonly example?: unknown };
  const name = given.$ref?.replace('#/components/schemas/', '') ?? '';
  const ofSchema = given.$ref === undefined ? given.example : document.components.schemas[name]?.example;
  return [...own, ofSchema].filter((each) => each !== undefined);
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 with every route that the router knows', async () => {
    const document = await readDocument();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const { endpoints } = (await api.ask('GET', '/')).body as { endpoints: string[] };
    expect(documented.toSorted()).toEqual(
      endpoints.filter((name) => !/^GET \/(openapi\.json|docs.*)?$/.test(name)).toSorted(),
    );
  });

  it('has an example for every schema with a name, which the schema takes', async () => {
    const document = await readDocument();
    const { schemas } = document.components;
    const named = Object.entries(schemas).filter(([, schema]) => schema.example !== undefined);
    expect(named.length).toBeGreaterThan(6);
    for (const [name, schema] of named) {
      expect(
        validatorOf(document, { $ref: `#/components/schemas/${name}` }).safeParse(schema.example).error,
      ).toBeUndefined();
    }
  });

  it('has examples of every operation, which its own schemas take', async () => {
    const document = await readDocument();
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { parameters = [], requestBody, responses }] of Object.entries(operations)) {
        const where = `${method} ${path}`;
        for (const { name, schema } of parameters) {
          expect(schema.example, `${where}, parameter ${name}`).toBeDefined();
          expect(validatorOf(document, schema).safeParse(schema.example).error).toBeUndefined();
        }
        const contents = [requestBody, ...Object.values(responses)].flatMap((part) =>
          Object.values(part?.content ?? {}),
        );
        expect(contents.length).toBeGreaterThan(0);
        for (const content of contents) {
          const examples = examplesOf(document, content);
          expect(examples.length, where).toBeGreaterThan(0);
          const validator = validatorOf(document, content.schema);
          for (const example of examples)
            expect(
              validator.safeParse(example).error,
              `${where}: ${JSON.stringify(example)}`,
            ).toBeUndefined();
        }
      }
    }
  });

  const spike = { metric: 'queue_depth', multiplier: 3, duration_s: 10 };
  const effect = { metrics: 'queue_*', series: '{slot="1"}', value: { scale: 2 }, duration_s: '5m' };
  const explosion = { metric: 'http_requests_total', label: 'user', values: 5 };
  const churn = {
    profile: 'small',
    churn: { kind: 'rolling', label: 'zone', over: 60, after: 0 } as const,
  };
  const cases: Readonly<Record<string, Case>> = {
    'a healthy run': { route: 'get /healthz', status: 200 },
    'a run that is over': {
      route: 'get /healthz',
      status: 503,
      prepare: (simulation) => {
        simulation.healthNow = { healthy: false, reason: 'the run has ended' };
      },
    },
    'a run that is ready': { route: 'get /readyz', status: 200 },
    'a run that is not ready': {
      route: 'get /readyz',
      status: 503,
      prepare: (simulation) => {
        simulation.isReady = false;
      },
    },
    'a status with nothing in it': { route: 'get /status', status: 200 },
    'a status with everything in it': {
      route: 'get /status',
      status: 200,
      prepare: (simulation) => {
        void simulation.spike({ metric: 'queue_depth', multiplier: 2, durationS: 5 });
        simulation.saying = FULL_STATUS;
      },
    },
    'a spike': { route: 'post /control/spike', body: spike, status: 200 },
    'a spike of an unknown metric': {
      route: 'post /control/spike',
      body: { ...spike, metric: 'x' },
      status: 404,
    },
    'a spike without anything': { route: 'post /control/spike', body: {}, status: 422 },
    'a spike that is no JSON': { route: 'post /control/spike', body: '{', status: 400 },
    'a spike before the first tick': {
      route: 'post /control/spike',
      body: spike,
      status: 503,
      prepare: (simulation) => {
        simulation.refusal = new LyrebirdError('not_ready', 'no');
      },
    },
    'a fault': {
      route: 'post /control/spike',
      body: spike,
      status: 500,
      prepare: (simulation) => {
        simulation.refusal = new Error('broken');
      },
    },
    'the end of a spike': {
      route: 'delete /control/spike/{id}',
      path: '/control/spike/spike-1',
      status: 200,
      prepare: (simulation) => {
        void simulation.spike({ metric: 'queue_depth', multiplier: 2, durationS: 5 });
      },
    },
    'the end of no spike': { route: 'delete /control/spike/{id}', path: '/control/spike/x', status: 404 },
    'an effect': { route: 'post /api/v1/effects', body: effect, status: 201 },
    'an effect that is there already': {
      route: 'put /api/v1/effects/{id}',
      path: '/api/v1/effects/a',
      body: effect,
      status: 200,
      prepare: (simulation) =>
        simulation.setEffect({ id: 'a', metrics: ['queue_depth'], value: { scale: 1 } }),
    },
    'an effect of an unknown metric': {
      route: 'post /api/v1/effects',
      body: { ...effect, metrics: 'x' },
      status: 404,
    },
    'an effect on no series': {
      route: 'post /api/v1/effects',
      body: { ...effect, series: '{slot="x"}' },
      status: 422,
    },
    'an effect in the past': { route: 'post /api/v1/effects', body: { ...effect, at: -1 }, status: 409 },
    'all effects': {
      route: 'get /api/v1/effects',
      status: 200,
      prepare: (simulation) =>
        simulation.setEffect({ id: 'a', metrics: ['queue_depth'], value: { scale: 1 } }),
    },
    'no such effect': { route: 'get /api/v1/effects/{id}', path: '/api/v1/effects/a', status: 404 },
    'the end of an effect': {
      route: 'delete /api/v1/effects/{id}',
      path: '/api/v1/effects/a',
      status: 200,
      prepare: (simulation) =>
        simulation.setEffect({ id: 'a', metrics: ['queue_depth'], value: { scale: 1 } }),
    },
    'a new fault': { route: 'post /api/v1/faults', body: { kind: 'fail', share: 0.2 }, status: 201 },
    'a fault of another kind of exporter': {
      route: 'post /api/v1/faults',
      body: { kind: 'drop' },
      status: 409,
    },
    'a fault with a key of another kind': {
      route: 'post /api/v1/faults',
      body: { kind: 'fail', latency_s: 2 },
      status: 422,
    },
    'all faults': {
      route: 'get /api/v1/faults',
      status: 200,
      prepare: (simulation) => simulation.setFault({ id: 'a', kind: 'slow', latency_s: 1 }),
    },
    'one fault': {
      route: 'get /api/v1/faults/{id}',
      path: '/api/v1/faults/a',
      status: 200,
      prepare: (simulation) => simulation.setFault({ id: 'a', kind: 'slow', latency_s: 1 }),
    },
    'the end of no fault': { route: 'delete /api/v1/faults/{id}', path: '/api/v1/faults/a', status: 404 },
    'the end of a fault': {
      route: 'delete /api/v1/faults/{id}',
      path: '/api/v1/faults/a',
      status: 200,
      prepare: (simulation) => simulation.setFault({ id: 'a', kind: 'flap', up_s: 3, down_s: 2 }),
    },
    'an explosion': { route: 'post /api/v1/explosions', body: explosion, status: 201 },
    'an explosion of an unknown metric': {
      route: 'post /api/v1/explosions',
      body: { ...explosion, metric: 'x' },
      status: 404,
    },
    'an explosion into le': {
      route: 'post /api/v1/explosions',
      body: { ...explosion, label: 'le' },
      status: 422,
    },
    'an explosion into a label that is there': {
      route: 'post /api/v1/explosions',
      body: { ...explosion, label: 'zone' },
      status: 422,
    },
    'all explosions': {
      route: 'get /api/v1/explosions',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'explode', id: 'bomb', ...explosion }),
    },
    'one explosion': {
      route: 'get /api/v1/explosions/{id}',
      path: '/api/v1/explosions/bomb',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'explode', id: 'bomb', ...explosion }),
    },
    'no such explosion': {
      route: 'get /api/v1/explosions/{id}',
      path: '/api/v1/explosions/bomb',
      status: 404,
    },
    'the end of an explosion': {
      route: 'delete /api/v1/explosions/{id}',
      path: '/api/v1/explosions/bomb',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'explode', id: 'bomb', ...explosion }),
    },
    'a churn': { route: 'post /api/v1/churn', body: churn, status: 201 },
    'a churn of an unknown profile': {
      route: 'post /api/v1/churn',
      body: { ...churn, profile: 'x' },
      status: 404,
    },
    'a churn of an unknown kind': {
      route: 'post /api/v1/churn',
      body: { ...churn, churn: { kind: 'x' } },
      status: 422,
    },
    'all churn': {
      route: 'get /api/v1/churn',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'set_churn', id: 'deploy', ...churn }),
    },
    'one churn': {
      route: 'get /api/v1/churn/{id}',
      path: '/api/v1/churn/deploy',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'set_churn', id: 'deploy', ...churn }),
    },
    'the end of a churn': {
      route: 'delete /api/v1/churn/{id}',
      path: '/api/v1/churn/deploy',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'set_churn', id: 'deploy', ...churn }),
    },
    'the end of no churn': {
      route: 'delete /api/v1/churn/{id}',
      path: '/api/v1/churn/deploy',
      status: 404,
    },
    'an error rate of a metric without a status': {
      route: 'post /control/error_rate',
      body: { metric: 'http_requests_total', rate: 0.5, duration_s: 5 },
      status: 422,
    },
    'a log level': { route: 'post /control/loglevel', body: { level: 'INFO' }, status: 200 },
    'a bad log level': { route: 'post /control/loglevel', body: { level: 'x' }, status: 400 },
    'a log level and more': {
      route: 'post /control/loglevel',
      body: { level: 'INFO', levle: 1 },
      status: 422,
    },
    'a scenario': { route: 'post /control/scenario', body: { scenario: 'outage' }, status: 200 },
    'a scenario that is unknown': { route: 'post /control/scenario', body: { scenario: 'x' }, status: 404 },
    'a scenario that runs': {
      route: 'post /control/scenario',
      body: { scenario: 'outage' },
      status: 409,
      prepare: (simulation) => simulation.act({ do: 'start_scenario', scenario: 'outage' }),
    },
    'a reload': { route: 'post /control/reload', status: 200 },
    'a reload that is only told of': {
      route: 'post /control/reload',
      path: '/control/reload?dry_run=true',
      status: 200,
    },
    'a reload with a query that is wrong': {
      route: 'post /control/reload',
      path: '/control/reload?x=1',
      status: 422,
    },
    'every metric': { route: 'get /api/v1/metrics', status: 200 },
    'no such metric': { route: 'get /api/v1/metrics/{name}', path: '/api/v1/metrics/x', status: 404 },
    'a new metric': { route: 'post /api/v1/metrics', body: { name: 'x', type: 'gauge' }, status: 201 },
    'a metric that is there': {
      route: 'post /api/v1/metrics',
      body: { name: 'queue_depth', type: 'gauge' },
      status: 409,
    },
    'a metric that is wrong': { route: 'post /api/v1/metrics', body: { name: 'x' }, status: 422 },
    'a metric in the place of another': {
      route: 'put /api/v1/metrics/{name}',
      path: '/api/v1/metrics/queue_depth',
      body: { type: 'gauge' },
      status: 200,
    },
    'a metric of a name': {
      route: 'put /api/v1/metrics/{name}',
      path: '/api/v1/metrics/x',
      body: { type: 'gauge' },
      status: 201,
    },
    'a key of a metric': {
      route: 'patch /api/v1/metrics/{name}',
      path: '/api/v1/metrics/queue_depth',
      body: { step: 2 },
      status: 200,
    },
    'the end of a metric': {
      route: 'delete /api/v1/metrics/{name}',
      path: '/api/v1/metrics/x',
      prepare: (simulation) =>
        simulation.editMetrics({ do: 'create', definition: { name: 'x', type: 'gauge' } }),
      status: 200,
    },
    'a new series': {
      route: 'post /api/v1/metrics/{name}/series',
      path: '/api/v1/metrics/queue_depth/series',
      body: { labels: { zone: 'c' } },
      status: 201,
    },
    'the end of no series': {
      route: 'delete /api/v1/metrics/{name}/series',
      path: `/api/v1/metrics/queue_depth/series?labels=${encodeURIComponent('{a="x"}')}`,
      status: 404,
    },
    'the end of a scenario': {
      route: 'delete /control/scenario/{name}',
      path: '/control/scenario/outage',
      status: 200,
      prepare: (simulation) => simulation.act({ do: 'start_scenario', scenario: 'outage' }),
    },
    'the end of no scenario': {
      route: 'delete /control/scenario/{name}',
      path: '/control/scenario/outage',
      status: 409,
    },
    'all scenarios': { route: 'get /api/v1/scenarios', status: 200 },
  };

  it.each(Object.entries(cases))(
    'documents the answer to %s',
    async (_, { route, path, body, status, prepare }) => {
      const [method = '', template = ''] = route.split(' ');
      const document = await readDocument();
      await prepare?.(api.simulation);
      const answer = await api.ask(method.toUpperCase(), path ?? template, body);
      expect(answer.status).toBe(status);
      const content = document.paths[template]?.[method]?.responses[status]?.content;
      const validator = validatorOf(document, content?.['application/json']?.schema ?? false);
      expect(validator.safeParse(answer.body).error).toBeUndefined();
      expect(validator.safeParse({ ...answer.body, more: 1 }).success).toBe(false);
    },
  );

  it.each([
    '/control/spike',
    '/api/v1/effects',
    '/api/v1/metrics',
    '/api/v1/faults',
    '/control/scenario',
    '/control/loglevel',
  ])('documents the answer to any body of %s', async (path) => {
    const document = await readDocument();
    const responses = document.paths[path]?.['post']?.responses ?? {};
    const validators = new Map(
      Object.entries(responses).map(([status, { content }]) => [
        Number(status),
        validatorOf(document, content['application/json']?.schema),
      ]),
    );
    const anything = fc.jsonValue({ maxDepth: 2 });
    const likely = fc.record(
      {
        metric: fc.oneof(fc.constantFrom('queue_depth', '__proto__', ''), anything),
        multiplier: fc.oneof(fc.double(), anything),
        duration_s: fc.oneof(fc.double(), fc.constantFrom('5m', '1e9', '-1s', ''), anything),
        metrics: fc.oneof(fc.constantFrom('queue_depth', '*', 'x'), anything),
        series: fc.oneof(fc.constantFrom('{slot="1"}', '{slot=~"("}', '{', ''), anything),
        rate: fc.oneof(fc.double(), anything),
        value: fc.oneof(fc.record({ scale: fc.double(), offset: fc.double() }), anything),
        at: fc.oneof(fc.integer(), fc.constantFrom('2026-01-01T00:00:09Z', 'x'), anything),
        scenario: fc.oneof(fc.constantFrom('outage', 'black_friday', '__proto__'), anything),
        kind: fc.oneof(fc.constantFrom('fail', 'slow', 'flap', 'drop', 'constructor'), anything),
        share: fc.oneof(fc.double(), anything),
        latency_s: fc.oneof(fc.double(), anything),
        level: fc.oneof(fc.constantFrom('INFO', 'constructor'), anything),
      },
      { requiredKeys: [] },
    );
    const bodies = fc.oneof(
      likely.map((body) => JSON.stringify(body)),
      anything.map((body) => JSON.stringify(body)),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (text) => {
        const { status, body } = await api.ask('POST', path, text);
        expect(status).toBeLessThan(500);
        expect(validators.get(status)?.safeParse(body).error).toBeUndefined();
        expect(validators.has(status)).toBe(true);
      }),
      { numRuns: 300, seed: 42 },
    );
  });

  it('gives an example of each error of each route', async () => {
    const { paths } = await readDocument();
    const responses = Object.values(paths).flatMap((operations) =>
      Object.values(operations).flatMap((operation) => Object.entries(operation.responses)),
    );
    for (const [status, { content }] of responses.filter(([code]) => Number(code) >= 400)) {
      const examples = Object.values(content['application/json']?.examples ?? {});
      expect(examples.length, status).toBeGreaterThan(0);
      for (const { value } of examples)
        expect(value).toMatchObject({ error: { code: expect.any(String) as string } });
    }
  });
});
