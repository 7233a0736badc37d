import { describe, expect, it } from 'vitest';

import { createManualClock } from '../../src/engine/clock.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { configOf, renderText, START_MS, startSimulation } from '../support/simulation.ts';
import { createTestLogger } from '../support/sources.ts';

const metrics = [
  { name: 'requests_total', type: 'counter', algorithm: 'constant', base_rate: 10 },
  { name: 'level', type: 'gauge', algorithm: 'constant', start: 5 },
];
const scenarios = {
  surge: {
    description: 'More, then higher.',
    steps: [
      { for: '2s', effect: { metrics: 'requests_*', rate: 3 } },
      { at: '1s', for: '3s', spike: { metric: 'level', multiplier: 4 } },
    ],
  },
  pulse: {
    loop: { every: 3, times: 2 },
    steps: [{ for: 1, effect: { metrics: 'level', value: { offset: 1 } } }],
  },
  open: { steps: [{ effect: { metrics: ['level'], value: { offset: -2 } } }] },
  gone: { steps: [{ for: 5, effect: { metrics: '*', rate: 0 } }] },
};

const start = (scenario: string) => ['POST', '/control/scenario', { scenario }] as const;
const stop = (scenario: string) => ['DELETE', `/control/scenario/${scenario}`] as const;

describe('a scenario', () => {
  it('changes what its steps say, at their ticks, and nothing afterwards', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ticks(1);
    expect(await run.ask(...start('surge'))).toEqual({
      status: 200,
      body: { status: 'scenario_started', scenario: 'surge', from_tick: 2, until_tick: 6 },
    });
    await run.ticks(6);
    expect(run.history('requests_total')).toEqual([0, 10, 40, 70, 80, 90, 100, 110]);
    expect(run.history('level')).toEqual([5, 5, 5, 20, 20, 20, 5, 5]);
  });

  it('loops as often as it says', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask(...start('pulse'));
    await run.ticks(9);
    expect(run.history('level')).toEqual([5, 6, 5, 5, 6, 5, 5, 5, 5, 5]);
  });

  it('that is stopped ends with the next tick, with all that it began and none that it did not', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask(...start('surge'));
    await run.ask(...start('open'));
    await run.ticks(2);
    expect(await run.ask(...stop('surge'))).toEqual({
      status: 200,
      body: { status: 'scenario_stopped', scenario: 'surge' },
    });
    await run.ticks(2);
    expect(run.history('requests_total')).toEqual([0, 30, 60, 70, 80]);
    expect(run.history('level')).toEqual([5, 3, 18, 3, 3]);
    await run.ask(...start('surge'));
    await run.ticks(1);
    expect(run.history('requests_total').at(-1)).toBe(110);
  });

  it('begins at a tick to come, and is stopped at one', async () => {
    const run = await startSimulation({ metrics, scenarios });
    expect(await run.ask('POST', '/control/scenario', { scenario: 'open', at: 3 })).toMatchObject({
      body: { from_tick: 3, until_tick: null },
    });
    await run.ticks(1);
    expect(await run.ask('DELETE', '/control/scenario/open?at=6')).toMatchObject({ status: 200 });
    expect((await run.ask('GET', '/api/v1/scenarios')).body).toMatchObject({
      scenarios: [{}, {}, { name: 'open', from_tick: 3, until_tick: 6 }, {}],
    });
    await run.ticks(7);
    expect(run.history('level')).toEqual([5, 5, 5, 3, 3, 3, 5, 5, 5]);
  });

  it('that is stopped at a tick begins no step from then on', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask(...start('pulse'));
    await run.ask('DELETE', '/control/scenario/pulse?at=4');
    await run.ticks(6);
    expect(run.history('level')).toEqual([5, 6, 5, 5, 5, 5, 5]);
  });

  it('that never began leaves nothing', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask('POST', '/control/scenario', { scenario: 'open', at: 3 });
    await run.ask('DELETE', '/control/scenario/open?at=3');
    await run.ticks(4);
    expect(run.history('level')).toEqual([5, 5, 5, 5, 5]);
  });

  it('is in /status and in the list while it runs', async () => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask(...start('surge'));
    await run.ticks(2);
    const { body: status } = await run.ask('GET', '/status');
    expect(status['active_scenarios']).toEqual(['surge']);
    expect((status['active_effects'] as { id: string }[]).map(({ id }) => id)).toEqual(['scenario.surge.2']);
    const { body } = await run.ask('GET', '/api/v1/scenarios');
    expect((body['scenarios'] as object[])[0]).toEqual({
      name: 'surge',
      description: 'More, then higher.',
      active: true,
      from_tick: 1,
      until_tick: 5,
      remaining_seconds: 2,
      steps: [
        { id: 'scenario.surge.1', kind: 'effect', at_s: 0, for_s: 2, failure: null },
        { id: 'scenario.surge.2', kind: 'spike', at_s: 1, for_s: 3, failure: null },
      ],
    });
    await run.ticks(2);
    expect((await run.ask('GET', '/status')).body['active_scenarios']).toEqual([]);
  });

  it.each<[string, readonly [string, string, object?], number, string, string]>([
    ['started twice', start('open'), 409, 'scenario_running', 'open runs since tick 1'],
    ['that is unknown', start('surgee'), 404, 'scenario_not_found', 'did you mean surge?'],
    ['stopped when unknown', stop('x'), 404, 'scenario_not_found', 'Available: surge, pulse, open, gone'],
    ['stopped when it does not run', stop('surge'), 409, 'scenario_not_running', 'running: open'],
    [
      'started at a tick that is over',
      ['POST', '/control/scenario', { scenario: 'surge', at: 0 }],
      409,
      'tick_past',
      'at is tick 0; the next tick is 1',
    ],
    [
      'stopped at no time',
      ['DELETE', '/control/scenario/open?at=soon'],
      422,
      'invalid_query',
      'at: is "soon"; needs a tick, or a time',
    ],
    ['without its name', ['POST', '/control/scenario', {}], 422, 'invalid_body', 'scenario: is missing'],
  ])('%s is refused', async (_, request, status, code, message) => {
    const run = await startSimulation({ metrics, scenarios });
    await run.ask(...start('open'));
    const answer = await run.ask(...request);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect((answer.body['error'] as { message: string }).message).toContain(message);
    expect((await run.ask('GET', '/status')).body['active_scenarios']).toEqual(['open']);
  });

  it('owns the names of its effects', async () => {
    const run = await startSimulation({ metrics, scenarios });
    const put = await run.ask('PUT', '/api/v1/effects/scenario.surge.1', { metrics: 'level', value: {} });
    expect(put).toMatchObject({ status: 409, body: { error: { code: 'effect_id_reserved' } } });
  });

  it('goes on without a step that cannot begin, and says so', async () => {
    const run = await startSimulation({
      metrics,
      scenarios: {
        twice: { steps: [{ at: 1, for: 2, effect: { metrics: 'requests_total', rate: 1e6 } }] },
      },
    });
    await run.ask('POST', '/api/v1/effects', { id: 'much', metrics: 'requests_total', rate: 10 });
    await run.ask(...start('twice'));
    await run.ticks(3);
    expect(run.history('requests_total')).toEqual([0, 100, 200, 300]);
    const { body } = await run.ask('GET', '/api/v1/scenarios');
    expect(body).toMatchObject({
      scenarios: [{ steps: [{ failure: expect.stringContaining('multiply to more than') }] }],
    });
    expect(run.lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining('step 1 of scenario twice could not begin'),
    );
  });
});

