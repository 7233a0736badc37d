/** A control API over a simulation without an engine: spikes are real, and tests set what it says of itself. */
import { expect } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { editMetrics } from '../../src/config/edit.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createEffects } from '../../src/engine/effects.ts';
import { createStats, type Stats } from '../../src/engine/stats.ts';
import type { Parts } from '../../src/simulation/action.ts';
import { prepareAction } from '../../src/simulation/actions.ts';
import type { ConfigReport } from '../../src/simulation/report.ts';
import type { Counters, Simulation } from '../../src/simulation/contract.ts';
import { createEffectControl } from '../../src/simulation/effects.ts';
import { createChurns } from '../../src/simulation/churns.ts';
import { createExplosions } from '../../src/simulation/explosions.ts';
import { createScenarios } from '../../src/simulation/scenarios.ts';
import { createFaultControl } from '../../src/simulation/faults.ts';
import { createSpikes } from '../../src/simulation/spikes.ts';
import type { Health, Status } from '../../src/simulation/status.ts';
import { NOTHING_CHANGED } from '../support/reports.ts';
import { createTestFamily, createTestLogger, START_MS, type LogLine } from '../support/sources.ts';

export interface FakeSimulation extends Simulation {
  config: Config;
  /** The tick last done. */
  tick: number;
  stats: Stats;
  healthNow: Health;
  isReady: boolean;
  /** Thrown by actions, when set. */
  refusal: Error | undefined;
  /** Over the status that it would have. */
  saying: Partial<Status>;
  countersNow: Counters;
  /** Actions asked for, in order. */
  readonly asked: unknown[];
}

const CONFIG = `
profiles: { small: { labels: { zone: { values: [a, b] } } } }
metrics:
  - { name: http_requests_total, type: counter, profile: small, algorithm: poisson }
  - { name: queue_depth, type: gauge, profile: small, algorithm: random_walk }
scenarios:
  black_friday: { steps: [{ for: 5m, effect: { metrics: http_*, rate: 5 } }] }
  outage: { steps: [{ for: 1m, spike: { metric: queue_depth, multiplier: 3 } }] }
`;

export function createFakeSimulation(): FakeSimulation {
  const { config } = loadConfig({ text: CONFIG, file: 'fake.yaml' });
  const families = [
    createTestFamily('http_requests_total', 'counter', 2),
    createTestFamily('queue_depth', 'gauge', 2),
  ];
  const effects = createEffects();
  const spikes = createSpikes(effects, () => families, 1000);
  const control = createEffectControl(effects, () => families, 1000);
  const faults = createFaultControl(42, 1000);
  faults.attach({ ways: new Set(['scrape']), onSpoilt: () => undefined });
  const parts: Parts = {
    spikes,
    effects: control,
    // Families stay; what is asked of them is there nevertheless.
    lineUp: {
      families,
      amendments: { explosions: [], churns: [] },
      admitChange: () => undefined,
      expect: () => Promise.resolve(),
    } as never,
    explosions: createExplosions(() => config, undefined, 1000),
    churns: createChurns(() => config, 1000),
    faults,
    scenarios: createScenarios({
      scenarios: () => config.scenarios,
      families: () => families,
      intervalMs: 1000,
      prepareStep: (step) => prepareAction(step, parts),
      onFailure: () => undefined,
    }),
  };
  const asked: unknown[] = [];
  const act: Simulation['act'] = async (action) => {
    asked.push(action);
    if (simulation.refusal !== undefined) throw simulation.refusal;
    const { commit } = await prepareAction(action, parts);
    const { tick } = simulation;
    return commit({ tick, modelMs: START_MS + tick * 1000, wallMs: START_MS + tick * 1000, families: [] });
  };
  const reportNow = (): ConfigReport => ({
    tick: simulation.tick + 1,
    kept: families.map(({ name }) => name),
    ...NOTHING_CHANGED,
  });
  const simulation: FakeSimulation = {
    config,
    families,
    tick: 0,
    stats: createStats(),
    healthNow: { healthy: true, reason: 'running' },
    isReady: true,
    refusal: undefined,
    saying: {},
    countersNow: { points: new Map(), series: new Map(), faults: new Map() },
    asked,
    run: () => Promise.resolve(),
    stop: () => undefined,
    act,
    spike: (request) => act({ do: 'spike', ...request }),
    cancelSpike: (id) => act({ do: 'cancel_spike', id }),
    setEffect: (request) => act({ do: 'set_effect', ...request }),
    cancelEffect: (id) => act({ do: 'cancel_effect', id }),
    async reload(options) {
      asked.push({ reload: options });
      if (simulation.refusal !== undefined) throw simulation.refusal;
      return reportNow();
    },
    async editMetrics(edit) {
      asked.push(edit);
      if (simulation.refusal !== undefined) throw simulation.refusal;
      const { config: next, metric, created } = editMetrics(simulation.config, edit);
      simulation.config = next;
      return { metric, created, change: reportNow() };
    },
    effect: (id) => control.find(id, simulation.tick),
    setFault: (request) => act({ do: 'set_fault', ...request }),
    cancelFault: (id) => act({ do: 'cancel_fault', id }),
    fault: (id) => faults.find(id, simulation.tick),
    explosion: (id) => parts.explosions.find(id, simulation.tick),
    churn: (id) => parts.churns.find(id, simulation.tick),
    scenarios: () => parts.scenarios.list(simulation.tick),
    status: () => ({
      state: 'running',
      uptime_seconds: simulation.tick,
      tick: simulation.tick,
      tick_count: simulation.tick,
      model_time: undefined,
      active_metrics: families.length,
      available_metrics: families.map(({ name }) => name),
      total_series: 4,
      stored_series: 4,
      active_spikes: spikes.active(simulation.tick),
      active_effects: control.active(simulation.tick),
      active_scenarios: parts.scenarios.active(simulation.tick),
      active_faults: faults.active(simulation.tick),
      active_explosions: parts.explosions.active(simulation.tick),
      active_churn: parts.churns.active(simulation.tick),
      lateness: {
        last_seconds: 0,
        max_seconds: 0,
        late_ticks: 0,
        skipped_ticks: 0,
        last_tick_seconds: 0,
        on_time: true,
      },
      exporters: [],
      parity: undefined,
      config: { file: undefined, tick_interval_s: 1, seed: 42 },
      ...simulation.saying,
    }),
    health: () => simulation.healthNow,
    ready: () => simulation.isReady,
    describe: () => ['fake'],
    read: () => Promise.reject(new Error('a fake has no frame')),
    counters: () => simulation.countersNow,
  };
  return simulation;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TestApi {
  readonly simulation: FakeSimulation;
  readonly app: ReturnType<typeof createApp>;
  /** Log levels that were set. */
  readonly levels: readonly string[];
  readonly lines: readonly LogLine[];
  /** A request with a JSON body, or with a text as it is; the answer must be JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

export function createTestApi(): TestApi {
  const simulation = createFakeSimulation();
  const levels: string[] = [];
  const { lines, logger } = createTestLogger();
  const app = createApp(simulation, { logger, setLogLevel: (level) => levels.push(level), version: '1.2.3' });
  return {
    simulation,
    app,
    levels,
    lines,
    async ask(method, path, body, headers = {}) {
      const response = await app.request(path, {
        method,
        ...(body !== undefined && {
          body: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', ...headers },
        }),
      });
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      const { status, headers: answered } = response;
      return { status, headers: answered, body: (await response.json()) as Answer['body'] };
    },
  };
}
