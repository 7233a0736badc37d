import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openJournal } from '../../src/simulation/journal/journal.ts';
import type { FaultLine } from '../../src/simulation/journal/lines.ts';
import { readRecord } from '../../src/simulation/journal/record.ts';
import { replayPage } from '../../src/simulation/replay.ts';
import { get } from '../support/scrape.ts';
import { FREE_PAGE, startSimulation } from '../support/simulation.ts';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

const input = (client: string) => ({
  global: { seed: 3 },
  exporters: {
    prometheus: { ...FREE_PAGE, client, auth: { bearer_token: 'secret-of-the-page' } },
    otel: { enabled: false },
  },
  metrics: [
    { name: 'visits', type: 'counter', base_rate: 9, labels: { zone: { values: ['a', 'b'] } } },
    { name: 'level', type: 'gauge', labels: { zone: { values: ['a', 'b'] } } },
    { name: 'latency', type: 'histogram', observations_per_s: 3 },
    { name: 'size', type: 'summary', observations_per_s: 5 },
  ],
  scenarios: {
    pulse: { loop: { every: 4 }, steps: [{ for: 2, effect: { metrics: 'level', value: { offset: 9 } } }] },
  },
});

function createPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'run.ndjson');
}

async function pageOf(path: string, tick: number, format: 'text' | 'openmetrics' = 'text'): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of replayPage(readRecord(path), { tick, format })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function startRecorded(client: string, global: object = {}) {
  const path = createPath();
  const journal = await openJournal(path, { version: '1.2.3' });
  const base = input(client);
  const run = await startSimulation({ ...base, global: { ...base.global, ...global } }, { journal });
  const scrape = async (accept = 'text/plain;version=0.0.4') => {
    const url = run.simulation.status().exporters[0]?.description ?? '';
    const authorization = 'Bearer secret-of-the-page';
    const response = await fetch(url, { headers: { accept, authorization } });
    expect(response.status).toBe(200);
    return response.text();
  };
  return { path, run, scrape };
}

