import { beforeEach, describe, expect, it } from 'vitest';

import { LyrebirdError } from '../../src/util/errors.ts';
import { createTestApi, type Answer, type FakeSimulation, type TestApi } from './fake.ts';

let api: TestApi;
let simulation: FakeSimulation;
let ask: TestApi['ask'];

beforeEach(() => {
  api = createTestApi();
  ({ simulation, ask } = api);
});

interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
}

function errorOf({ body }: Answer): ErrorAnswer {
  expect(Object.keys(body)).toEqual(['error']);
  const error = body['error'] as ErrorAnswer;
  expect(Object.keys(error)).toEqual(['code', 'message', 'details']);
  expect(error.message).not.toBe('');
  expect(typeof error.details).toBe('object');
  return error;
}

const SPIKE = { metric: 'queue_depth', multiplier: 3, duration_s: 10 };

describe('GET /healthz', () => {
  it('is 200 while the engine is alive and on time', async () => {
    const { status, body } = await ask('GET', '/healthz');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'healthy', timestamp: expect.any(Number) as number, phase: 'running' });
    expect(body['timestamp']).toBeCloseTo(Date.now() / 1000, -2);
  });

  it('is 503 when the engine has died, and says why', async () => {
    simulation.healthNow = { healthy: false, reason: 'the run failed: source load broke' };
    const answer = await ask('GET', '/healthz');
    expect(answer.status).toBe(503);
    expect(errorOf(answer)).toMatchObject({
      code: 'unhealthy',
      message: 'the run failed: source load broke',
    });
  });
});

describe('GET /readyz', () => {
  it('is 200 once the first tick is done', async () => {
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('is 503 before', async () => {
    simulation.isReady = false;
    simulation.saying = { state: 'starting' };
    const answer = await ask('GET', '/readyz');
    expect(answer.status).toBe(503);
    expect(errorOf(answer)).toMatchObject({ code: 'not_ready', message: 'the run is starting' });
  });
});

describe('GET /status', () => {
  it('is what the simulation says', async () => {
    simulation.tick = 7;
    const { status, body } = await ask('GET', '/status');
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(simulation.status())));
  });
});

describe('POST /control/spike', () => {
  it('starts with the next tick and answers as Mockingbird does, with the ticks', async () => {
    simulation.tick = 4;
    const { status, body } = await ask('POST', '/control/spike', SPIKE);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'spike_triggered',
      ...SPIKE,
      id: 'spike-1',
      from_tick: 5,
      until_tick: 15,
    });
    expect(simulation.status().active_spikes).toHaveLength(1);
  });

  it.each([
    ['seconds', 30, 30],
    ['a fraction of a second, up to a whole tick', 0.25, 1],
    ['1.5 seconds, which Mockingbird refuses', 1.5, 2],
    ['a text with a unit', '2m', 120],
  ])('takes a duration in %s', async (_, duration, seconds) => {
    const { status, body } = await ask('POST', '/control/spike', { ...SPIKE, duration_s: duration });
    expect(status).toBe(200);
    expect(body).toMatchObject({ duration_s: seconds, from_tick: 1, until_tick: 1 + seconds });
  });

  it.each([
    ['a negative duration', { duration_s: -5 }, 'duration_s'],
    ['no time at all', { duration_s: 0 }, 'duration_s'],
    ['a duration without unit in quotes', { duration_s: '30' }, 'duration_s'],
    ['a negative duration as text', { duration_s: '-5s' }, 'duration_s'],
    ['a duration that is no time', { duration_s: true }, 'duration_s'],
    ['a negative multiplier', { multiplier: -2 }, 'multiplier'],
    ['a multiplier of zero', { multiplier: 0 }, 'multiplier'],
    ['a multiplier in quotes', { multiplier: '5' }, 'multiplier'],
    ['a metric that is no name', { metric: 5 }, 'metric'],
    ['a missing metric', { metric: undefined }, 'metric'],
  ])('refuses %s with 422', async (_, change, path) => {
    const answer = await ask('POST', '/control/spike', { ...SPIKE, ...change });
    expect(answer.status).toBe(422);
    const { code, message, details } = errorOf(answer);
    expect(code).toBe('invalid_body');
    expect(message).toMatch(new RegExp(`^${path}: (is|needs) `));
    expect(details).toEqual({ problems: [{ path, message: message.slice(path.length + 2) }] });
    expect(simulation.status().active_spikes).toEqual([]);
  });

  it('refuses a number beyond all numbers', async () => {
    const answer = await ask(
      'POST',
      '/control/spike',
      '{"metric":"queue_depth","multiplier":1e999,"duration_s":1}',
    );
    expect(answer.status).toBe(422);
    expect(errorOf(answer).details).toMatchObject({ problems: [{ path: 'multiplier' }] });
  });

  it('names every mistake at once, and the key that was meant', async () => {
    const answer = await ask('POST', '/control/spike', {
      metric: 'queue_depth',
      multiplyer: 5,
      duration_s: -1,
    });
    expect(answer.status).toBe(422);
    expect(errorOf(answer).details['problems']).toEqual([
      { path: 'multiplier', message: expect.any(String) as string },
      { path: 'duration_s', message: expect.any(String) as string },
      {
        path: 'multiplyer',
        message: expect.stringContaining('did you mean multiplier?') as string,
      },
    ]);
  });

  it('answers an unknown metric with 404, the list and the nearest name', async () => {
    const answer = await ask('POST', '/control/spike', { ...SPIKE, metric: 'queue_dept' });
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toMatchObject({
      code: 'metric_not_found',
      message: expect.stringContaining('did you mean queue_depth?') as string,
      details: { available: ['http_requests_total', 'queue_depth'], nearest: 'queue_depth' },
    });
  });

  it.each([
    ['not_ready', 503],
    ['run_failed', 503],
    ['not_running', 409],
  ])('answers %s with %i', async (code, status) => {
    simulation.refusal = new LyrebirdError(code, 'no');
    const answer = await ask('POST', '/control/spike', SPIKE);
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toEqual({ code, message: 'no', details: {} });
  });
});

