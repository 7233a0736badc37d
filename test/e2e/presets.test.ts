// What well-known dashboards ask has an answer, once a real Prometheus has scraped the presets.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import {
  backendOrSkip,
  findBackend,
  startNodeExporter,
  startPrometheus,
  until,
  type Prometheus,
} from '../support/backends.ts';
import { root, runLyrebird, startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';
import type { PageFamily } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';

const folder = join(root, 'configs', 'presets');
const presets = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));
const dashboards = parse(readFileSync(join(root, 'test', 'presets', 'dashboards.yaml'), 'utf8')) as Record<
  string,
  readonly string[]
>;

let lyrebirds: readonly Lyrebird[] = [];
let prometheus: Prometheus | undefined;

beforeAll(async () => {
  if (findBackend('prometheus') === undefined) return;
  lyrebirds = await Promise.all(
    presets.map((preset) => startLyrebird({ config: join(folder, `${preset}.yaml`), timeoutMs: 80_000 })),
  );
  prometheus = await startPrometheus({ scrapeTargets: lyrebirds.map(({ scrapeTarget }) => scrapeTarget) });
}, 120_000);

afterAll(() => stopAll([prometheus, ...lyrebirds]));

it('there are questions for every preset', () => {
  expect(Object.keys(dashboards).toSorted()).toEqual(presets.toSorted());
});

describe.each(Object.entries(dashboards))('%s', (_, expressions) => {
  it.for(expressions)('answers %s', async (expression, context) => {
    backendOrSkip(context, 'prometheus');
    await until(
      async () => {
        const samples = await (prometheus as Prometheus).query(expression);
        return samples.length > 0 && samples.every(({ value }) => Number.isFinite(value));
      },
      { what: `data of ${expression}`, timeoutMs: 25_000, everyMs: 200 },
    );
  });
});

/** What a scraper adds, and a preset has so that it can be a fleet. */
const ORIGIN = new Set(['job', 'instance']);

/** The label names of a family's series, each set once. */
function labelNames({ points }: PageFamily): string[] {
  const sets = points.map(({ labels }) =>
    labels
      .map(({ name }) => name)
      .filter((name) => !ORIGIN.has(name))
      .toSorted()
      .join(','),
  );
  return [...new Set(sets)].toSorted();
}

it('the preset of node_exporter has names, types and labels that node_exporter has on this machine', async (context) => {
  backendOrSkip(context, 'node-exporter');
  const exporter = await startNodeExporter();
  onTestFinished(() => exporter.stop());
  const response = await fetch(exporter.url);
  const real = parsePage(await response.text(), 'text');
  const { stdout } = await runLyrebird(['render', '-c', join(folder, 'node-exporter.yaml'), '--tick', '1']);
  const made = parsePage(stdout, 'text');
  const known = new Map(real.families.map((family) => [family.name, family]));
  const found = made.families.filter(({ name }) => known.has(name));
  expect(found.map((family) => [family.name, family.type, labelNames(family)])).toEqual(
    found.map(({ name }) => {
      const family = known.get(name) as PageFamily;
      return [name, family.type, labelNames(family)];
    }),
  );
  // A machine may be without disks, and nothing else.
  const missing = made.families.map(({ name }) => name).filter((name) => !known.has(name));
  expect(missing.filter((name) => !name.startsWith('node_disk_'))).toEqual([]);
});
