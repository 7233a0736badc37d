import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsonSchema, formatJsonSchema } from '../../src/config/json-schema.ts';
import { algorithmsOf } from '../../src/generators/registry.ts';

const file = join(import.meta.dirname, '../../configs/lyrebird.schema.json');

describe('configs/lyrebird.schema.json', () => {
  it('is the one that the code makes: if not, npm run build && node scripts/schema.js', () => {
    expect(readFileSync(file, 'utf8')).toBe(formatJsonSchema());
  });
});

interface Alternative {
  readonly title: string;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, { description?: string; default?: unknown; const?: unknown }>>;
}

describe('the JSON Schema', () => {
  const json = createJsonSchema() as {
    properties: Record<string, { properties?: Record<string, { default?: unknown }> }>;
    definitions: { metric: { anyOf: Alternative[] } };
  };
  const alternatives = json.definitions.metric.anyOf;
  let schema: z.ZodType;

  beforeAll(() => {
    schema = z.fromJSONSchema(json);
  });

  it('has one alternative for each type and algorithm', () => {
    const expected = (
      [
        ['counter', 'counter'],
        ['gauge', 'gauge'],
        ['histogram', 'histogram'],
        ['summary', 'summary'],
        ['updown', 'gauge'],
        ['unknown', 'gauge', ' like a gauge'],
        ['unknown', 'counter', ' like a counter'],
        ['info', 'info'],
        ['stateset', 'stateset'],
      ] as const
    ).flatMap(([type, served, like = '']) =>
      algorithmsOf(served).map(({ name }) => `${type}, ${name}${like}`),
    );
    expect(alternatives.map(({ title }) => title)).toEqual(expected);
  });

  it('describes every key of a metric, with its default', () => {
    for (const { title, properties } of alternatives) {
      for (const [key, { description }] of Object.entries(properties))
        expect(description, `${title}: ${key}`).toMatch(/\S/);
    }
    const histogram = alternatives.find(({ title }) => title === 'histogram, lognormal');
    expect(histogram?.properties['sigma']?.default).toBe(1);
    expect(histogram?.properties['buckets']?.default).toHaveLength(11);
    expect(json.properties['global']?.properties?.['tick_interval_s']?.default).toBe(1);
  });

  it('needs no algorithm for the default of a type, and the name of any other', () => {
    for (const { title, required } of alternatives) {
      const [, type = '', algorithm, like] = /^(\w+), (\w+)(?: like a (\w+))?$/.exec(title) ?? [];
      const served = (like ?? (type === 'updown' ? 'gauge' : type)) as 'gauge';
      const isDefault = algorithmsOf(served)[0]?.name === algorithm;
      expect(required.includes('algorithm'), title).toBe(!isDefault);
    }
  });

  it.each(['quickstart', 'baseline', 'production-sim', 'high-cardinality'])(
    'accepts configs/%s.yaml',
    (name) => {
      const text = readFileSync(join(import.meta.dirname, `../../configs/${name}.yaml`), 'utf8');
      expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
    },
  );

  const metric = (fields: object) => ({ metrics: [{ name: 'm', type: 'gauge', ...fields }] });

  it.each([
    ['the smallest file', metric({}), true],
    ['an option of the default algorithm', metric({ step: 2, clamp: [0, 1] }), true],
    ['an option of a named algorithm', metric({ algorithm: 'sine', period_s: '2m' }), true],
    ['numbers as label values', metric({ labels: { code: { values: [200] } } }), true],
    ['objectives', metric({ type: 'summary', objectives: { 0.5: 0.1 } }), true],
    ['+Inf as the last bucket', metric({ type: 'histogram', buckets: [0.5, '+Inf'] }), true],
    ['a sink that stands by itself', { ...metric({}), exporters: { memory: { enabled: true } } }, true],
    ['no metric', { metrics: [] }, false],
    ['an unknown section', { ...metric({}), globl: {} }, false],
    ['an unknown key', metric({ setp: 1 }), false],
    ['an option of another algorithm', metric({ algorithm: 'sine', step: 1 }), false],
    ['an algorithm of another type', metric({ algorithm: 'poisson' }), false],
    ['a type that is none', metric({ type: 'meter' }), false],
    ['a cap of 0', { ...metric({}), profiles: { p: { series_cap: 0 } } }, false],
    ['an illegal label name', metric({ labels: { 'a-b': { values: ['x'] } } }), false],
    ['actions at the start', { ...metric({}), runtime: { on_start: [{}] } }, false],
  ])('%s: %j is accepted: %s', (_, input, accepted) => {
    expect(schema.safeParse(input).success).toBe(accepted);
  });
});
