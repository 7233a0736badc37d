// The program learns from servers that are alive: a real node_exporter that it scrapes, and a real Prometheus that it asks.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import {
  backendOrSkip,
  findBackend,
  freePort,
  startNodeExporter,
  startProcess,
  startPrometheus,
  until,
  type Prometheus,
} from '../support/backends.ts';
import {
  createWorkspace,
  root,
  runLyrebird,
  startLyrebird,
  stopAll,
  type Lyrebird,
  type Workspace,
} from '../support/lyrebird.ts';
import { identityOf } from '../../src/labels/sets.ts';
import type { Page } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';

// Each starts the program several times.
vi.setConfig({ testTimeout: 90_000 });

let workspace: Workspace;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  workspace = await createWorkspace();
});
afterEach(() => stopAll(started.splice(0)));
afterAll(() => workspace.remove());

/** The page of a learnt file at tick 0, which goes on from the last samples. */
async function firstPage(config: string): Promise<Page> {
  const { code, stdout, stderr } = await runLyrebird(['render', '-c', config, '--tick', '0']);
  expect([code, stderr]).toEqual([0, '']);
  const page = parsePage(stdout, 'text');
  expect(page.problems).toEqual([]);
  return page;
}

/** Every series with its type, whatever its value; without labels that are empty. */
function seriesOn({ families }: Page): string[] {
  return families
    .flatMap(({ name, type, points }) =>
      points.map(({ labels, buckets, quantiles }) => {
        const set = labels
          .filter(({ value }) => value !== '')
          .map((label) => `${label.name}="${label.value}"`);
        const own = [...buckets.map(({ le }) => le), ...quantiles.map(({ quantile }) => quantile)];
        return `${type} ${name}{${set.toSorted().join(',')}} ${own.join(' ')}`;
      }),
    )
    .toSorted();
}

describe('a live page', () => {
  it('of node_exporter becomes a file with all of its series, and so do the pages that were kept', async (context) => {
    backendOrSkip(context, 'node-exporter');
    const exporter = await startNodeExporter();
    started.push(exporter);
    const [kept, file, again] = ['kept', 'live.yaml', 'again.yaml'].map((name) =>
      join(workspace.directory, name),
    ) as [string, string, string];
    const live = ['learn', exporter.url, '--every', '500ms', '--for', '3s', '--keep', kept, '-o', file];
    const { code, stderr } = await runLyrebird(live);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/\d pages scraped/)]);
    expect(stderr).toContain(`scraping ${exporter.url} 7 times, every 500ms`);
    const pages = readdirSync(kept).toSorted();
    const last = parsePage(readFileSync(join(kept, pages.at(-1) as string), 'utf8'), 'text');
    const learnt = new Set(seriesOn(await firstPage(file)));
    // OpenMetrics takes go_memstats_alloc_bytes and its _total for one family, which have two types.
    const isLearnt = (series: string): boolean =>
      learnt.has(series) ||
      learnt.has(series.replace(/^counter (?=go_memstats_alloc_bytes_total)/, 'unknown '));
    expect(seriesOn(last).filter((series) => !isLearnt(series))).toEqual([]);
    // Their names tell when they were taken.
    expect((await runLyrebird(['learn', kept, '-o', again])).code).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  it('is left at Ctrl-C, with what has been learnt by then', async () => {
    const lyrebird = await startLyrebird({
      config: join(root, 'configs', 'quickstart.yaml'),
      sets: { 'exporters.otel.enabled': false },
    });
    started.push(lyrebird);
    const [kept, file] = ['early', 'early.yaml'].map((name) => join(workspace.directory, name)) as [
      string,
      string,
    ];
    const args = ['learn', lyrebird.pageUrl, '--every', '200ms', '--for', '1h', '--keep', kept, '-o', file];
    const learning = await startProcess(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
      cwd: root,
      ready: () => readdirSync(kept).length >= 3,
    });
    started.push(learning);
    learning.signal('SIGINT');
    expect(await learning.exited).toMatchObject({ code: 0 });
    expect(learning.output()).toContain('pages scraped, ended early');
    expect(seriesOn(await firstPage(file)).length).toBeGreaterThan(10);
  });

  it('that nobody serves is an error that says where and why', async () => {
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    const { code, stderr } = await runLyrebird(['learn', url, '--every', '50ms', '--for', '100ms']);
    expect(code).toBe(1);
    expect(stderr).toContain(`failed: ${url}: connect ECONNREFUSED`);
    expect(stderr).toMatch(/nothing is learnt: (each of \d scrapes|the scrape) failed/);
  });
});

