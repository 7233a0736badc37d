/** On what, and with which versions, figures were made. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

import { consume } from './consume.ts';
import type { Machine } from './report.ts';

/** The libraries that figures stand beside. */
const LIBRARIES = [
  'prom-client',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/otlp-transformer',
  '@grpc/grpc-js',
];

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryMB: Math.round(totalmem() / 1e6),
    os: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    stepNs: Number(measureStepNs().toFixed(3)),
  };
}

const STEPS = 20_000_000;
const REPEATS = 5;

/** The least of a few times: what the machine can do, not what disturbed it. */
function measureStepNs(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const began = performance.now();
    consume(mix(i + 1));
    least = Math.min(least, performance.now() - began);
  }
  return (least * 1e6) / STEPS;
}

/** Steps of xorshift32 (Marsaglia 2003), each of which waits for the one before. */
function mix(seed: number): number {
  let state = seed;
  for (let i = 0; i < STEPS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

/** Versions are pinned exactly, so the manifest knows them. */
export function readVersions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return {
    lyrebird: manifest.version,
    ...Object.fromEntries(LIBRARIES.map((name) => [name, manifest.dependencies[name] ?? 'unknown'])),
  };
}
