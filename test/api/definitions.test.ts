import { beforeEach, describe, expect, it } from 'vitest';

import { LyrebirdError } from '../../src/util/errors.ts';
import { createTestApi, type FakeSimulation, type TestApi } from './fake.ts';

const PATH = '/api/v1/metrics';
const JOBS = { name: 'jobs_total', type: 'counter', base_rate: '2k' };
const EXPLICIT = {
  name: 'level',
  type: 'gauge',
  algorithm: 'constant',
  series: [{ labels: { a: 'x', b: 'y' } }, { labels: { a: 'y', b: 'x' }, start: 2 }],
};

let simulation: FakeSimulation;
let ask: TestApi['ask'];
let app: TestApi['app'];

beforeEach(() => {
  ({ simulation, ask, app } = createTestApi());
});

const names = (): string[] => simulation.config.metrics.map(({ name }) => name);
const errorOf = (code: string, message: string) => ({
  error: { code, message: expect.stringContaining(message) as string },
});

describe('GET /api/v1/metrics', () => {
  it('lists every metric with its defaults, and gives each', async () => {
    const { status, body } = await ask('GET', PATH);
    expect(status).toBe(200);
    const metrics = body['metrics'] as Record<string, unknown>[];
    expect(metrics.map(({ name }) => name)).toEqual(['http_requests_total', 'queue_depth']);
    expect(await ask('GET', `${PATH}/queue_depth`)).toMatchObject({
      status: 200,
      body: metrics[1] as object,
    });
  });

  it('is 404 for one that there is not', async () => {
    expect(await ask('GET', `${PATH}/queue_dept`)).toMatchObject({
      status: 404,
      body: errorOf('metric_not_found', 'did you mean queue_depth?'),
    });
  });
});

describe('POST /api/v1/metrics', () => {
  it('is 201 with the metric and what changes', async () => {
    simulation.tick = 6;
    expect(await ask('POST', PATH, JOBS)).toMatchObject({
      status: 201,
      body: { metric: { name: 'jobs_total', algorithm: 'poisson', base_rate: 2000 }, change: { tick: 7 } },
    });
    expect(names()).toEqual(['http_requests_total', 'queue_depth', 'jobs_total']);
  });

  it('takes what GET answers', async () => {
    await ask('POST', PATH, EXPLICIT);
    const { body } = await ask('GET', `${PATH}/level`);
    expect((await ask('DELETE', `${PATH}/level`)).status).toBe(200);
    expect(await ask('POST', PATH, body)).toMatchObject({ status: 201, body: { metric: body } });
    expect((await ask('GET', `${PATH}/level`)).body).toEqual(body);
  });

  it.each<[string, unknown, number, string, string]>([
    ['a metric that is there', { ...JOBS, name: 'queue_depth' }, 409, 'metric_exists', 'PUT replaces it'],
    ['a key that is none', { ...JOBS, base_rte: 1 }, 422, 'config_invalid', 'base_rte: unknown key base_rte'],
    ['no name', { type: 'counter' }, 422, 'config_invalid', 'name: is missing'],
    ['no type', { name: 'x' }, 422, 'config_invalid', 'type: is missing'],
    ['no body at all', {}, 422, 'config_invalid', 'type: is missing'],
    ['a list', [JOBS], 422, 'invalid_body', 'is a list of 1'],
    ['half a body', '{"name":', 400, 'malformed_json', 'not JSON'],
    [
      'a period of 0',
      { name: 's', type: 'gauge', algorithm: 'sine', period_s: '0s' },
      422,
      'config_invalid',
      'period_s: is 0 s',
    ],
    [
      'a profile that is none',
      { ...JOBS, profile: 'smal' },
      422,
      'config_invalid',
      'profile: unknown profile smal, did you mean small?',
    ],
    [
      'a name that clashes on the page',
      { name: 'http_requests', type: 'counter' },
      422,
      'config_invalid',
      'would both be prom_http_requests_total on the page',
    ],
    [
      'more series than limits allow',
      { ...JOBS, labels: { pod: { range: [1, 50_000_000] } } },
      422,
      'config_invalid',
      'more than limits.max_series, 20,000,000',
    ],
    [
      'longer labels than limits allow',
      { ...JOBS, labels: { pod: { values: ['x'.repeat(20_000)] } } },
      422,
      'config_invalid',
      'has labels of 20,003 bytes, more than limits.max_label_bytes, 16,384',
    ],
  ])('refuses %s', async (_, body, status, code, message) => {
    const before = simulation.config;
    expect(await ask('POST', PATH, body)).toMatchObject({ status, body: errorOf(code, message) });
    expect(simulation.config).toBe(before);
  });

  it('refuses a body over the limit, with the number', async () => {
    expect(await ask('POST', PATH, { ...JOBS, help: 'x'.repeat(70_000) })).toMatchObject({
      status: 413,
      body: errorOf('body_too_large', 'larger than 65536 bytes, which is limits.max_body_bytes'),
    });
  });

  it.each([
    ['not_running', 409],
    ['client_cannot_express', 409],
    ['state_not_saved', 503],
    ['not_ready', 503],
  ])('answers %s with %i', async (code, status) => {
    simulation.refusal = new LyrebirdError(code, 'no');
    expect(await ask('POST', PATH, JOBS)).toMatchObject({ status, body: { error: { code } } });
  });
});

