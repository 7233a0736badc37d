import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { renderPage } from '../../src/simulation/render.ts';

const folder = join(import.meta.dirname, '../../configs/presets');

/** Values by series of the page at a tick. */
async function pageOf(file: string, tick: number): Promise<ReadonlyMap<string, number>> {
  const { config } = loadConfig(join(folder, file));
  const values = new Map<string, number>();
  let page = '';
  for await (const chunk of renderPage(config, { tick, format: 'text' })) page += chunk.toString();
  for (const [, series = '', value] of page.matchAll(/^([a-zA-Z_:][^ ]*) (\S+)$/gm))
    values.set(series, Number(value));
  return values;
}

describe.each(readdirSync(folder))('the preset %s', (file) => {
  it('prints every metric by the name it has in the file', async () => {
    const { config } = loadConfig(join(folder, file));
    const names = new Set([...(await pageOf(file, 2)).keys()].map((series) => series.replace(/\{.*/, '')));
    for (const { name, type } of config.metrics)
      expect(names).toContain(type === 'histogram' ? `${name}_bucket` : name);
  });
});

describe('node_exporter', () => {
  it('has memory that adds up on every machine', async () => {
    const values = await pageOf('node-exporter.yaml', 30);
    for (let node = 1; node <= 20; node++) {
      const labels = `{job="node",instance="node-${String(node).padStart(2, '0')}:9100"}`;
      const of = (name: string) => values.get(`node_memory_${name}_bytes${labels}`) as number;
      expect(of('used') + of('MemFree') + of('Buffers') + of('Cached')).toBe(of('MemTotal'));
      expect(of('MemAvailable')).toBe(of('MemTotal') - of('used'));
    }
  });
});

describe('an HTTP service', () => {
  it('has each pod on one node, and each node in one zone', async () => {
    const series = [...(await pageOf('http-service.yaml', 1)).keys()].filter((one) =>
      one.startsWith('http_requests_in_flight'),
    );
    expect(series).toHaveLength(12);
    const nodeOf = new Map<string, string>();
    for (const one of series) {
      const [, node = '', zone = ''] = /node="(.*?)",zone="(.*?)"/.exec(one) ?? [];
      expect(nodeOf.get(node) ?? zone).toBe(zone);
      nodeOf.set(node, zone);
    }
  });
});
