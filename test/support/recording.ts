// Pages of real servers, scraped one after the other under a load that changes: what there is to learn from.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Rng } from '../../src/util/rng.ts';
import { startNodeExporter, startPrometheus, until, type Prometheus } from './backends.ts';
import { stopAll } from './lyrebird.ts';

export interface Recording {
  /** Directories of pages, in the order of their names. */
  readonly directories: { readonly node: string; readonly prometheus: string };
  readonly everyMs: number;
  remove(): Promise<void>;
}

export interface RecordingOptions {
  readonly pages: number;
  /** Time between pages, as far as the machine keeps up. */
  readonly everyMs: number;
}

/** Phases of the load last at most so many pages. */
const LONGEST_PHASE = 8;
/** At full load, in each time between pages: work of a processor, bytes that are written, queries. */
const BUSY_SHARE = 0.3;
const WRITTEN_BYTES = 2 ** 20;
const QUERIES = 8;
const QUERY = 'count by (job) ({__name__=~"node_.+|prometheus_.+"})';

/** Scrapes a node_exporter and a Prometheus, which scrapes both, while they and their machine have more and less to do. */
export async function record({ pages, everyMs }: RecordingOptions): Promise<Recording> {
  const root = await mkdtemp(join(tmpdir(), 'lyrebird-recording-'));
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 5 });
  const directories = { node: join(root, 'node'), prometheus: join(root, 'prometheus') };
  const started: { stop(): Promise<void> }[] = [];
  try {
    for (const directory of Object.values(directories)) await mkdir(directory);
    const node = await startNodeExporter();
    started.push(node);
    const prometheus = await startPrometheus({
      scrapeTargets: [{ target: new URL(node.url).host, job: 'node' }],
      scrapeInterval: '1s',
    });
    started.push(prometheus);
    await until(async () => (await prometheus.query('up')).length > 0, { what: 'a first scrape' });
    const urls = { node: node.url, prometheus: `${prometheus.url}/metrics` };
    const load = createLoad(root, prometheus, everyMs);
    const startMs = performance.now();
    for (let page = 0; page < pages; page++) {
      await sleep(Math.max(0, startMs + page * everyMs - performance.now()));
      const name = `${String(page).padStart(4, '0')}.prom`;
      for (const server of ['node', 'prometheus'] as const)
        await writeFile(join(directories[server], name), await fetchText(urls[server]));
      await load();
    }
    return { directories, everyMs, remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await stopAll(started);
  }
}

/** What there is to do between two pages: for some pages much the same, then more or less of it. */
function createLoad(root: string, prometheus: Prometheus, everyMs: number): () => Promise<void> {
  const rng = new Rng();
  rng.seek(1, 2, 3);
  const block = Buffer.alloc(64 * 1024, 'lyrebird');
  let left = 0;
  let level = 0;
  return async () => {
    if (left-- <= 0) {
      left = Math.floor(rng.float() * LONGEST_PHASE);
      level = rng.float() ** 2;
    }
    const now = level * (0.7 + 0.6 * rng.float());
    const until = performance.now() + now * BUSY_SHARE * everyMs;
    while (performance.now() < until) createHash('sha256').update(block).digest();
    await Promise.all([
      write(join(root, 'written'), now * WRITTEN_BYTES, block),
      ...Array.from({ length: Math.round(now * QUERIES) }, () => prometheus.query(QUERY)),
    ]);
  };
}

async function write(path: string, bytes: number, block: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < bytes; written += block.length) await file.write(block);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}