describe('PUT /api/v1/metrics/{name}', () => {
  it('is 201 for a new one and 200 after that, and the address gives the name', async () => {
    const { name: _, ...definition } = JOBS;
    expect(await ask('PUT', `${PATH}/jobs_total`, definition)).toMatchObject({ status: 201 });
    expect(await ask('PUT', `${PATH}/jobs_total`, { ...JOBS, base_rate: 5 })).toMatchObject({
      status: 200,
      body: { metric: { base_rate: 5 } },
    });
  });

  it('keeps the place of the metric', async () => {
    await ask('PUT', `${PATH}/http_requests_total`, { type: 'counter' });
    expect(names()).toEqual(['http_requests_total', 'queue_depth']);
  });

  it('refuses another name than the one of the address', async () => {
    expect(await ask('PUT', `${PATH}/other`, JOBS)).toMatchObject({
      status: 422,
      body: errorOf('config_invalid', 'name: is "jobs_total", and the address says other'),
    });
  });
});

describe('PATCH /api/v1/metrics/{name}', () => {
  it.each<[string, object, object, readonly string[]]>([
    ['changes a key', { step: '5m' }, { algorithm: 'random_walk', step: 0.005, profile: 'small' }, []],
    ['takes a key back to its default', { step: null }, { step: 0.1 }, []],
    [
      'lets go of the options of an algorithm that goes',
      { algorithm: 'sine', max: 4 },
      { max: 4, period_s: 3600 },
      ['step'],
    ],
    [
      'lets go of what another type has not',
      { type: 'counter' },
      { algorithm: 'poisson', base_rate: 1 },
      ['step'],
    ],
    ['takes away what need not be there', { profile: null }, {}, ['profile']],
  ])('%s', async (_, patch, has, hasNot) => {
    const { status, body } = await ask('PATCH', `${PATH}/queue_depth`, patch);
    expect([status, body['metric']]).toMatchObject([200, has]);
    for (const key of hasNot) expect(body['metric']).not.toHaveProperty(key);
  });

  it('refuses what the file would refuse', async () => {
    expect(await ask('PATCH', `${PATH}/queue_depth`, { step: -1 })).toMatchObject({
      status: 422,
      body: { error: { code: 'config_invalid', details: { problems: [{ path: 'step' }] } } },
    });
    expect(await ask('PATCH', `${PATH}/nothing`, { step: 1 })).toMatchObject({ status: 404 });
  });
});

describe('DELETE /api/v1/metrics/{name}', () => {
  it('refuses to take away what a scenario of the file names', async () => {
    expect(await ask('DELETE', `${PATH}/queue_depth`)).toMatchObject({
      status: 422,
      body: errorOf('config_invalid', 'scenarios.outage.steps[0].spike.metric: is queue_depth'),
    });
  });

  it('takes it away, and the last one not', async () => {
    simulation.config = { ...simulation.config, scenarios: {} };
    expect(await ask('DELETE', `${PATH}/http_requests_total`)).toMatchObject({
      status: 200,
      body: { metric: { name: 'http_requests_total' } },
    });
    expect(await ask('DELETE', `${PATH}/http_requests_total`)).toMatchObject({ status: 404 });
    expect(await ask('DELETE', `${PATH}/queue_depth`)).toMatchObject({
      status: 409,
      body: errorOf('last_metric', 'needs at least one'),
    });
  });
});

