// Live pages, scraped by a clock that moves when it is asked to sleep.
import { describe, expect, it } from 'vitest';

import { fileNameOf, timeOf } from '../../src/learn/files.ts';
import { createHistory, type History, type SeenSeries } from '../../src/learn/history.ts';
import { scrapeTargets, targetOf, type ScrapeOptions, type ScrapeState } from '../../src/learn/targets.ts';
import type { Answer, Fetch } from '../../src/transport/request.ts';
import { LyrebirdError } from '../../src/util/errors.ts';

const START_MS = Date.UTC(2026, 0, 1, 12, 0, 0, 250);

const page = (value: number, name = 'jobs_total'): string => `# TYPE ${name} counter\n${name} ${value}\n`;

/** What a target answers: a page, a whole answer, or nothing. */
type Scripted = string | Partial<Answer> | Error;

interface Run {
  readonly history: History;
  readonly states: ScrapeState[];
  readonly failures: string[];
  readonly kept: [target: string, file: string, text: string][];
  result: Awaited<ReturnType<typeof scrapeTargets>>;
}

interface RunOptions extends Partial<ScrapeOptions> {
  readonly addresses?: readonly string[];
  /** Called before each answer; a scrape takes so many milliseconds. */
  readonly takesMs?: (scrape: number) => number;
}

/** Scrapes every 15 s what the script says, in the order of requests; its last entry is repeated. */
async function scrape(script: readonly Scripted[], options: RunOptions = {}): Promise<Run> {
  const { addresses = ['http://db:9100'], takesMs = () => 0, ...more } = options;
  let nowMs = 5;
  let asked = 0;
  const fetch: Fetch = async () => {
    const entry = script[Math.min(asked, script.length - 1)] as Scripted;
    nowMs += takesMs(asked++);
    if (entry instanceof Error) throw entry;
    const text = typeof entry === 'string' ? entry : '';
    return {
      status: 200,
      contentType: 'text/plain; version=0.0.4',
      location: undefined,
      body: bytesOf(text),
      ...(typeof entry === 'string' ? {} : entry),
    };
  };
  const run: Omit<Run, 'result'> = { history: createHistory(), states: [], failures: [], kept: [] };
  const result = await scrapeTargets(run.history, addresses.map(targetOf), {
    everyMs: 15_000,
    forMs: 60_000,
    maxSamples: 1000,
    fetch,
    signal: new AbortController().signal,
    clock: {
      nowMs: () => nowMs,
      wallMs: () => START_MS,
      sleep: async (ms) => void (nowMs += Math.max(0, ms)),
    },
    keep: ({ name }, timeMs, bytes) =>
      run.kept.push([name, fileNameOf(timeMs), Buffer.from(bytes).toString()]),
    tell: (state) => run.states.push(state),
    tellFailure: ({ name }, reason) => run.failures.push(`${name}: ${reason}`),
    ...more,
  });
  return { ...run, result };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  // In pieces, as they come over a network.
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += 7) yield bytes.subarray(from, from + 7);
}

function seriesIn({ history }: Run, family: string): SeenSeries[] {
  return [...(history.families.get(family)?.series.values() ?? [])];
}

const secondsIn = ({ timesMs }: SeenSeries): number[] => timesMs.map((time) => (time - START_MS) / 1000);

const down = new LyrebirdError('no_answer', 'http://db:9100/metrics: connect ECONNREFUSED');

