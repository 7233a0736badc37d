/** Requests drawn from the document of the control API: its answers are in the document, and the run goes on. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { validatorOf, type OpenApiDocument, type Operation } from '../support/openapi.ts';
import { requestsOf, type DrawnRequest } from '../support/requests.ts';
import { FREE_PAGE, startSimulation } from '../support/simulation.ts';
import { createTestLogger } from '../support/sources.ts';

const REQUESTS = 5_000;
/** Requests between two ticks. */
const A_TICK = 50;

const CONFIG = {
  exporters: { prometheus: { ...FREE_PAGE, client: 'direct' }, otel: { enabled: false } },
  profiles: { shops: { labels: { shop: { values: ['a', 'b'] }, zone: { values: ['east', 'west'] } } } },
  metrics: [
    { name: 'orders_total', type: 'counter', base_rate: 5, profile: 'shops' },
    { name: 'level', type: 'gauge', profile: 'shops' },
    { name: 'latency_seconds', type: 'histogram', profile: 'shops' },
    { name: 'size_bytes', type: 'summary', profile: 'shops' },
  ],
  scenarios: {
    outage: { steps: [{ for: 5, effect: { metrics: '*', series: '{zone="east"}', rate: 0 } }] },
    pulse: { loop: { every: 3 }, steps: [{ for: 1, spike: { metric: 'level', multiplier: 2 } }] },
  },
};

const VOCABULARY =
  'orders_total level latency_seconds size_bytes * l* outage pulse spike-1 spike-2 effect-1 effect-2 calm ' +
  '{zone="east"} {shop=~"a|b",zone!="x"} {shop="x"} 5s 2m 1h INFO DEBUG mu sigma base_rate start ' +
  'counter gauge histogram summary constant poisson lognormal random_walk shops shop zone';
/** There is no tick to come. */
const EXPECTED_FAULTS = [503];

/** Routes that are no part of the document. */
const OUTSIDE = /^\/$|^\/openapi\.json$|^\/docs/;

/** The operation that a request is for, and whether there is a path for it at all. */
function findOperation({ paths }: OpenApiDocument, { method, path }: DrawnRequest) {
  const { pathname } = new URL(path, 'http://localhost');
  const found = Object.entries(paths).filter(([template]) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  // A path without parameters is the one that is meant.
  const [, operations] =
    found.toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))[0] ?? [];
  return { pathname, operations, operation: operations?.[method === 'HEAD' ? 'get' : method.toLowerCase()] };
}

it(`answers ${REQUESTS} requests as its document says, and goes on`, { timeout: 240_000 }, async () => {
  const run = await startSimulation(CONFIG);
  const { logger } = createTestLogger();
  let nowMs = 0;
  const app = createApp(run.simulation, {
    logger,
    setLogLevel: () => undefined,
    version: '1.2.3',
    // So slow that nothing is turned away for being too much.
    nowMs: () => (nowMs += 1_000),
  });
  const document = (await (await app.request('/openapi.json')).json()) as OpenApiDocument;
  const refusal = validatorOf(document, { $ref: '#/components/schemas/Error' });
  const validators = new Map<unknown, ReturnType<typeof validatorOf>>();
  const validator = (schema: unknown) => {
    const known = validators.get(schema) ?? validatorOf(document, schema);
    validators.set(schema, known);
    return known;
  };
  const counts = new Map<string, number>();

  const check = async (request: DrawnRequest): Promise<void> => {
    const { method, path, contentType, body } = request;
    const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
    const response = await app.request(path, {
      method,
      ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
      ...(hasBody && { body }),
    });
    const { status } = response;
    const { pathname, operations, operation } = findOperation(document, request);
    if (OUTSIDE.test(pathname)) return;
    const text = await response.text();
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
    if (operation === undefined) {
      const isLarge = (body?.length ?? 0) > 65_536;
      expect(status).toBe(isLarge && hasBody ? 413 : operations === undefined ? 404 : 405);
      if (method !== 'HEAD') expect(refusal.safeParse(JSON.parse(text)).error).toBeUndefined();
      return;
    }
    expectDocumented(operation, response, text, method === 'HEAD');
  };
  const expectDocumented = (
    { responses }: Operation,
    response: Response,
    text: string,
    isHead: boolean,
  ): void => {
    const { status, headers } = response;
    if (status >= 500) expect(EXPECTED_FAULTS).toContain(status);
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    expect(Object.keys(responses)).toContain(String(status));
    const { content } = responses[status] ?? { content: {} };
    expect(Object.keys(content).map((name) => name.split(';')[0])).toContain(type);
    if (isHead || type !== 'application/json') return;
    expect(validator(content[type]?.schema).safeParse(JSON.parse(text)).error).toBeUndefined();
  };

  const requests = fc.sample(requestsOf(document, VOCABULARY.split(' ')), { numRuns: REQUESTS, seed: 4 });
  for (const [index, request] of requests.entries()) {
    try {
      await check(request);
    } catch (error) {
      throw new Error(`request ${index}: ${JSON.stringify(request).slice(0, 2_000)}`, { cause: error });
    }
    if (index % A_TICK === 0) await run.ticks(1);
  }
  // It is no proof where everything is refused.
  for (const status of ['200', '201', '404', '405', '409', '413', '415', '422'])
    expect(counts.get(status) ?? 0, status).toBeGreaterThan(0);

  // The page is spoilt on request, too.
  for (const { id } of run.simulation.status().active_faults) await run.simulation.cancelFault(id);
  const { tick } = run.frame();
  await run.ticks(3);
  expect(run.frame().tick).toBe(tick + 3);
  expect(run.simulation.health()).toMatchObject({ healthy: true });
  expect(parsePage(await run.page(), 'text').problems).toEqual([]);
});
