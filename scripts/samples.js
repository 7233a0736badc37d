// Writes configs/samples/shop: pages of a made-up shop, 15 seconds apart, in three situations. Run after `npm run build`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Not a static import: the tools that check imports also run where nothing is built.
const { parseConfig, renderPage } = await import(new URL('../dist/index.js', import.meta.url).href);
const folder = join(import.meta.dirname, '..', 'configs', 'samples', 'shop');
const PAGES = 16;
const SECONDS = 15;
const START_MS = Date.UTC(2026, 0, 1);

/** What differs: requests a second, errors a second, seconds of half of the requests, jobs that wait, bytes. */
const SITUATIONS = {
  normal: { requests: 40, errors: 0.05, median: 0.06, jobs: [2, 12], memory: [180e6, 220e6] },
  high_load: { requests: 260, errors: 1.5, median: 0.15, jobs: [40, 120], memory: [350e6, 420e6] },
  error: { requests: 30, errors: 14, median: 0.9, jobs: [150, 400], memory: [240e6, 300e6] },
};

rmSync(folder, { recursive: true, force: true });
for (const [index, [name, of]] of Object.entries(SITUATIONS).entries()) {
  mkdirSync(join(folder, name), { recursive: true });
  const config = configOf(of, index + 1);
  for (let page = 0; page < PAGES; page++) {
    const chunks = [];
    // A while after its start, as a target is that has run for long.
    const tick = 600 + page * SECONDS;
    for await (const chunk of renderPage(config, { tick, format: 'text', startMs: START_MS }))
      chunks.push(Buffer.from(chunk));
    const time = new Date(START_MS + tick * 1000).toISOString().slice(0, 19).replaceAll(':', '-');
    writeFileSync(join(folder, name, `${time}.prom`), Buffer.concat(chunks));
  }
}
console.log(`wrote ${folder}`);

function configOf({ requests, errors, median, jobs, memory }, seed) {
  const gauge = ([min, max]) => ({
    type: 'gauge',
    algorithm: 'random_walk',
    start: (min + max) / 2,
    step: (max - min) / 12,
    clamp: [min, max],
    decimals: 0,
  });
  const counter = { type: 'counter', algorithm: 'poisson' };
  return parseConfig({
    global: { seed },
    exporters: { prometheus: { prefix: '' }, otel: { enabled: false } },
    metrics: [
      {
        ...counter,
        name: 'shop_http_requests_total',
        help: 'Requests by status.',
        base_rate: requests,
        series: [
          { labels: { method: 'GET', status: '200' } },
          { labels: { method: 'POST', status: '200' }, algorithm: 'poisson', base_rate: requests / 5 },
          { labels: { method: 'POST', status: '500' }, algorithm: 'poisson', base_rate: errors },
        ],
      },
      { ...counter, name: 'shop_orders_total', help: 'Orders taken.', base_rate: requests / 20 },
      { ...gauge(jobs), name: 'shop_jobs_waiting', help: 'Jobs in the queue.' },
      { ...gauge(memory), name: 'shop_memory_bytes', help: 'Memory in use.' },
      {
        name: 'shop_request_duration_seconds',
        type: 'histogram',
        help: 'Time that requests take.',
        algorithm: 'lognormal',
        mu: Math.log(median),
        sigma: 0.7,
        observations_per_s: requests,
        arrivals: 'poisson',
        buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1.5, 2.5, 7.5],
        decimals: 4,
      },
    ],
  });
}
