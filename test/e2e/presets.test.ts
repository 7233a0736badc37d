// What well-known dashboards ask has an answer, once a real Prometheus has scraped the presets.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findBackend, startPrometheus, until, backendOrSkip, type Prometheus } from '../support/backends.ts';
import { root, startLyrebird, stopAll, type Lyrebird } from '../support/lyrebird.ts';

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
