// A real Prometheus scrapes a page that faults spoil: which scrapes fail is known beforehand, from seed, id and number.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Line } from '../../src/simulation/journal/lines.ts';
import { spoilScrape, type RequestFault } from '../../src/sinks/shared/faults.ts';
import { backendOrSkip, startPrometheus, until } from '../support/backends.ts';
import { createWorkspace, startLyrebird, stopAll, type Workspace } from '../support/lyrebird.ts';

const SEED = 11;
const SCRAPES = 14;

const config = {
  global: { tick_interval_s: 1, seed: SEED },
  exporters: { prometheus: { prefix: '' }, otel: { enabled: false } },
  metrics: [{ name: 'events_total', type: 'counter', base_rate: 5 }],
  faults: [
    { id: 'failing', kind: 'fail', share: 0.3, status: 500 },
    { id: 'cut', kind: 'truncate', share: 0.3, after_bytes: 20 },
  ],
};

/** The same faults, to work out what they spoil. */
const faults = config.faults.map(({ id, kind, share }): RequestFault => ({
  id,
  kind: kind as RequestFault['kind'],
  share,
  fromTick: 0,
  untilTick: Number.POSITIVE_INFINITY,
  status: 500,
  latencyMs: 0,
  jitterMs: 0,
  afterBytes: 20,
  contentType: '',
  upTicks: 0,
  downTicks: 0,
  lagTicks: 0,
}));

/** Whether the scrape of a number succeeds. */
const isUp = (number: number): number => (spoilScrape(faults, SEED, number, 0) === undefined ? 1 : 0);

let workspace: Workspace;
beforeAll(async () => {
  workspace = await createWorkspace();
});
afterAll(() => workspace.remove());

test(
  'up is 0 at exactly the scrapes that faults spoil, and the journal names them',
  { timeout: 120_000 },
  async (context) => {
    backendOrSkip(context, 'prometheus');
    const journal = join(workspace.directory, 'run.ndjson');
    const lyrebird = await startLyrebird({
      config: await workspace.write('faults.yaml', config),
      args: ['--journal', journal],
    });
    let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
    try {
      const running = await startPrometheus({ scrapeTargets: [lyrebird.scrapeTarget] });
      prometheus = running;
      const ups = await until(
        async () => {
          const [series] = await running.points('up[5m]');
          return series !== undefined && series.points.length >= SCRAPES && series.points;
        },
        { what: `${SCRAPES} scrapes`, timeoutMs: 60_000, everyMs: 500 },
      );
      const wanted = ups.map((_, index) => isUp(index + 1));
      expect(ups.map(({ value }) => value)).toEqual(wanted);
      expect(new Set(wanted)).toEqual(new Set([0, 1]));

      const { active_faults: active } = await lyrebird.status();
      expect(active).toMatchObject([{ id: 'cut' }, { id: 'failing' }]);
      // A page that was cut off left nothing behind.
      const [events] = await running.points('events_total[5m]');
      expect(events?.points.length).toBe(wanted.filter((up) => up === 1).length);
    } finally {
      await stopAll([prometheus, lyrebird]);
    }
    const lines = (await readFile(journal, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const asked = lines.filter(({ line }) => line === 'scrape').length;
    const spoilt = lines.filter((line) => line.line === 'fault').map(({ number }) => number);
    const numbers = Array.from({ length: asked }, (_, index) => index + 1);
    expect(spoilt).toEqual(numbers.filter((number) => isUp(number) === 0));
  },
);
