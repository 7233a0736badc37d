/** What a page will take, from a sample of its label sets: nothing is built. */
import type { LabelSpace } from '../labels/space.ts';
import { isMeasured, type Family } from '../series/family.ts';
import { measureLabels, measurePrepared } from './labels.ts';
import { createFamilyLines, type Line, type LineOptions } from './lines.ts';

export interface PageEstimate {
  /** Lines with a value. */
  readonly samples: number;
  /** Bytes of a page, uncompressed. */
  readonly bytes: number;
  /** Memory of what is prepared for pages of any format. */
  readonly preparedBytes: number;
}

/** Label sets that are looked at in each label space. */
const SAMPLED_SLOTS = 500;

/** Usual bytes of a number: a total of integers some time into a run, and a double in full precision. */
const INTEGER_BYTES = 6;
const DOUBLE_BYTES = 17;

/** Runs of slots that are looked at for what neighbours have in common, and slots of each. */
const SAMPLED_RUNS = 8;
const RUN_SLOTS = 128;

export function estimatePage(families: readonly Family[], options: LineOptions): PageEstimate {
  const labelBytes = new Map<LabelSpace, number>();
  let samples = 0;
  let bytes = 0;
  for (const family of families) {
    const mean = labelBytes.get(family.labels) ?? meanLabelBytes(family.labels);
    labelBytes.set(family.labels, mean);
    const { header, lines } = createFamilyLines(family, options);
    samples += family.size * lines.length;
    bytes += header.length + family.size * slotBytes(family, lines, mean);
  }
  let preparedBytes = 0;
  for (const space of labelBytes.keys()) preparedBytes += space.size * meanPreparedBytes(space);
  return { samples, bytes: Math.round(bytes), preparedBytes: Math.round(preparedBytes) };
}

function meanLabelBytes(space: LabelSpace): number {
  const count = Math.min(space.size, SAMPLED_SLOTS);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += measureLabels(space, Math.floor((i * space.size) / count));
  return count === 0 ? 0 : sum / count;
}

function meanPreparedBytes(space: LabelSpace): number {
  const runs = Math.min(SAMPLED_RUNS, Math.ceil(space.size / RUN_SLOTS));
  let bytes = 0;
  let slots = 0;
  for (let run = 0; run < runs; run++) {
    const from = Math.floor((run * space.size) / runs);
    const to = Math.min(from + RUN_SLOTS, space.size);
    bytes += measurePrepared(space, from, to);
    slots += to - from;
  }
  return slots === 0 ? 0 : bytes / slots;
}

function slotBytes(family: Family, lines: readonly Line[], labels: number): number {
  const doubles = doublesPerSlot(family);
  const numbers = doubles * DOUBLE_BYTES + (lines.length - doubles) * INTEGER_BYTES;
  return lines.reduce((sum, { prefix, suffix }) => sum + prefix.length + labels + suffix.length + 1, numbers);
}

/** How many of a slot's values are not counts. */
function doublesPerSlot(family: Family): number {
  const { type, quantiles, decimals } = family;
  if (decimals !== undefined || !isMeasured(family)) return 0;
  switch (type) {
    case 'counter':
      return 0;
    case 'gauge':
    case 'histogram':
      return 1;
    case 'summary':
      return quantiles.length + 1;
  }
}