describe('a live page', () => {
  it('is scraped at equal distances from the first time to the last, and its samples are of those times', async () => {
    const run = await scrape([1, 2, 3, 4, 5].map((value) => page(value)));
    const [series] = seriesIn(run, 'jobs_total') as [SeenSeries];
    expect(secondsIn(series)).toEqual([0, 15, 30, 45, 60]);
    expect(series.values).toEqual([1, 2, 3, 4, 5]);
    expect(run.result).toMatchObject({ end: 'done', pages: 5, failed: 0, missed: 0, leftMs: 0 });
    expect(run.states.map(({ done, rounds, leftMs }) => [done, rounds, leftMs])).toEqual([
      [1, 5, 60_000],
      [2, 5, 45_000],
      [3, 5, 30_000],
      [4, 5, 15_000],
      [5, 5, 0],
    ]);
  });

  it('that does not answer for a while is learnt from the other times', async () => {
    const run = await scrape([page(1), down, { status: 503, body: bytesOf('busy') }, page(4), page(5)]);
    const [series] = seriesIn(run, 'jobs_total') as [SeenSeries];
    expect(secondsIn(series)).toEqual([0, 45, 60]);
    expect(run.result).toMatchObject({ pages: 3, failed: 2 });
    expect(run.failures).toEqual([
      'db:9100: http://db:9100/metrics: connect ECONNREFUSED',
      'db:9100: http://db:9100/metrics: HTTP 503 Service Unavailable: busy',
    ]);
  });

  it('that never answers is an error which says why', async () => {
    await expect(scrape([down])).rejects.toThrow(
      'nothing is learnt: each of 5 scrapes failed, the last one: http://db:9100/metrics: connect ECONNREFUSED',
    );
  });

  it.each<[what: string, answer: Scripted, message: string]>([
    [
      'a page for people',
      { contentType: 'text/html', body: bytesOf('<html>') },
      'it is text/html, no page of metrics; give the path too, such as /metrics',
    ],
    ['an empty page', '', 'the page is empty'],
    [
      'a page without a sample',
      'hello world, here I am\n',
      'no sample; line 1 of it: column 13: "world," is no value',
    ],
    [
      'one that has moved',
      { status: 301, location: 'https://db/metrics' },
      'HTTP 301 Moved Permanently; it has moved to https://db/metrics: give that address',
    ],
    ['one that asks who we are', { status: 401, body: bytesOf('who?') }, 'HTTP 401 Unauthorized: who?'],
  ])('%s is no page', async (_, answer, message) => {
    await expect(scrape([answer], { forMs: 1 })).rejects.toThrow(
      `nothing is learnt: the scrape failed, the last one: http://db:9100/metrics: ${message}`,
    );
  });

  it('that is slow misses times, which is counted, and keeps to the others', async () => {
    const run = await scrape(
      [1, 2, 3].map((value) => page(value)),
      {
        takesMs: (index) => (index === 1 ? 40_000 : 0),
      },
    );
    const [series] = seriesIn(run, 'jobs_total') as [SeenSeries];
    expect(secondsIn(series)).toEqual([0, 15, 60]);
    expect(run.result).toMatchObject({ pages: 3, missed: 2 });
  });

  it('is left when it is asked to, with what has been learnt', async () => {
    const stopping = new AbortController();
    const run = await scrape([page(1), page(2)], {
      signal: stopping.signal,
      tell: ({ done }) => {
        if (done === 2) stopping.abort();
      },
    });
    expect(run.result).toMatchObject({ end: 'signal', pages: 2 });
    expect(seriesIn(run, 'jobs_total')[0]?.values).toEqual([1, 2]);
  });

  it('that is being scraped then is no failure', async () => {
    const stopping = new AbortController();
    const run = await scrape([page(1), down], {
      signal: stopping.signal,
      takesMs: (index) => {
        if (index === 1) stopping.abort();
        return 0;
      },
    });
    expect(run.result).toMatchObject({ end: 'signal', pages: 1, failed: 0 });
    expect(run.failures).toEqual([]);
  });

  it('before which it is left teaches nothing', async () => {
    await expect(scrape([page(1)], { signal: AbortSignal.abort() })).rejects.toThrow(
      'nothing is learnt: it was ended before the first page came',
    );
  });

  it('is left when there are as many samples as may be held', async () => {
    const run = await scrape([page(1)], { maxSamples: 3 });
    expect(run.result).toMatchObject({ end: 'full', pages: 3 });
    expect(run.history.samples).toBe(3);
  });

  it('is kept as it came, in a file whose name tells its time', async () => {
    const run = await scrape([page(1), page(2)], { forMs: 15_000 });
    expect(run.kept).toEqual([
      ['db:9100', '2026-01-01T12-00-00.250Z.prom', page(1)],
      ['db:9100', '2026-01-01T12-00-15.250Z.prom', page(2)],
    ]);
    expect(run.kept.map(([, file]) => timeOf(file) - START_MS)).toEqual([0, 15_000]);
  });

  it('in OpenMetrics is read as such', async () => {
    const openMetrics: Partial<Answer> = {
      contentType: 'application/openmetrics-text; version=1.0.0',
      body: bytesOf('# TYPE jobs counter\njobs_total 7\n# EOF\n'),
    };
    const run = await scrape([openMetrics], { forMs: 1 });
    expect(seriesIn(run, 'jobs_total')[0]?.values).toEqual([7]);
    expect([...run.history.notes]).toEqual([]);
  });

  it('with times of its own is learnt at those', async () => {
    const run = await scrape([`jobs 1 ${START_MS - 500}\n`, `jobs 2 ${START_MS + 14_500}\n`], {
      forMs: 15_000,
    });
    expect(secondsIn(seriesIn(run, 'jobs')[0] as SeenSeries)).toEqual([-0.5, 14.5]);
  });

  it('whose own times go back is a failure of that scrape', async () => {
    const run = await scrape([`jobs 1 ${START_MS}\n`, `jobs 2 ${START_MS - 1}\n`], { forMs: 15_000 });
    expect(run.result).toMatchObject({ pages: 1, failed: 1 });
    expect(run.failures[0]).toContain('not after the sample before it');
  });
});