describe('a journal', () => {
  it.each(['direct', 'library'])(
    'gives every page of a run again, actions included (%s client)',
    async (client) => {
      const { path, run, scrape } = await startRecorded(client);
      const pages = new Map<number, readonly [string, string]>();
      const steps = [
        () => run.simulation.spike({ metric: 'visits', multiplier: 5, durationS: 30 }),
        () => run.simulation.setEffect({ metrics: ['visits'], series: '{zone="a"}', rate: 3, durationS: 6 }),
        () => run.simulation.act({ do: 'start_scenario', scenario: 'pulse' }),
        () => run.simulation.cancelSpike('spike-1'),
        () => run.simulation.cancelSpike('spike-1').catch(() => undefined),
        () => run.simulation.setEffect({ metrics: ['lat*'], value: { scale: 2 }, durationS: 4, rampUpS: 2 }),
        () => run.simulation.cancelEffect('effect-1'),
        () => run.simulation.act({ do: 'stop_scenario', scenario: 'pulse' }),
      ];
      for (const [tick, step] of steps.entries()) {
        await step();
        pages.set(tick, [await scrape(), await scrape(OPENMETRICS)]);
        await run.ticks(1);
      }
      // What is on the disk before the run has ended.
      for (const [tick, [text, openmetrics]] of pages) {
        expect(await pageOf(path, tick), `tick ${tick}`).toBe(text);
        expect(await pageOf(path, tick, 'openmetrics'), `tick ${tick}`).toBe(openmetrics);
      }
      await run.stop();
      const { header, end, counts, lastTick } = readRecord(path);
      expect(header).toMatchObject({ lyrebird: '1.2.3', seed: 3, page_client: client });
      expect(end).toMatchObject({ tick: 8, state: 'stopped', failure: null });
      expect([counts.get('action'), counts.get('scrape'), lastTick]).toEqual([8, 16, 8]);
      expect(readFileSync(path, 'utf8')).not.toContain('secret-of-the-page');
    },
  );

  it('gives pages again that faults kept back or cut short, and names every request that they spoilt', async () => {
    const { path, run } = await startRecorded('direct');
    const url = run.simulation.status().exporters[0]?.description ?? '';
    const headers = { accept: 'text/plain;version=0.0.4', authorization: 'Bearer secret-of-the-page' };
    const ask = () => get(url, headers).catch(() => undefined);
    await run.simulation.setFault({ id: 'cut', kind: 'truncate', after_bytes: 9, share: 0.5, duration_s: 5 });
    await run.simulation.setFault({ id: 'down', kind: 'fail', status: 500, at: 3 });
    await run.simulation.spike({ metric: 'visits', multiplier: 5, durationS: 3 });
    const codes: (number | undefined)[] = [];
    for (let tick = 1; tick <= 6; tick++) {
      await run.ticks(1);
      if (tick === 5) await run.simulation.cancelFault('down');
      codes.push((await ask())?.code);
    }
    const page = (await ask())?.text;
    await run.stop();
    const { counts } = readRecord(path);
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"line":"fault"'));
    const spoilt = lines.map((line) => JSON.parse(line) as FaultLine);
    expect(codes.slice(2)).toEqual([500, 500, 500, 200]);
    expect(spoilt.map(({ number, tick }) => [number, tick])).toEqual(
      [1, 2, 3, 4, 5]
        .filter((number) => number > 2 || codes[number - 1] === undefined)
        .map((number) => [number, number]),
    );
    expect(counts.get('fault')).toBe(spoilt.length);
    expect(await pageOf(path, 6)).toBe(page);
    // Of a tick whose page nobody got, too.
    const twin = await startRecorded('direct');
    await twin.run.simulation.spike({ metric: 'visits', multiplier: 5, durationS: 3 });
    await twin.run.ticks(4);
    expect(await pageOf(path, 4)).toBe(await twin.scrape());
  });

  it('knows nothing of an effect that is refused because its pattern takes too long, nor does the run', async () => {
    const path = createPath();
    const journal = await openJournal(path, { version: '1.2.3' });
    // Every way to cut it into pieces is tried: longer than any test takes.
    const pods = ['a'.repeat(60), 'b'];
    const load = {
      metrics: [{ name: 'm', type: 'counter', base_rate: 9, labels: { pod: { values: pods } } }],
    };
    const run = await startSimulation(load, { journal });
    const twin = await startSimulation(load);
    const ask = (one: typeof run, series: string) =>
      one.ask('POST', '/api/v1/effects', { id: 'surge', metrics: 'm', series, rate: 5 });
    await run.ticks(2);
    await twin.ticks(2);
    expect(await ask(run, '{pod!~"(a+)+b"}')).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'invalid_matcher',
          message: expect.stringContaining('pod!~"(a+)+b" takes too long to be tested') as string,
        },
      },
    });
    expect(run.simulation.status().active_effects).toEqual([]);
    for (const one of [run, twin]) {
      expect((await ask(one, '{pod=~"b+"}')).status).toBe(201);
      await one.ticks(3);
    }
    expect(run.series('m')).toEqual(twin.series('m'));
    await run.stop();
    expect(readRecord(path).counts.get('action')).toBe(1);
  });

  it('knows the ticks that were left out', async () => {
    const { path, run, scrape } = await startRecorded('direct', { late: 'skip', max_lag: 2 });
    await run.ticks(2);
    await run.simulation.spike({ metric: 'visits', multiplier: 5, durationS: 30 });
    run.clock.stall(9000);
    await run.ticks(1);
    const page = await scrape();
    const { tick } = run.frame();
    await run.stop();
    const { gaps } = readRecord(path);
    expect(gaps.length).toBeGreaterThan(0);
    expect(await pageOf(path, tick)).toBe(page);
    await expect(pageOf(path, gaps[0]?.from_tick ?? 0)).rejects.toMatchObject({ code: 'tick_left_out' });
    await expect(pageOf(path, tick + 1)).rejects.toMatchObject({ code: 'tick_not_run' });
  });

  it('is read without a last line that was cut short, and not with a broken one before', async () => {
    const { path, run, scrape } = await startRecorded('direct');
    await run.simulation.spike({ metric: 'visits', multiplier: 5, durationS: 3 });
    await run.ticks(2);
    const page = await scrape();
    await run.stop();
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, -20));
    const { warnings, end } = readRecord(path);
    expect(warnings).toEqual([expect.stringContaining('the last line is cut short')]);
    expect(end).toBeUndefined();
    expect(await pageOf(path, 2)).toBe(page);
    writeFileSync(path, text.replace('"line":"action"', '"line":action'));
    expect(() => readRecord(path)).toThrow(/:3: is no JSON$/);
    writeFileSync(path, text.replace('"seed":3', '"seed":4').replace('"seed":3', '"seed":4'));
    expect(() => readRecord(path)).toThrow('config is not what config_sha256 says');
  });

  it('takes the place of no other one unless it may', async () => {
    const path = createPath();
    writeFileSync(path, 'kept');
    await expect(openJournal(path, { version: '1' })).rejects.toMatchObject({ code: 'journal_exists' });
    expect(readFileSync(path, 'utf8')).toBe('kept');
    await (await openJournal(path, { version: '1', overwrite: true })).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});
