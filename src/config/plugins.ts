/** TEMPORARY */
import { z } from 'zod';
import type { GeneratorDefinition } from '../generators/generator.ts';
import { defineScalar, defineDistribution } from '../generators/generator.ts';
import { parseDurationMs } from '../util/duration.ts';

export function durationSeconds() {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms === undefined) {
      context.addIssue({ code: 'custom', message: 'is no duration' });
      return z.NEVER;
    }
    return ms / 1000;
  });
}
const stub = () => ({ state: [], fill: () => undefined });
export const generatorDefinitions: readonly GeneratorDefinition[] = [
  defineScalar({
    name: 'poisson',
    summary: 'p',
    types: ['counter'],
    options: z.strictObject({ base_rate: z.number().min(0).default(1) }),
    examples: [{}],
    create: stub,
  }),
  defineScalar({
    name: 'random_walk',
    summary: 'p',
    types: ['gauge'],
    options: z.strictObject({
      start: z.number().default(0),
      step: z.number().default(0.1),
      clamp: z.tuple([z.number(), z.number()]).optional(),
    }),
    examples: [{}],
    create: stub,
  }),
  defineScalar({
    name: 'sine',
    summary: 'p',
    types: ['gauge'],
    options: z.strictObject({
      min: z.number().default(0),
      max: z.number().default(1),
      period_s: durationSeconds().default(3600),
    }),
    examples: [{}],
    create: stub,
  }),
  defineScalar({
    name: 'constant',
    summary: 'p',
    types: ['counter', 'gauge'],
    options: z.strictObject({ base_rate: z.number().min(0).default(1), start: z.number().default(0) }),
    examples: [{}],
    create: stub,
  }),
  defineDistribution({
    name: 'lognormal',
    summary: 'p',
    options: z.strictObject({ mu: z.number().default(0), sigma: z.number().min(0).default(1) }),
    examples: [{}],
    create: () => {
      throw new Error();
    },
  }),
  defineDistribution({
    name: 'exponential',
    summary: 'p',
    options: z.strictObject({ lam: z.number().gt(0).default(1) }),
    examples: [{}],
    create: () => {
      throw new Error();
    },
  }),
];
const prometheus = z.strictObject({
  enabled: z.boolean().default(true),
  port: z.int().min(0).max(65535).default(8000),
  prefix: z.string().default('prom_'),
  bind_address: z.string().default('0.0.0.0'),
  client: z.enum(['auto', 'library', 'direct']).default('auto'),
});
const otel = z.strictObject({
  enabled: z.boolean().default(true),
  endpoint: z.string().default('localhost:4317'),
  insecure: z.boolean().default(true),
  prefix: z.string().default('otel_'),
  export_interval_s: durationSeconds().default(10),
  protocol: z.enum(['grpc', 'http']).default('grpc'),
  headers: z.record(z.string(), z.string()).default({}),
  resource: z.record(z.string(), z.string()).default({}),
  client: z.enum(['auto', 'library', 'direct']).default('auto'),
});
export const exporterFields = { prometheus, otel };
export function hasRawObservations(_metric: unknown, _intervalS: number): boolean {
  return true;
}
export function port() {
  return z.int().min(0).max(65535);
}
