import { Registry, Gauge } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { createRegistrySink, registerFamilies } from '../../src/sinks/prom-client/registry.ts';
import { promClient } from '../../src/sinks/prom-client.ts';
import { prometheus } from '../../src/sinks/prometheus.ts';
import { expected, TEXT_TYPES, type Detail } from '../conformance/seen.ts';
import { describeSink } from '../conformance/sinks.ts';
import { createTestContext } from '../support/context.ts';
import { createFrame, nextFrame, type FamilyInput } from '../support/frames.ts';
import { seenOnPage } from '../support/pages.ts';
import { createPullHarness, get, urlOf } from '../support/scrape.ts';

const LOCAL = { port: 0, bind_address: '127.0.0.1' };
const DETAIL: Detail = { help: true, types: TEXT_TYPES };

describeSink({
  name: 'prom-client (text)',
  capabilities: promClient.capabilities,
  protocol: 'prometheus',
  detail: DETAIL,
  createHarness(families) {
    const context = createTestContext();
    const sink = promClient.create(promClient.options.parse(LOCAL), context);
    return createPullHarness(sink, context, families, 'text', DETAIL);
  },
  skip: { 'negative zero': 'prom-client prints -0 as 0' },
});

const INPUTS: FamilyInput[] = [
  { name: 'requests', type: 'counter', help: 'Requests.', series: [{ labels: { code: '200' }, value: 7 }] },
  {
    name: 'latency',
    type: 'histogram',
    bounds: [0.5],
    series: [{ labels: { zone: 'a"b' }, counts: [1, 2], sum: 3.5 }],
  },
  {
    name: 'size',
    type: 'summary',
    quantiles: [0.5],
    series: [{ labels: {}, quantiles: [NaN], count: 0, sum: 0 }],
  },
];

describe('the prom-client sink', () => {
  it('serves OpenMetrics from our own writer, byte for byte as the direct client', async () => {
    const pages = [];
    for (const definition of [promClient, prometheus]) {
      const context = createTestContext();
      context.frame = createFrame(INPUTS);
      const sink = definition.create(definition.options.parse({ ...LOCAL, created: true }), context);
      await sink.start(context.frame.families.map(({ family }) => family));
      pages.push((await get(urlOf(sink), { accept: 'application/openmetrics-text' })).text);
      await sink.stop(1000);
    }
    expect(pages[0]).toBe(pages[1]);
    expect(pages[0]).toContain('requests_created{code="200"}');
  });

  it('refuses timestamps, which prom-client does not print, and says what does', () => {
    const options = promClient.options.parse({ timestamps: true });
    expect(() => promClient.create(options, createTestContext())).toThrow(
      'exporters.prometheus.client: the library client (prom-client) cannot show timestamps (exporters.prometheus.timestamps); use client: direct',
    );
    expect(promClient.obstacle?.(options)).toContain('timestamps');
    expect(promClient.obstacle?.(promClient.options.parse({}))).toBeUndefined();
  });
});

