// The library as a program uses it.
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import {
  createApp,
  createManualClock,
  createRegistrySink,
  createSimulation,
  loadConfig,
  parsePage,
  planOf,
  renderPage,
} from '../src/index.ts';

const { config } = loadConfig({
  file: 'example.yaml',
  text: `
global: { start_time: 2026-01-01T00:00:00Z }
exporters: { prometheus: { prefix: "" }, otel: { enabled: false } }
metrics:
  - { name: requests_total, type: counter, algorithm: poisson, base_rate: 100 }
  - { name: latency_seconds, type: histogram, algorithm: lognormal, buckets: [0.5, 1.5] }
`,
});

describe('the library', () => {
  it('tells what a run would be', () => {
    expect(planOf(config).totals).toMatchObject({ series: 2, stored_series: 6 });
  });

  it('attaches a simulation to a registry of the program, which shows what render prints', async () => {
    const registry = new Registry();
    const clock = createManualClock();
    const { exporters } = config;
    const simulation = await createSimulation(
      { ...config, exporters: { ...exporters, prometheus: { ...exporters.prometheus, enabled: false } } },
      { logger: pino({ level: 'silent' }), clock, sinks: [createRegistrySink(registry)] },
    );
    const app = createApp(simulation, {
      logger: pino({ level: 'silent' }),
      setLogLevel: () => undefined,
      version: '0.0.0',
    });
    const run = simulation.run();
    await clock.advance(5000);
    const page = await registry.metrics();
    expect(await (await app.request('/status')).json()).toMatchObject({ tick: 5 });
    simulation.stop();
    await run;

    const chunks: Buffer[] = [];
    for await (const chunk of renderPage(config, { tick: 5, format: 'text' }))
      chunks.push(Buffer.from(chunk));
    const rendered = parsePage(Buffer.concat(chunks), 'text');
    expect(rendered.problems).toEqual([]);
    // prom-client puts an empty line between families.
    expect(parsePage(page.replaceAll('\n\n', '\n'), 'text')).toEqual(rendered);
  });
});
