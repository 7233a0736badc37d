// From pages that came one after the other to a configuration that makes more of the same.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { addFiles, timeOf } from '../../src/learn/files.ts';
import { addPage, createHistory, type History } from '../../src/learn/history.ts';
import { learn, type LearnOptions } from '../../src/learn/learnt.ts';
import { correlationOf } from '../../src/learn/statistics.ts';
import type { ScalarColumn } from '../../src/series/column.ts';
import { NEUTRAL } from '../../src/series/modulation.ts';
import type { Source } from '../../src/series/source.ts';
import { createPlant } from '../../src/simulation/plant.ts';
import { renderPage } from '../../src/simulation/render.ts';
import { normal } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';
import { momentOf } from '../support/families.ts';
import type { Page } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';

/** Pages so many seconds apart. */
function historyOf(pages: readonly string[], everyS = 15): History {
  const history = createHistory();
  for (const [i, text] of pages.entries())
    addPage(history, parsePage(text, 'text'), i * everyS * 1000, `page ${i}`);
  return history;
}

async function pageAt(
  history: History,
  tick: number,
  options?: LearnOptions,
  sets: readonly string[] = [],
): Promise<Page> {
  const { config } = loadConfig({ text: learn(history, options).text, file: 'learned.yaml' }, { sets });
  const chunks: Buffer[] = [];
  for await (const chunk of renderPage(config, { tick, format: 'text' })) chunks.push(Buffer.from(chunk));
  const page = parsePage(Buffer.concat(chunks), 'text');
  expect(page.problems).toEqual([]);
  return page;
}

function valueOf({ families }: Page, name: string, point = 0): number {
  return families.find((family) => family.name === name)?.points[point]?.value ?? Number.NaN;
}