describe('/api/v1/metrics/{name}/series', () => {
  const series = `${PATH}/level/series`;
  const labelsNow = (): unknown =>
    simulation.config.metrics.find(({ name }) => name === 'level')?.series?.map(({ labels }) => labels);
  const remove = (text: string) => ask('DELETE', `${series}?labels=${encodeURIComponent(text)}`);
  beforeEach(async () => {
    await ask('POST', PATH, EXPLICIT);
  });

  it('adds one with a generator of its own', async () => {
    const entry = { labels: { a: 'z', b: 'z' }, algorithm: 'square', period_s: '2M', max: '5k' };
    const { status, body } = await ask('POST', series, entry);
    expect(status).toBe(201);
    expect((body['metric'] as { series: unknown[] }).series[2]).toMatchObject({
      labels: { a: 'z', b: 'z' },
      algorithm: 'square',
      period_s: 120,
      max: 5000,
    });
  });

  it.each<[string, object, number, string, string]>([
    [
      'one that is there, in whatever order',
      { labels: { b: 'y', a: 'x' } },
      409,
      'series_exists',
      '{a="x",b="y"}',
    ],
    ['no labels', { start: 1 }, 422, 'config_invalid', 'labels: is missing'],
    [
      'a wrong option',
      { labels: { a: 'w', b: 'w' }, step: 1 },
      422,
      'config_invalid',
      'step: is an option of random_walk',
    ],
  ])('refuses %s', async (_, entry, status, code, message) => {
    expect(await ask('POST', series, entry)).toMatchObject({ status, body: errorOf(code, message) });
  });

  it('tells {a=x,b=y} from {a=y,b=x}', async () => {
    expect(await remove('{b="x",a="y"}')).toMatchObject({ status: 200 });
    expect(labelsNow()).toEqual([{ a: 'x', b: 'y' }]);
    expect(await remove('{a="y",b="x"}')).toMatchObject({
      status: 404,
      body: errorOf('series_not_found', '{a="x",b="y"}'),
    });
    expect(await remove('{a="x",b="y"}')).toMatchObject({
      status: 409,
      body: errorOf('last_series', 'the only series'),
    });
  });

  it.each([
    ['{a=~"x"}', 'invalid_matcher', 'a series has its labels by ='],
    ['{a', 'invalid_matcher', 'character'],
  ])('refuses the labels %s', async (text, code, message) => {
    expect(await remove(text)).toMatchObject({ status: 422, body: errorOf(code, message) });
  });

  it('needs labels to take one away', async () => {
    expect(await ask('DELETE', series)).toMatchObject({
      status: 422,
      body: errorOf('invalid_query', 'labels: is missing'),
    });
  });

  it('keeps the series of a metric without labels beside further ones', async () => {
    await ask('POST', PATH, { name: 'up', type: 'gauge', algorithm: 'constant', start: 1 });
    const { body } = await ask('POST', `${PATH}/up/series`, { labels: { pod: 'a' } });
    expect((body['metric'] as { series: unknown[] }).series).toEqual([
      { labels: {}, algorithm: 'constant', start: 1 },
      { labels: { pod: 'a' }, algorithm: 'constant', start: 1 },
    ]);
  });
});

describe('GET /api/v1/config', () => {
  it('is YAML that reads as what there is', async () => {
    const response = await app.request('/api/v1/config');
    expect(response.headers.get('content-type')).toBe('application/yaml');
    const { loadConfig } = await import('../../src/config/load.ts');
    expect(loadConfig({ text: await response.text(), file: 'a.yaml' }).config).toEqual(simulation.config);
  });
});

describe('POST /control/reload', () => {
  it("answers as Mockingbird's clients know it, and more", async () => {
    const answer = await ask('POST', '/control/reload');
    expect(answer).toMatchObject({ status: 200, body: { status: 'config_reloaded', tick: 1 } });
    expect(answer.body['timestamp']).toBeCloseTo(Date.now() / 1000, -2);
    expect(simulation.asked.at(-1)).toEqual({ reload: { dryRun: false } });
  });

  it('only tells with dry_run', async () => {
    expect(await ask('POST', '/control/reload?dry_run=true')).toMatchObject({
      status: 200,
      body: { status: 'dry_run' },
    });
    expect(simulation.asked.at(-1)).toEqual({ reload: { dryRun: true } });
  });

  it.each([
    ['?dry_run=maybe', 'dry_run: is "maybe"'],
    ['?dryrun=true', 'unknown key dryrun, did you mean dry_run?'],
  ])('refuses %s rather than reload', async (query, message) => {
    expect(await ask('POST', `/control/reload${query}`)).toMatchObject({
      status: 422,
      body: errorOf('invalid_query', message),
    });
    expect(simulation.asked).toEqual([]);
  });
});