describe('runtime.on_start', () => {
  const runtime = {
    on_start: [
      { action: 'spike', metric: 'level', multiplier: 2, duration_s: 2 },
      { action: 'scenario', scenario: 'pulse' },
    ],
  };

  it('begins with tick 1, in a run and in what render prints', async () => {
    const run = await startSimulation({ metrics, scenarios, runtime });
    await run.ticks(5);
    expect(run.history('level')).toEqual([5, 11, 10, 5, 6, 5]);
    expect(run.simulation.status().active_scenarios).toEqual([]);
    expect(await renderText(configOf({ metrics, scenarios, runtime }), 1)).toMatch(/^prom_level 11$/m);
  });

  it('has successes fail as often as it says', async () => {
    const answers = {
      name: 'answers_total',
      type: 'counter',
      base_rate: 50,
      labels: { status: { values: ['200', '500'] } },
    };
    const failing = { action: 'error_rate', metric: 'answers_total', rate: 1, duration_s: 3 };
    const config = configOf({ metrics: [answers], runtime: { on_start: [failing] } });
    expect(await renderText(config, 3)).toMatch(/^prom_answers_total\{status="200"\} 0$/m);
    expect(await renderText(config, 4)).toMatch(/^prom_answers_total\{status="200"\} [1-9]/m);
  });

  it('begins with tick 1 of a shared epoch, for whoever joins later', async () => {
    const global = { epoch: 'wall', start_time: '2025-12-31T23:59:59Z' };
    const run = await startSimulation(
      { global, metrics, scenarios, runtime },
      { clock: createManualClock(START_MS) },
    );
    await run.ticks(1);
    expect(run.history('level')).toEqual([11, 10]);
  });

  it('that cannot be taken ends the run before it begins', async () => {
    const config = configOf({
      metrics,
      scenarios: { none: scenarios.gone },
      runtime: { on_start: [{ action: 'spike', metric: 'level', multiplier: 2, duration_s: 2 }] },
    });
    const broken = {
      ...config,
      runtime: { ...config.runtime, on_start: [{ action: 'scenario', scenario: 'gone' } as const] },
    };
    const simulation = await createSimulation(broken, { logger: createTestLogger().logger });
    await expect(simulation.run()).rejects.toThrow('runtime.on_start[0]: no scenario is called gone');
  });
});