describe('DELETE /control/spike/{id}', () => {
  it('ends a spike with the next tick', async () => {
    await ask('POST', '/control/spike', SPIKE);
    simulation.tick = 3;
    const { status, body } = await ask('DELETE', '/control/spike/spike-1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'spike_cancelled', id: 'spike-1', from_tick: 1, until_tick: 4 });
    expect(simulation.status().active_spikes).toEqual([]);
  });

  it('leaves other spikes of the metric alone: the end of the first does not delete the second', async () => {
    await ask('POST', '/control/spike', { ...SPIKE, multiplier: 2, duration_s: 1 });
    await ask('POST', '/control/spike', { ...SPIKE, multiplier: 3, duration_s: 30 });
    simulation.tick = 1;
    expect(simulation.status().active_spikes).toMatchObject([
      { id: 'spike-2', multiplier: 3, remaining_seconds: 29 },
    ]);
    await ask('DELETE', '/control/spike/spike-2');
    expect(simulation.status().active_spikes).toEqual([]);
  });

  it.each([
    ['never started', 'spike-9', 0],
    ['over', 'spike-1', 10],
  ])('answers one that is %s with 404', async (_, id, tick) => {
    await ask('POST', '/control/spike', SPIKE);
    simulation.tick = tick;
    const answer = await ask('DELETE', `/control/spike/${id}`);
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('spike_not_found');
  });
});

describe('POST /control/loglevel', () => {
  it.each([
    ['DEBUG', 'DEBUG'],
    ['debug', 'DEBUG'],
    ['WARNING', 'WARN'],
  ])('sets %s', async (level, expected) => {
    const { status, body } = await ask('POST', '/control/loglevel', { level });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'log_level_changed',
      level: expected,
      timestamp: expect.any(Number) as number,
    });
    expect(api.levels).toEqual([expected]);
  });

  it.each(['LOUD', '', 5, null, undefined])('answers a bad level with 400, not 500: %j', async (level) => {
    const answer = await ask('POST', '/control/loglevel', { level });
    expect(answer.status).toBe(400);
    const { code, message } = errorOf(answer);
    expect(code).toBe('invalid_log_level');
    expect(message).toContain('allowed: TRACE, DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL, FATAL');
    expect(api.levels).toEqual([]);
  });

  it('refuses an unknown key with 422', async () => {
    const answer = await ask('POST', '/control/loglevel', { level: 'INFO', logger: 'root' });
    expect(answer.status).toBe(422);
    expect(errorOf(answer).code).toBe('invalid_body');
  });
});

