// A Collector that is killed in the middle of a run and comes back: ticks do not wait for it, the log says it once, every
// point is accounted for at all times, and what is sent next arrives.
import { describe, test } from 'vitest';

import { backendOrSkip, startCollector, until } from '../support/backends.ts';
import { createWorkspace, startLyrebird } from '../support/lyrebird.ts';
import { expectSame, samplesOfCollector, truth } from './samples.ts';

const LAST_TICK = 18;

const config = {
  global: { tick_interval_s: 1, seed: 3, start_time: '2026-03-01T00:00:00Z' },
  // Every tick, birth included, is exported.
  exporters: { otel: { export_interval_s: 1 } },
  profiles: { shops: { labels: { shop: { range: [1, 50] } } } },
  metrics: [
    { name: 'orders_total', type: 'counter', base_rate: 50, profile: 'shops' },
    { name: 'walk', type: 'gauge', start: 100, step: 2, profile: 'shops' },
    { name: 'latency_seconds', type: 'histogram', profile: 'shops' },
  ],
};

/** Of one export; a histogram is one point a series. */
const POINTS = 150;

describe.concurrent('a Collector killed in the middle of a run and started again', () => {
  test.for(['library', 'direct'] as const)(
    'with the %s client',
    { timeout: 90_000 },
    async (client, context) => {
      const { expect, onTestFinished } = context;
      backendOrSkip(context, 'otelcol');
      const workspace = await createWorkspace();
      onTestFinished(workspace.remove);
      const file = await workspace.write('outage.yaml', config);
      const expected = await truth({ config: file, tick: LAST_TICK });

      const collector = await startCollector();
      onTestFinished(collector.stop);
      const lyrebird = await startLyrebird({
        config: file,
        args: ['--ticks', String(LAST_TICK), '--hold'],
        sets: { 'exporters.otel.endpoint': collector.otlpGrpcUrl, 'exporters.otel.client': client },
      });
      onTestFinished(lyrebird.stop);

      /** The account of the exporter, which must add up whenever one looks. */
      const look = async () => {
        const { state, tick, lateness, exporters } = await lyrebird.status();
        const exporter = exporters.find(({ protocol }) => protocol === 'otel');
        if (exporter?.points === undefined) throw new Error('no account');
        const { accepted, rejected, lost, unknown, pending } = exporter.points;
        const given = accepted + rejected + lost + unknown + pending;
        // The frame of a tick is given at its end, so between the two one is missing.
        expect([tick * POINTS, (tick + 1) * POINTS]).toContain(given);
        return { ...exporter.points, given, state, tick, lateTicks: lateness.late_ticks };
      };
      /** Looks until something is the case; an account that does not add up ends the test. */
      const lookUntil = async (
        what: string,
        isSo: (seen: Awaited<ReturnType<typeof look>>) => boolean,
      ): Promise<Awaited<ReturnType<typeof look>>> => {
        const seen = await until(
          async () => {
            const now = await look().catch((error: unknown) => error);
            return now instanceof Error || isSo(now as Awaited<ReturnType<typeof look>>) ? now : false;
          },
          { what, timeoutMs: 30_000 },
        );
        if (seen instanceof Error) throw seen;
        return seen as Awaited<ReturnType<typeof look>>;
      };

      await lookUntil('the first exports to be accepted', ({ accepted }) => accepted >= 3 * POINTS);
      collector.process.signal('SIGKILL');
      await collector.process.exited;
      const killed = await look();
      const without = await lookUntil('ticks to go on', ({ tick }) => tick >= killed.tick + 5);
      // One export may have been answered between the signal and its effect; no more have been since.
      expect(without.accepted).toBeLessThanOrEqual(killed.accepted + POINTS);
      expect(without.pending).toBeGreaterThan(0);

      const again = await startCollector(undefined, { ports: collector });
      onTestFinished(again.stop);
      await lookUntil('exports to be accepted again', ({ accepted }) => accepted > without.accepted);

      const held = await lookUntil(
        'the last tick to be sent',
        ({ state, pending }) => state === 'holding' && pending === 0,
      );
      expect(held).toMatchObject({ tick: LAST_TICK, given: (LAST_TICK + 1) * POINTS, rejected: 0 });
      expect(held.lateTicks).toBe(0);
      // Only what was under way when it was killed is in doubt; the queue held the rest.
      expect(held.lost).toBe(0);
      expect(held.unknown).toBeLessThanOrEqual(POINTS);

      const output = lyrebird.process.output();
      expect(output.match(/export to .* fails/g)).toHaveLength(1);
      expect(output.match(/export to .* works again/g)).toHaveLength(1);

      await until(async () => expectSame(expected, await samplesOfCollector(again, expected)), {
        what: 'the Collector to show the last tick',
      });
    },
  );
});
