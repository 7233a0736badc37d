import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { describeFamilies, type FamilyDescription } from '../../src/config/families.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = join(import.meta.dirname, '../../configs');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .toSorted();

function families(name: string): FamilyDescription[] {
  return describeFamilies(loadConfig(join(folder, name)).config);
}

function seriesOf(descriptions: readonly FamilyDescription[]): number {
  return descriptions.reduce((sum, { slots }) => sum + slots, 0);
}

describe.each(files)('configs/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');

  it('tells editors where its schema is', () => {
    const schema = join(relative(dirname(name), '.'), 'lyrebird.schema.json').replace(/^(?!\.)/, './');
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`);
  });

  it('written back in full reads as the same configuration', () => {
    const { config } = loadConfig(join(folder, name));
    expect(loadConfig({ text: stringify(config), file: name }).config).toEqual(config);
  });

  it('has bounds and quantiles that read the same on every path', () => {
    for (const { differingBounds } of families(name)) expect(differingBounds).toEqual([]);
  });

  it('explains every metric', () => {
    for (const { help, name: metric } of loadConfig(join(folder, name)).config.metrics) {
      expect(help, metric).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('the examples', () => {
  it('are these', () => {
    expect(files).toEqual([
      'baseline.yaml',
      'high-cardinality.yaml',
      'learned-fleet.yaml',
      'patterns.yaml',
      'presets/http-service.yaml',
      'presets/jvm.yaml',
      'presets/kafka.yaml',
      'presets/kube-state-metrics.yaml',
      'presets/node-exporter.yaml',
      'presets/postgres.yaml',
      'production-sim.yaml',
      'quickstart.yaml',
      'scenarios/bad-deploy.yaml',
      'scenarios/black-friday.yaml',
      'scenarios/cardinality-bomb.yaml',
      'scenarios/flapping-target.yaml',
      'scenarios/regional-outage.yaml',
      'scenarios/rolling-deploy.yaml',
      'scenarios/slow-leak.yaml',
      'types.yaml',
    ]);
  });

  it('the quickstart has every type, both paths and nothing to install', () => {
    const { config } = loadConfig(join(folder, 'quickstart.yaml'));
    expect(new Set(config.metrics.map(({ type }) => type))).toEqual(
      new Set(['counter', 'gauge', 'histogram', 'summary']),
    );
    expect(config.exporters.prometheus.enabled).toBe(true);
    expect(config.exporters.otel).toMatchObject({
      enabled: true,
      endpoint: 'embedded',
      export_interval_s: 2,
    });
    const series = seriesOf(families('quickstart.yaml'));
    expect(series).toBeGreaterThanOrEqual(10);
    expect(series).toBeLessThanOrEqual(30);
  });

  it('the baseline has 36 series', () => {
    expect(seriesOf(families('baseline.yaml'))).toBe(36);
  });

  it('the production simulation has about 3,000', () => {
    const series = seriesOf(families('production-sim.yaml'));
    expect(Math.abs(series - 3000)).toBeLessThanOrEqual(300);
  });

  it('high cardinality keeps 150,000 of 1.5 million for each of a counter, a histogram with eight bounds and a gauge', () => {
    expect(
      families('high-cardinality.yaml').map(({ type, product, slots, storedSeries }) => [
        type,
        product,
        slots,
        storedSeries,
      ]),
    ).toEqual([
      ['counter', 1_500_000, 150_000, 150_000],
      ['histogram', 1_500_000, 150_000, 1_650_000],
      ['gauge', 1_500_000, 150_000, 150_000],
    ]);
  });
});
