import { createConnection } from 'node:net';

import { describe, expect, it } from 'vitest';

import type { Frame } from '../../src/series/frame.ts';
import { createPlant } from '../../src/simulation/plant.ts';
import { embedReceiver } from '../../src/simulation/embedded.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { until } from '../support/backends.ts';
import { createTestContext } from '../support/context.ts';
import { TLS_FILES } from '../support/grpc-backend.ts';
import { configOf, FREE_PAGE, startLive, startSimulation } from '../support/simulation.ts';

const metrics = [
  { name: 'visits', type: 'counter', labels: { zone: { values: ['a', 'b', ''] } } },
  { name: 'level', type: 'gauge', unit: 'By' },
  { name: 'latency', type: 'histogram', observations_per_s: 40 },
  { name: 'size', type: 'summary', quantiles: [0.5, 0.9] },
];
const TLS = { cert_file: TLS_FILES.cert_file, key_file: TLS_FILES.key_file };
const SERIES = 6;
const SAMPLES = 3 + 1 + 14 + 4;

const embedded = (otel: object = {}, prometheus: object = {}) => ({
  prometheus: { ...FREE_PAGE, ...prometheus },
  otel: { endpoint: 'embedded', ...otel },
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function embed(exporters: object, more: object = {}) {
  const config = configOf({ metrics, exporters, ...more });
  return embedReceiver(config, createPlant(config).families, createTestContext(), {
    spoiltAt: () => undefined,
  });
}

describe('a receiver', () => {
  it.each<[string, object]>([
    ['the endpoint is another', { otel: {} }],
    ['nothing is pushed', { otel: { endpoint: 'embedded', enabled: false } }],
  ])('is not there when %s', async (_, exporters) => {
    expect(await embed(exporters)).toBeUndefined();
  });

  it.each(['grpc', 'http'])(
    'takes the place of the endpoint, in plain text over %s, until it is closed',
    async (protocol) => {
      const receiver = await embed(embedded({ protocol, insecure: false }));
      const { endpoint, insecure, export_interval_s } = receiver?.config.exporters.otel ?? {};
      expect([insecure, export_interval_s]).toEqual([true, 10]);
      const port = Number(/^127\.0\.0\.1:(\d+)$/.exec(endpoint ?? '')?.[1]);
      expect(await isOpen(port)).toBe(true);
      await receiver?.close();
      expect(await isOpen(port)).toBe(false);
    },
  );

  it('without a page compares nothing and reports nothing', async () => {
    const receiver = await embed(embedded({}, { enabled: false }));
    expect(receiver?.createSink([])).toBeUndefined();
    expect(receiver?.report()).toBeUndefined();
    await receiver?.close();
  });

  it('says that it only counts what would take too long to compare', async () => {
    const receiver = await embed(embedded(), {
      metrics: [{ name: 'visits', type: 'counter', labels: { id: { range: [1, 100_001] } } }],
    });
    expect(receiver?.report()).toMatchObject({
      state: 'waiting',
      examples: ['nothing is compared: 100,001 stored series are more than 100,000'],
    });
    await receiver?.close();
  });
});

describe('parity', () => {
  it.each<[string, object, object]>([
    ['over gRPC, both clients direct', { client: 'direct' }, { client: 'direct' }],
    ['over HTTP', { protocol: 'http' }, {}],
    [
      'of a page that asks for credentials',
      {},
      { auth: { bearer_token: 'page-sesame-token', basic: { username: 'prom', password: 'page-password' } } },
    ],
    ['of a page over TLS', {}, { tls: TLS }],
    ['of a page that asks for certificates', {}, { tls: { ...TLS, client_ca_file: TLS.cert_file } }],
    ['of a page from prom-client and instruments of the SDK', { client: 'library' }, { client: 'library' }],
  ])('is found by real time, %s', async (_, otel, prometheus) => {
    const { simulation, ended } = await startLive(
      {
        global: { tick_interval_s: 0.02, max_lag: 100_000 },
        exporters: embedded({ ...otel, export_interval_s: 0.02 }, prometheus),
        metrics,
      },
      { lastTick: 10, hold: true },
    );
    const parity = await until(
      () => {
        const report = simulation.status().parity;
        return report?.state !== 'waiting' && report?.tick === 10 && report;
      },
      { what: 'tick 10 on both paths', everyMs: 10 },
    );
    const quantiles = 'client' in otel && otel.client === 'library' ? 0 : 2;
    expect(parity).toMatchObject({
      state: 'identical',
      series: SERIES,
      samples: SAMPLES - 2 + quantiles,
      differing: 0,
    });
    simulation.stop();
    expect(await ended).toBeUndefined();
  });

  /** Changes columns behind the backs of those who have copied them. */
  const meddler = (meddle: (frame: Frame) => void) => (): Sink => ({
    name: 'meddler',
    describe: () => 'meddles',
    start: () => Promise.resolve(),
    frame: meddle,
    stop: () => Promise.resolve(),
  });

  it.each<[string, (frame: Frame) => void, RegExp]>([
    [
      'a counter that is one too high on the page',
      ({ families }) => {
        const column = families[0]?.column;
        if (column?.kind === 'scalar') column.values[1] = (column.values[1] ?? 0) + 1;
      },
      /^prom_visits_total\{zone="b"\}: 1 on the page, 0 over OTLP$/,
    ],
    [
      'an observation in another bucket',
      ({ families }) => {
        const column = families[2]?.column;
        if (column?.kind === 'histogram') column.counts[3] = (column.counts[3] ?? 0) + 1;
      },
      /^prom_latency\{\}: .* on the page, .* over OTLP$/,
    ],
    [
      'a sum that is off by one part in 10^15',
      ({ families }) => {
        const column = families[3]?.column;
        if (column?.kind === 'summary') column.sums[0] = (column.sums[0] ?? 0) + Number.EPSILON;
      },
      /^prom_size_sum\{\}: 2\.220446049250313e-16 on the page, 0 over OTLP$/,
    ],
  ])('is broken by %s, and says so', async (_, meddle, example) => {
    const run = await startSimulation(
      { exporters: embedded({ export_interval_s: 1, client: 'direct' }), metrics },
      { sinks: [meddler(meddle)] },
    );
    const parity = await until(
      () => {
        const report = run.simulation.status().parity;
        return report?.state !== 'waiting' && report;
      },
      { what: 'a comparison', everyMs: 5 },
    );
    expect(parity).toMatchObject({ state: 'differing', tick: 0, series: SERIES, differing: 1 });
    expect(parity?.examples[0]).toMatch(example);
  });

  it('compares at export boundaries, and the tick that a run holds', async () => {
    const run = await startSimulation(
      { exporters: embedded({ export_interval_s: 4 }), metrics },
      { lastTick: 6, hold: true },
    );
    const compared = (tick: number) =>
      until(() => run.simulation.status().parity?.tick === tick, { what: `tick ${tick}`, everyMs: 5 });
    await compared(0);
    await run.ticks(4);
    await compared(4);
    await run.ticks(2);
    await compared(6);
    expect(run.simulation.status().parity).toMatchObject({ state: 'identical', series: SERIES });
  });
});