function shapeOf({ families }: Page): unknown {
  return families.map(({ name, type, help, points }) => [
    name,
    type,
    help,
    points.map(({ labels, buckets, quantiles }) => [
      labels
        .filter(({ value }) => value !== '')
        .map((label) => `${label.name}=${label.value}`)
        .toSorted(),
      buckets.map(({ le }) => le),
      quantiles.map(({ quantile }) => quantile),
    ]),
  ]);
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'learn-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const counter = (value: number): string =>
  `# TYPE http_requests_total counter\nhttp_requests_total{method="GET"} ${value}\n`;

it('quantiles that differ beyond the digits that are written are one edge', () => {
  const page = [
    '# TYPE s summary',
    's{quantile="0.5"} 0.10000001',
    's{quantile="0.9"} 0.10000002',
    's_sum 5',
    's_count 50',
    '',
  ];
  const { text } = learn(historyOf([page.join('\n')]));
  expect(() => loadConfig({ text, file: 'learned.yaml' })).not.toThrow();
});

describe('a counter of 1000, 1240 and 1510 at steps of five minutes', () => {
  it('goes on from 1510 at 48 to 54 a minute', async () => {
    const path = directory();
    for (const [i, value] of [1000, 1240, 1510].entries())
      writeFileSync(join(path, `sample-${i}.prom`), counter(value));
    const history = createHistory();
    addFiles(history, [path], { intervalMs: 300_000 });
    let before = 1510;
    expect(valueOf(await pageAt(history, 0), 'http_requests_total')).toBe(1510);
    for (let minute = 1; minute <= 12; minute++) {
      const now = valueOf(await pageAt(history, 60 * minute), 'http_requests_total');
      expect(now - before, `minute ${minute}`).toBeGreaterThanOrEqual(48);
      expect(now - before, `minute ${minute}`).toBeLessThanOrEqual(54);
      before = now;
    }
  });

  it('is told by the names of its files', async () => {
    const path = directory();
    for (const [i, value] of [1000, 1240, 1510].entries())
      writeFileSync(
        join(path, `shop_2026-01-01T12-0${5 * i}-00.prom`.replace('010-', '10-')),
        counter(value),
      );
    const history = createHistory();
    addFiles(history, [path]);
    expect(learn(history).text).toContain('rates: [0.8, 0.9], every_s: 300');
  });

  it('is refused where the times of its files are equal', async () => {
    const path = directory();
    for (const [i, value] of [1000, 1240].entries()) {
      writeFileSync(join(path, `sample-${i}.prom`), counter(value));
      utimesSync(join(path, `sample-${i}.prom`), 1e9, 1e9);
    }
    expect(() => addFiles(createHistory(), [path])).toThrow(
      /sample-1\.prom is of .*, not after .*sample-0\.prom.*--interval 5m/,
    );
  });

  it('that was reset counts from 0 there', () => {
    expect(learn(historyOf([counter(100), counter(30)], 10)).text).toContain(
      'start: 30, rates: [3], every_s: 10',
    );
  });

  it('of one sample is a guess, and says so', () => {
    const { text, guessed } = learn(historyOf([counter(7)]));
    expect(text).toContain('1 samples; a guess: one sample');
    expect(guessed).toBe(1);
  });
});

describe('the time of a file', () => {
  it.each([
    ['node-20260102T030405.prom', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02_03-04.prom', '2026-01-02T03:04:00.000Z'],
    ['scrape_1767225600.prom', '2026-01-01T00:00:00.000Z'],
    ['scrape_1767225600123.prom', '2026-01-01T00:00:00.123Z'],
  ])('%s is that of its name', (name, time) => {
    expect(new Date(timeOf(join('/samples', name))).toISOString()).toBe(time);
  });
});

const PAGE = `# HELP a_total All "kinds" \\\\ of $ things.
# TYPE a_total counter
a_total{path="/$HOME",q="\\"\\n\\\\"} 3
a_total{path="",other="x"} 4
# TYPE a gauge
a -1.5
# TYPE lat histogram
lat_bucket{z="1",le="0.5"} 1
lat_bucket{z="1",le="+Inf"} 3
lat_sum{z="1"} 4
lat_count{z="1"} 3
lat_bucket{z="2",le="0.5"} 0
lat_bucket{z="2",le="+Inf"} 0
lat_sum{z="2"} 0
lat_count{z="2"} 0
# TYPE bare histogram
bare_bucket{le="+Inf"} 3
bare_sum 4
bare_count 3
# TYPE lag_total_seconds_total counter
lag_total_seconds_total 7
# TYPE pause summary
pause{quantile="0.5"} 0.001
pause{quantile="0.9"} 0.004
pause_sum 2
pause_count 900
# TYPE still gauge
still NaN
`;

describe('a page', () => {
  it.each([1, 2])(
    'seen %d times is reproduced with every family and label set, consistent',
    async (times) => {
      const seen = parsePage(
        PAGE.replaceAll(/(a_total|lag_total_seconds_total) counter/g, '$1 untyped'),
        'text',
      );
      const made = await pageAt(historyOf(Array.from({ length: times }, () => PAGE)), 30);
      expect(shapeOf(made)).toEqual(
        (shapeOf(seen) as [string, string, string, unknown][]).map(([name, type, help, points]) => [
          name,
          type,
          help === '' ? `Generated ${type} metric: ${name}` : help,
          points,
        ]),
      );
    },
  );

  it('with another replica label becomes a fleet, each with its own draws', async () => {
    const pages = Array.from(
      { length: 20 },
      (_, i) =>
        `# TYPE g gauge\ng{instance="me",cpu="0"} ${(i * 7) % 5}\ng{instance="me",cpu="1"} ${(i * 3) % 7}\n`,
    );
    const made = await pageAt(historyOf(pages), 50, { replicas: { label: 'instance', from: 1, to: 40 } });
    expect(made.families[0]?.points).toHaveLength(80);
    expect(new Set(made.families[0]?.points.map(({ value }) => value)).size).toBeGreaterThan(5);
  });
});

describe('what is of unknown type', () => {
  const pagesOf = (values: readonly number[]) =>
    values.map((value) => `# TYPE faults untyped\nfaults ${value}\n`);

  it('and never falls counts, and is of unknown type again', async () => {
    const history = historyOf(pagesOf([100, 130, 160, 160, 220]));
    expect(learn(history).text).toContain('type: unknown\n    like: "counter"\n');
    const values = [0, 15, 30, 60].map(async (tick) => {
      const page = await pageAt(history, tick);
      expect(page.families[0]?.type).toBe('unknown');
      return valueOf(page, 'faults');
    });
    const [first = 0, ...later] = await Promise.all(values);
    expect(first).toBe(220);
    let before = first;
    for (const value of later) {
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
    }
  });

  it('and falls is a level', () => {
    expect(learn(historyOf(pagesOf([100, 130, 120, 160, 220]))).text).toContain(
      'type: unknown\n    algorithm',
    );
  });
});

describe('three days of a gauge that goes up by day', () => {
  const HALF_HOUR_S = 1800;
  const rng = new Rng();
  const levelAt = (halfHour: number): number => 50 - 30 * Math.cos((2 * Math.PI * halfHour) / 48);
  const history = historyOf(
    Array.from({ length: 3 * 48 }, (_, i) => {
      rng.seek(5, 6, i);
      return `# TYPE users gauge\nusers ${levelAt(i) + normal(rng)}\n`;
    }),
    HALF_HOUR_S,
  );

  it('go up by day again', async () => {
    for (const hour of [0, 6, 12, 18]) {
      const level = valueOf(await pageAt(history, hour * 60, {}, ['global.tick_interval_s=60']), 'users');
      expect(Math.abs(level - levelAt(2 * hour)), `at ${hour} o'clock`).toBeLessThan(8);
    }
  });

  it('are told hour by hour', () => {
    const [, hours = ''] = /hours: \[([^\]]*)\]/.exec(learn(history).text) ?? [];
    const profile = hours.split(', ').map(Number);
    expect(profile).toHaveLength(24);
    expect(profile.indexOf(Math.max(...profile))).toBeGreaterThanOrEqual(11);
    expect(profile.indexOf(Math.max(...profile))).toBeLessThanOrEqual(13);
  });
});

describe('series that moved together', () => {
  const rng = new Rng();
  let total = 0;
  const pages = Array.from({ length: 300 }, (_, i) => {
    rng.seek(1, 2, i);
    const load = normal(rng);
    total += Math.round(500 + 200 * Math.max(-2, load));
    const used = 50 + 10 * load + normal(rng);
    const noise = normal(rng);
    return `# TYPE requests_total counter\nrequests_total ${total}\n# TYPE used gauge\nused ${used}\n# TYPE free gauge\nfree ${100 - used}\n# TYPE noise gauge\nnoise ${noise}\n`;
  });

  it('do so again', async () => {
    const history = historyOf(pages);
    const { config } = loadConfig({ text: learn(history).text, file: 'learned.yaml' });
    const seen = {
      requests: [] as number[],
      used: [] as number[],
      free: [] as number[],
      noise: [] as number[],
    };
    let before = Number.NaN;
    const { sources } = createPlant(config);
    const shown = (name: string): number => {
      const { column } = sources.find(({ family }) => family.name === name) as Source;
      return (column as ScalarColumn).values[0] as number;
    };
    for (let tick = 0; tick <= 15 * 300; tick++) {
      for (const source of sources) {
        if (tick === 0) source.start(momentOf(0), 0, 1);
        else source.advance(momentOf(tick), 0, 1, NEUTRAL);
      }
      if (tick % 15 !== 0) continue;
      const now = shown('requests_total');
      if (tick > 0) {
        seen.requests.push(now - before);
        for (const name of ['used', 'free', 'noise'] as const) seen[name].push(shown(name));
      }
      before = now;
    }
    expect(correlationOf(seen.requests, seen.used)).toBeGreaterThan(0.8);
    expect(correlationOf(seen.used, seen.free)).toBeLessThan(-0.9);
    expect(Math.abs(correlationOf(seen.noise, seen.used))).toBeLessThan(0.4);
  });
});

it.each<[string, string[], string]>([
  ['without a sample', ['', '# HELP x X.\n'], 'nothing is learnt: 2 pages hold no sample that can be taken'],
  [
    'with ends of lines of another system',
    ['x 1\r\n', 'x 2\r\n'],
    'nothing is learnt: 2 pages hold no sample that can be taken: page 0:1: column 5: "1\\r" is no value, and 1 more',
  ],
])('pages %s make no configuration that cannot be run', (_, pages, message) => {
  expect(() => learn(historyOf(pages))).toThrow(message);
});