describe('any request', () => {
  it.each([
    ['an unknown path', 'GET', '/statuss', 404, 'path_not_found'],
    ['a path below one', 'GET', '/status/x', 404, 'path_not_found'],
    ['an id that is none', 'DELETE', '/control/spike/', 404, 'path_not_found'],
    ['a wrong method', 'POST', '/status', 405, 'method_not_allowed'],
    ['a method that nobody has', 'PATCH', '/control/spike', 405, 'method_not_allowed'],
    ['a wrong method of the start page', 'DELETE', '/', 405, 'method_not_allowed'],
  ])('%s: %s %s is %i', async (_, method, path, status, code) => {
    const answer = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(errorOf(answer).code).toBe(code);
  });

  it.each([
    ['/status', 'GET, HEAD'],
    ['/control/spike', 'POST'],
    ['/control/spike/spike-1', 'DELETE'],
  ])('names the methods of %s in Allow', async (path, allow) => {
    expect((await ask('PUT', path)).headers.get('allow')).toBe(allow);
  });

  it('names the path that was meant', async () => {
    expect(errorOf(await ask('GET', '/heatlhz')).message).toContain('did you mean /healthz?');
  });

  it('answers HEAD like GET', async () => {
    const response = await api.app.request('/healthz', { method: 'HEAD' });
    expect(response.status).toBe(200);
  });

  it.each([
    ['JSON that ends early', '{"metric":', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['a list', '[]', 422, 'invalid_body'],
    ['a text', '"queue_depth"', 422, 'invalid_body'],
    ['null', 'null', 422, 'invalid_body'],
  ])('refuses a body that is %s', async (_, body, status, code) => {
    for (const path of ['/control/spike', '/control/loglevel']) {
      const answer = await ask('POST', path, body);
      expect(answer.status).toBe(status);
      expect(errorOf(answer).code).toBe(code);
    }
  });

  it('refuses no body at all', async () => {
    const answer = await ask('POST', '/control/spike');
    expect(answer.status).toBe(422);
    expect(errorOf(answer).message).toContain('metric: is missing');
  });

  it('refuses an empty body of an empty content type, which is no fault of the server', async () => {
    const answer = await ask('POST', '/control/spike', '', { 'Content-Type': '' });
    expect(answer.status).toBe(422);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'refuses the content type %s with 415',
    async (type) => {
      const answer = await ask('POST', '/control/spike', SPIKE, { 'Content-Type': type });
      expect(answer.status).toBe(415);
      expect(errorOf(answer)).toMatchObject({
        code: 'unsupported_media_type',
        message: expect.stringContaining('Content-Type: application/json') as string,
      });
    },
  );

  it('takes a content type with a character set', async () => {
    const type = { 'Content-Type': 'application/json; charset=utf-8' };
    expect((await ask('POST', '/control/spike', SPIKE, type)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['with its length', { 'Content-Length': '100000' }],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('refuses a body over the limit, sent %s, with 413', async (_, headers) => {
    const body = JSON.stringify({ ...SPIKE, metric: 'x'.repeat(100_000) });
    const answer = await ask('POST', '/control/spike', body, headers);
    expect(answer.status).toBe(413);
    expect(errorOf(answer)).toMatchObject({ code: 'body_too_large', details: { max_bytes: 65_536 } });
  });

  it('answers an error that nobody foresaw with 500, logs it, and tells the client no more', async () => {
    simulation.refusal = new TypeError('password is hunter2');
    const answer = await ask('POST', '/control/spike', SPIKE);
    expect(answer.status).toBe(500);
    expect(errorOf(answer).code).toBe('internal');
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    expect(api.lines).toMatchObject([{ level: 50, err: { message: 'password is hunter2' } }]);
  });
});

describe('GET /', () => {
  it('lists what there is', async () => {
    const { status, body } = await ask('GET', '/');
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'lyrebird', version: '1.2.3' });
    expect(body['endpoints']).toEqual(
      expect.arrayContaining([
        'GET /status',
        'POST /control/spike',
        'DELETE /control/spike/{id}',
        'GET /openapi.json',
      ]),
    );
  });
});
