/** The last frames as plain objects: for tests, for the library, for looking. Costs an object a series and tick. */
import { z } from 'zod';

import { declaredType, type DeclaredType, type Family, type ProtocolName } from '../series/family.ts';
import { birthOf, isPresent, type FamilyFrame, type Frame } from '../series/frame.ts';
import { DIRECT, defineSink, type Sink } from './sink.ts';

export const memory = defineSink({
  name: 'memory',
  summary: 'Keeps the last frames in memory as plain objects.',
  protocol: 'none',
  client: 'direct',
  capabilities: DIRECT,
  options: z.strictObject({
    enabled: z.boolean().default(false).describe('Whether it is there.'),
    frames: z.int().min(1).max(10_000).default(1).describe('How many of the last frames it keeps.'),
  }),
  create: createMemorySink,
});

export interface MemoryFrame {
  readonly tick: number;
  readonly modelMs: number;
  readonly wallMs: number;
  readonly families: readonly MemoryFamily[];
}

export interface MemoryFamily {
  /** As in the file. */
  readonly name: string;
  readonly type: DeclaredType;
  readonly help: string;
  readonly prometheus: ProtocolName;
  readonly otel: ProtocolName;
  /** Those present at this tick, in slot order. */
  readonly series: readonly MemorySeries[];
}

export interface MemorySeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Wall milliseconds. */
  readonly birthMs: number;
  /** Of counters and gauges. */
  readonly value?: number;
  /** Of histograms: upper bounds with cumulative counts, the last bound being Infinity. */
  readonly buckets?: readonly (readonly [le: number, count: number])[];
  /** Of summaries. */
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[];
  /** Of histograms and summaries. */
  readonly count?: number;
  readonly sum?: number;
}

export interface MemorySink extends Sink {
  /** The frames kept, the oldest first. */
  frames(): readonly MemoryFrame[];
}

/** A memory sink to read from. */
export function createMemorySink({ frames: limit }: { readonly frames: number }): MemorySink {
  const kept: MemoryFrame[] = [];
  return {
    name: 'memory',
    describe: () => `memory: the last ${limit === 1 ? 'frame' : `${limit} frames`}`,
    start: () => Promise.resolve(),
    frame(frame) {
      kept.push(copyFrame(frame));
      if (kept.length > limit) kept.shift();
    },
    change: () => undefined,
    stop: () => Promise.resolve(),
    frames: () => kept,
  };
}

function copyFrame({ tick, modelMs, wallMs, families }: Frame): MemoryFrame {
  return { tick, modelMs, wallMs, families: families.map(copyFamily) };
}

function copyFamily(frame: FamilyFrame): MemoryFamily {
  const { family } = frame;
  const { name, help, prometheus, otel } = family;
  const series: MemorySeries[] = [];
  for (let slot = 0; slot < family.size; slot++) {
    if (!isPresent(frame, slot)) continue;
    series.push({ labels: labelsOf(family, slot), birthMs: birthOf(frame, slot), ...valuesOf(frame, slot) });
  }
  return { name, type: declaredType(family), help, prometheus, otel, series };
}

function labelsOf({ labels }: Family, slot: number): Record<string, string> {
  return Object.fromEntries(labels.names.map((name, dimension) => [name, labels.value(slot, dimension)]));
}

function valuesOf({ family, column }: FamilyFrame, slot: number): Omit<MemorySeries, 'labels' | 'birthMs'> {
  switch (column.kind) {
    case 'scalar':
      return { value: column.values[slot] as number };
    case 'histogram': {
      let count = 0;
      const buckets = [...family.bounds, Infinity].map((le, i): [number, number] => {
        count += column.counts[slot * column.width + i] as number;
        return [le, count];
      });
      return { buckets, count, sum: column.sums[slot] as number };
    }
    case 'summary': {
      const values = new Float64Array(family.quantiles.length);
      column.readQuantiles(slot, values, 0);
      return {
        quantiles: Array.from(family.quantiles, (quantile, i): [number, number] => [
          quantile,
          values[i] as number,
        ]),
        count: column.counts[slot] as number,
        sum: column.sums[slot] as number,
      };
    }
  }
}