describe('what a Prometheus has stored', () => {
  let prometheus: Prometheus | undefined;
  let lyrebird: Lyrebird | undefined;

  beforeAll(async () => {
    if (findBackend('prometheus') === undefined) return;
    const config = await workspace.write('source.yaml', {
      global: { tick_interval_s: 0.5, seed: 3 },
      exporters: { prometheus: { prefix: '' }, otel: { enabled: false } },
      profiles: { web: { labels: { path: { values: ['/a', '/b"\\'] }, empty: { values: ['', 'x'] } } } },
      metrics: [
        { name: 'jobs_total', type: 'counter', profile: 'web', base_rate: 20, help: 'Jobs done.' },
        { name: 'level', type: 'gauge', profile: 'web', start: 5, step: 0.5 },
        { name: 'latency', type: 'histogram', unit: 's', profile: 'web', help: 'Waits.' },
        { name: 'size', type: 'summary', algorithm: 'exponential', lam: 0.01, quantiles: [0.5, 0.99] },
        { name: 'build', type: 'info', labels: { version: { values: ['1.2'] } } },
        { name: 'state', type: 'stateset', states: ['ready', 'busy'], dwell_s: 2 },
        { name: 'commits', type: 'unknown', like: 'counter', base_rate: 3 },
      ],
    });
    lyrebird = await startLyrebird({ config });
    prometheus = await startPrometheus({
      scrapeTargets: [{ target: lyrebird.scrapeTarget, job: 'shop' }],
      scrapeInterval: '500ms',
    });
    await until(
      async () => {
        const [first] = await (prometheus as Prometheus).query('min(count_over_time(jobs_total[1m]))');
        return (first?.value ?? 0) >= 12;
      },
      { what: 'a dozen scrapes', timeoutMs: 30_000, everyMs: 200 },
    );
  }, 60_000);

  afterAll(() => stopAll([prometheus, lyrebird]));

  async function learn(...args: string[]): Promise<{ page: Page; stderr: string; text: string }> {
    const file = join(workspace.directory, 'stored.yaml');
    const { url } = prometheus as Prometheus;
    const { code, stderr } = await runLyrebird(['learn', '--from', url, '-o', file, ...args]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('learnt ')]);
    return { page: await firstPage(file), stderr, text: readFileSync(file, 'utf8') };
  }

  it('of a page becomes a file with the families and series of that page', async (context) => {
    backendOrSkip(context, 'prometheus');
    const { page, stderr } = await learn('--match', '{job="shop"}', '--range', '2m');
    expect(stderr).toContain('without labels instance, job');
    expect(stderr).toContain('up is what the scraper adds, and is left out');
    // An info and a state set are learnt as gauges, which they are on a text page.
    const real = parsePage(await (lyrebird as Lyrebird).page(), 'text');
    expect(seriesOn(page)).toEqual(seriesOn(real));
    const helpOf = (name: string) => page.families.find((family) => family.name === name)?.help;
    expect(helpOf('jobs_total')).toBe('Jobs done.');
    expect(helpOf('latency_seconds')).toBe('Waits.');
  });

  it('goes on from the last sample of each counter', async (context) => {
    backendOrSkip(context, 'prometheus');
    const now = Date.now() / 1000 - 2;
    const to = ['--to', String(Math.floor(now))];
    const { page } = await learn('--match', 'jobs_total', '--range', '1m', ...to);
    const stored = await (prometheus as Prometheus).points('jobs_total[1m]', Math.floor(now));
    const lasts = stored.map(({ points }) => points.at(-1)?.value ?? Number.NaN);
    const starts = page.families[0]?.points.map(({ value = Number.NaN }) => value) ?? [];
    const ascending = (a: number, b: number): number => a - b;
    expect(starts.toSorted(ascending)).toEqual(lasts.toSorted(ascending));
  });

  it('is taken at equal distances with --step', async (context) => {
    backendOrSkip(context, 'prometheus');
    const { text } = await learn('--match', 'level', '--range', '10s', '--step', '2s');
    expect(text).toMatch(/^# Learnt from \d pages: 1 families, 4 series, \d+ samples, 2 s apart\.$/m);
  });

  it('that does not match is an error that names what would', async (context) => {
    backendOrSkip(context, 'prometheus');
    const { url } = prometheus as Prometheus;
    const { code, stderr } = await runLyrebird(['learn', '--from', url, '--match', '{job="shob"}']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/has no series of \{job="shob"\} from .* \(1h\); did you mean shop\?/);
  });

  it.for([
    [['--match', '{job='], 1, 'refuses: bad_data: '],
    [['--match', 'level', '--max-samples', '3'], 1, 'of 4 series, more than 3: ask for a narrower --match'],
    [[], 2, '--from needs --match, which series to learn, such as --match \'{job="node"}\''],
    [['--match', 'level', '--every', '5s'], 2, '--every is of live pages (http://...), and these are stored'],
  ] as const)('%j is refused', async ([args, code, message], context) => {
    backendOrSkip(context, 'prometheus');
    const run = await runLyrebird(['learn', '--from', (prometheus as Prometheus).url, ...args]);
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  it('is asked for where there is none, and that is said', async (context) => {
    backendOrSkip(context, 'prometheus');
    const { url } = prometheus as Prometheus;
    const run = await runLyrebird(['learn', '--from', `${url}/nowhere`, '--match', 'up']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`${url}/nowhere: HTTP 404 Not Found`);
  });
});

describe('native histograms that a Prometheus has scraped of another', () => {
  /** What the target has of itself, and which of its series are native histograms with the ends of their buckets. */
  async function storedIn({ url, series }: Prometheus) {
    const query = encodeURIComponent('{job="target"}');
    const answer = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as {
      data: { result: { metric: Record<string, string>; histogram?: [number, { buckets?: string[][] }] }[] };
    };
    const names = new Set((await series('{job="target"}')).map((labels) => labels['__name__'] ?? ''));
    const natives = answer.data.result.flatMap(({ metric, histogram }) => {
      if (histogram === undefined) return [];
      const ends = (histogram[1].buckets ?? []).flatMap(([, low, high]) => [Number(low), Number(high)]);
      const { __name__: name = '', instance: _, job: __, ...labels } = metric;
      return [{ name, labels, ends }];
    });
    return { names, natives };
  }

  async function scrapeNatives(alsoClassic: boolean): Promise<Prometheus> {
    const target = await startPrometheus();
    started.push(target);
    const global = {
      scrape_interval: '500ms',
      scrape_timeout: '500ms',
      scrape_native_histograms: true,
      always_scrape_classic_histograms: alsoClassic,
    };
    const job = { job_name: 'target', static_configs: [{ targets: [new URL(target.url).host] }] };
    const scraper = await startPrometheus({ config: JSON.stringify({ global, scrape_configs: [job] }) });
    started.push(scraper);
    await until(
      async () => {
        await target.query('up');
        const [first] = await scraper.query('count_over_time(process_start_time_seconds[1m])');
        return (first?.value ?? 0) >= 12;
      },
      { what: 'a dozen scrapes', timeoutMs: 30_000, everyMs: 100 },
    );
    return scraper;
  }

  async function learn({ url }: Prometheus): Promise<{ page: Page; stderr: string }> {
    const file = join(workspace.directory, 'native.yaml');
    const args = ['learn', '--from', url, '--match', '{job="target"}', '--range', '1m', '-o', file];
    const { code, stderr } = await runLyrebird(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining('learnt ')]);
    const later = await runLyrebird(['render', '-c', file, '--tick', '120']);
    expect(later.code, later.stderr).toBe(0);
    const page = parsePage(later.stdout, 'text');
    expect(page.problems).toEqual([]);
    return { page, stderr };
  }

  it('are histograms with their series, and observations lie where they lay', async (context) => {
    backendOrSkip(context, 'prometheus');
    const scraper = await scrapeNatives(false);
    const { names, natives } = await storedIn(scraper);
    const { page, stderr } = await learn(scraper);
    const families = new Map(page.families.map((family) => [family.name, family]));
    expect(natives.map(({ name }) => name)).toContain('prometheus_http_request_duration_seconds');
    let observed = 0;
    for (const { name, labels, ends } of natives) {
      const family = families.get(name);
      expect(family?.type, name).toBe('histogram');
      const set = identityOf(labels);
      const points = family?.points.find(
        (one) => identityOf(Object.fromEntries(one.labels.map((label) => [label.name, label.value]))) === set,
      );
      const { count = Number.NaN, sum = Number.NaN } = points ?? {};
      expect(count, `${name} ${set}`).toBeGreaterThanOrEqual(0);
      if (count === 0 || ends.length === 0) continue;
      observed += 1;
      expect(sum / count, `${name} ${set}`).toBeGreaterThanOrEqual(Math.min(...ends));
      expect(sum / count, `${name} ${set}`).toBeLessThanOrEqual(2 * Math.max(...ends));
    }
    expect(observed).toBeGreaterThan(2);
    // Nothing is dropped in silence.
    const isThere = (name: string): boolean =>
      families.has(name) ||
      families.has(name.replace(/_(bucket|sum|count)$/, '')) ||
      stderr.includes(`${name} is `);
    expect([...names].filter((name) => !isThere(name))).toEqual([]);
  });

  it('are left out beside classic ones, which are learnt, and that is said', async (context) => {
    backendOrSkip(context, 'prometheus');
    const scraper = await scrapeNatives(true);
    const { names, natives } = await storedIn(scraper);
    const { page, stderr } = await learn(scraper);
    const both = new Set(natives.map(({ name }) => name).filter((name) => names.has(`${name}_bucket`)));
    expect([...both]).toContain('prometheus_http_request_duration_seconds');
    for (const name of both) {
      expect(page.families.find((family) => family.name === name)?.type, name).toBe('histogram');
      expect(stderr).toContain(
        `${name} is there as native and as classic histogram; ${name}_bucket is learnt from, and is left out`,
      );
    }
  });
});