describe('pages of several targets', () => {
  it('have the label instance, unless they have one of their own', async () => {
    const own = `${page(1)}# TYPE up gauge\nup{instance="x"} 1\n`;
    const run = await scrape([own, page(2), own, page(3)], {
      addresses: ['http://a:1', 'http://b:2/stats'],
      forMs: 15_000,
    });
    expect(seriesIn(run, 'jobs_total').map(({ labels, values }) => [labels['instance'], values])).toEqual([
      ['a:1', [1, 1]],
      ['b:2', [2, 3]],
    ]);
    expect(seriesIn(run, 'up').map(({ labels }) => labels)).toEqual([{ instance: 'x' }]);
    expect(run.result.pages).toBe(4);
  });

  it('are learnt from where one of them does not answer', async () => {
    const run = await scrape([page(1), down], { addresses: ['http://a:1', 'http://b:2'], forMs: 1 });
    expect(seriesIn(run, 'jobs_total')).toHaveLength(1);
    expect(run.result).toMatchObject({ pages: 1, failed: 1 });
  });
});

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:9100', 'http://127.0.0.1:9100/metrics'],
    ['http://127.0.0.1:9100/', 'http://127.0.0.1:9100/metrics'],
    ['https://host/some/path', 'https://host/some/path'],
    ['http://host:1/?module=a', 'http://host:1/?module=a'],
  ])('%s is the page %s', (address, url) => {
    expect(targetOf(address).url.href).toBe(url);
  });

  it.each(['ftp://host/metrics', 'http://', '/metrics'])('%s is none', (address) => {
    expect(() => targetOf(address)).toThrow(
      `${address} is no address; needs one such as http://127.0.0.1:9100`,
    );
  });
});

describe('the time in the name of a file', () => {
  it.each([
    ['page_2026-01-01T12-00-00.prom', '2026-01-01T12:00:00.000Z'],
    ['2026-01-01T12-00-00.125Z.prom', '2026-01-01T12:00:00.125Z'],
    ['127.0.0.1-2024_20260101T1200.prom', '2026-01-01T12:00:00.000Z'],
    ['page-1767268800.prom', '2026-01-01T12:00:00.000Z'],
    ['page-1767268800125.prom', '2026-01-01T12:00:00.125Z'],
    // Its first digits could be a date in the year 1764.
    ['page-1764120123456.prom', '2025-11-26T01:22:03.456Z'],
  ])('%s is %s', (file, time) => {
    expect(new Date(timeOf(file)).toISOString()).toBe(time);
  });
});
