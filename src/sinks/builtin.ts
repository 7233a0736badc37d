/** THE LIST of sinks. A new one is a file and a line here; schema, help and the conformance suite follow. */
import { memory } from './memory.ts';
import { nullSink } from './null.ts';
import { otelSdk } from './otel-sdk.ts';
import { otlp } from './otlp.ts';
import { promClient } from './prom-client.ts';
import { prometheus } from './prometheus.ts';
import type { SinkDefinition } from './sink.ts';

export const BUILTIN_SINKS: readonly SinkDefinition[] = [
  promClient,
  prometheus,
  otelSdk,
  otlp,
  memory,
  nullSink,
];