describe('a registry of the user', () => {
  const attach = (inputs: FamilyInput[]) => {
    const registry = new Registry();
    const context = createTestContext();
    context.frame = createFrame(inputs);
    const families = context.frame.families.map(({ family }) => family);
    return { registry, context, families, frame: context.frame };
  };

  it('shows the simulation beside its own metrics, with its default labels, the last tick each time', async () => {
    const { registry, context, families, frame } = attach(INPUTS.slice(0, 1));
    new Gauge({ name: 'mine', help: 'Mine.', registers: [registry] }).set(1);
    registry.setDefaultLabels({ job: 'test', code: 'default' });
    registerFamilies(registry, families, context.read);
    expect(await registry.metrics()).toContain('requests_total{job="test",code="200"} 7\n');
    nextFrame(frame, [{ ...INPUTS[0], series: [{ labels: { code: '200' }, value: 8 }] } as FamilyInput]);
    const page = await registry.metrics();
    expect(page).toContain('mine{job="test",code="default"} 1\n');
    expect(page).toContain('requests_total{job="test",code="200"} 8\n');
  });

  it('shows all families of one page at the same tick', async () => {
    const { registry, context, families } = attach(INPUTS);
    let reads = 0;
    registerFamilies(registry, families, (use) => {
      reads++;
      return context.read(use);
    });
    const page = await registry.metrics();
    expect(reads).toBe(1);
    expect(seenOnPage(page, 'text')).toEqual(expected(createFrame(INPUTS), 'prometheus'));
  });

  it('gives JSON with every label', async () => {
    const { registry, context, families } = attach(INPUTS);
    registerFamilies(registry, families, context.read);
    const [, histogram] = await registry.getMetricsAsJSON();
    expect(histogram).toMatchObject({
      name: 'latency',
      type: 'histogram',
      values: [
        { metricName: 'latency_bucket', labels: { zone: 'a"b', le: 0.5 }, value: 1 },
        { metricName: 'latency_bucket', labels: { zone: 'a"b', le: '+Inf' }, value: 3 },
        { metricName: 'latency_sum', labels: { zone: 'a"b' }, value: 3.5 },
        { metricName: 'latency_count', labels: { zone: 'a"b' }, value: 3 },
      ],
    });
  });

  it('prints OpenMetrics that a strict parser takes, if it is asked to', async () => {
    const { context, families } = attach(INPUTS.slice(0, 2));
    const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    registerFamilies(registry, families, context.read);
    expect(seenOnPage(await registry.metrics(), 'openmetrics')).toEqual(
      expected(createFrame(INPUTS.slice(0, 2)), 'prometheus'),
    );
  });

  it('fails a page when there is no frame, with the reason', async () => {
    const { registry, context, families } = attach(INPUTS);
    registerFamilies(registry, families, context.read);
    context.frame = undefined;
    await expect(registry.metrics()).rejects.toThrow('the first tick is not done yet');
  });

  it('follows families that change, and goes on with those from before when a new name is taken', async () => {
    const { registry, context, families } = attach(INPUTS.slice(0, 1));
    registry.registerMetric(new Gauge({ name: 'mine', help: 'Mine.', registers: [] }));
    const sink = createRegistrySink(registry)(context);
    await sink.start(families);
    const names = (): string[] => registry.getMetricsAsArray().map(({ name }) => name);
    const changed = createFrame(INPUTS);
    const change = { families: changed.families.map(({ family }) => family), successions: new Map() };
    context.frame = changed;
    await sink.change?.(change);
    expect(names()).toEqual(['mine', 'requests_total', 'latency', 'size']);
    expect(seenOnPage(await registry.metrics(), 'text')).toMatchObject(expected(changed, 'prometheus'));
    const taken = createFrame([{ name: 'mine', type: 'gauge', series: [{ value: 1 }] }]);
    await sink.change?.({ ...change, families: taken.families.map(({ family }) => family) });
    expect(names()).toEqual(['mine', 'requests_total', 'latency', 'size']);
    expect(context.logged).toEqual(['error: prom-client registry: families that are new are not shown']);
    await sink.stop(0);
    expect(names()).toEqual(['mine']);
  });

  it('is left as it was when a name is taken, and when the simulation ends', async () => {
    const { registry, context, families } = attach(INPUTS);
    registry.registerMetric(new Gauge({ name: 'size', help: 'Mine.', registers: [] }));
    expect(() => registerFamilies(registry, families, context.read)).toThrow(
      'size has already been registered',
    );
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['size']);
    registry.removeSingleMetric('size');
    const sink = createRegistrySink(registry)(context);
    await sink.start(families);
    expect(registry.getMetricsAsArray()).toHaveLength(3);
    await sink.stop(0);
    expect(registry.getMetricsAsArray()).toHaveLength(0);
  });
});
