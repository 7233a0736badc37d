/** On what, and with which versions, figures were made. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

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
  };
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
