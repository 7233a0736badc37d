import { beforeEach, describe, expect, it } from 'vitest';

import { LyrebirdError } from '../../src/util/errors.ts';
import { createTestApi, type FakeSimulation, type TestApi } from './fake.ts';

const PATH = '/api/v1/effects';
const EFFECT = { metrics: 'http_requests_total', rate: 3, duration_s: '10s' };

let simulation: FakeSimulation;
let ask: TestApi['ask'];

beforeEach(() => {
  ({ simulation, ask } = createTestApi());
});

describe('POST /api/v1/effects', () => {
  it('is 201 with the effect, which starts with the next tick', async () => {
    simulation.tick = 4;
    expect(await ask('POST', PATH, { ...EFFECT, series: '{slot="1"}' })).toMatchObject({
      status: 201,
      body: {
        id: 'effect-1',
        metrics: ['http_requests_total'],
        series: '{slot="1"}',
        rate: 3,
        value: { scale: 1, offset: 0 },
        duration_s: 10,
        from_tick: 5,
        until_tick: 15,
        shape: 'step',
        targets: [{ metric: 'http_requests_total', series: 1, of: 2 }],
      },
    });
  });

  it('is 200 when the same id is replaced, or asked for again', async () => {
    const body = { ...EFFECT, id: 'surge' };
    expect((await ask('POST', PATH, body)).status).toBe(201);
    simulation.tick = 3;
    expect(await ask('POST', PATH, body)).toMatchObject({ status: 200, body: { from_tick: 1 } });
    expect(await ask('POST', PATH, { ...body, rate: 4 })).toMatchObject({
      status: 200,
      body: { rate: 4, from_tick: 4 },
    });
    expect(simulation.status().active_effects).toHaveLength(1);
  });

  it.each<[string, object, number, string, string]>([
    [
      'an unknown metric',
      { metrics: 'http_request_total' },
      404,
      'metric_not_found',
      'did you mean http_requests_total?',
    ],
    ['matchers that select nothing', { series: '{slot="9"}' }, 422, 'no_series', 'slot="9" matches 0'],
    ['malformed matchers', { series: '{slot~"9"}' }, 422, 'invalid_matcher', 'character 6'],
    ['a pattern that RE2 has not', { series: '{slot=~"(?!9)"}' }, 422, 'invalid_matcher', 'looking ahead'],
    ['a tick that is done', { at: 0 }, 409, 'tick_past', 'the next tick is 1'],
    ['the id of a spike', { id: 'spike-1' }, 409, 'effect_id_reserved', 'choose another id'],
    ['a negative rate', { rate: -1 }, 422, 'invalid_body', 'rate: needs a finite number from 0'],
    ['a rate in quotes', { rate: '3' }, 422, 'invalid_body', 'rate: needs a finite number from 0'],
    ['a duration of 0', { duration_s: 0 }, 422, 'invalid_body', 'needs seconds above 0'],
    ['a negative duration', { duration_s: -1 }, 422, 'invalid_body', 'needs seconds above 0'],
    ['a negative ramp', { ramp_up_s: -1 }, 422, 'invalid_body', 'needs seconds from 0'],
    [
      'a shape that is none',
      { shape: 'square' },
      422,
      'invalid_body',
      'allowed: step, linear, sine, exponential',
    ],
    ['a key that is none', { multiplier: 5 }, 422, 'invalid_body', 'unknown key multiplier'],
    ['no metric', { metrics: [] }, 422, 'invalid_body', 'metrics'],
    ['ramps longer than the effect', { ramp_up_s: 11 }, 422, 'invalid_effect', 'do not fit'],
    [
      'the value of a counter alone',
      { rate: undefined, value: { scale: 2 } },
      422,
      'invalid_effect',
      'is a counter',
    ],
  ])('refuses %s', async (_, change, status, code, message) => {
    const answer = await ask('POST', PATH, { ...EFFECT, ...change });
    expect(answer).toMatchObject({
      status,
      body: { error: { code, message: expect.stringContaining(message) as string } },
    });
    expect(simulation.status().active_effects).toEqual([]);
  });

  it.each(['{"metrics":"queue_depth","value":{"scale":1e999}}', '{"metrics":"queue_depth","rate":1e999}'])(
    'refuses numbers beyond all numbers: %s',
    async (body) => {
      expect(await ask('POST', PATH, body)).toMatchObject({
        status: 422,
        body: { error: { code: 'invalid_body' } },
      });
    },
  );

  it.each([
    ['not_ready', 503],
    ['run_failed', 503],
    ['not_running', 409],
  ])('answers %s with %i', async (code, status) => {
    simulation.refusal = new LyrebirdError(code, 'no');
    expect(await ask('POST', PATH, EFFECT)).toMatchObject({ status, body: { error: { code } } });
  });
});

describe('PUT /api/v1/effects/{id}', () => {
  it('is 201 for a new one and 200 after that', async () => {
    expect(await ask('PUT', `${PATH}/surge`, EFFECT)).toMatchObject({ status: 201, body: { id: 'surge' } });
    expect(await ask('PUT', `${PATH}/surge`, EFFECT)).toMatchObject({ status: 200 });
    expect(await ask('PUT', `${PATH}/surge`, { ...EFFECT, rate: 5 })).toMatchObject({
      status: 200,
      body: { rate: 5 },
    });
  });

  it.each<[string, string, object, number, string]>([
    ['an id that cannot be one', 'a%20b', {}, 422, 'invalid_effect'],
    ['the id of a spike', 'spike-3', {}, 409, 'effect_id_reserved'],
    ['another id in the body', 'a', { id: 'b' }, 422, 'invalid_body'],
    ['what POST refuses', 'a', { rate: -1 }, 422, 'invalid_body'],
  ])('refuses %s', async (_, id, change, status, code) => {
    expect(await ask('PUT', `${PATH}/${id}`, { ...EFFECT, ...change })).toMatchObject({
      status,
      body: { error: { code } },
    });
  });
});

describe('GET /api/v1/effects', () => {
  it('lists what is not over, spikes included, and gives one by its id', async () => {
    await ask('PUT', `${PATH}/surge`, EFFECT);
    await ask('POST', '/control/spike', { metric: 'queue_depth', multiplier: 2, duration_s: 5 });
    const { body } = await ask('GET', PATH);
    expect(body).toMatchObject({ effects: [{ id: 'spike-1' }, { id: 'surge' }] });
    expect((await ask('GET', '/status')).body['active_effects']).toEqual(body['effects']);
    expect(await ask('GET', `${PATH}/surge`)).toMatchObject({
      status: 200,
      body: { id: 'surge', strength: 0 },
    });
    simulation.tick = 10;
    expect(await ask('GET', `${PATH}/surge`)).toMatchObject({ status: 404 });
    expect((await ask('GET', PATH)).body).toEqual({ effects: [] });
  });
});

describe('DELETE /api/v1/effects/{id}', () => {
  it('ends an effect with the next tick, once', async () => {
    await ask('PUT', `${PATH}/surge`, { ...EFFECT, duration_s: undefined });
    simulation.tick = 6;
    expect(await ask('DELETE', `${PATH}/surge`)).toMatchObject({
      status: 200,
      body: { id: 'surge', from_tick: 1, until_tick: 7, duration_s: 6 },
    });
    expect(await ask('DELETE', `${PATH}/surge`)).toMatchObject({
      status: 404,
      body: { error: { code: 'effect_not_found', details: { active: [] } } },
    });
  });
});
