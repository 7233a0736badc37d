/** Options that say where samples come from. */
import type { AccessOptions } from '../access.ts';

/** Durations are in milliseconds. */
export interface SourceOptions extends AccessOptions {
  /** Of live pages and stored samples. */
  readonly header?: readonly string[];
  readonly maxSamples?: number;
  /** Of files. */
  readonly interval?: number;
  /** Of live pages. */
  readonly every?: number;
  readonly for?: number;
  readonly keep?: string;
  /** Of stored samples. */
  readonly from?: string;
  readonly match?: readonly string[];
  readonly range?: number;
  readonly to?: number;
  readonly step?: number;
  readonly dropLabels?: readonly string[];
}

export const DEFAULTS = {
  everyMs: 15_000,
  forMs: 600_000,
  rangeMs: 3_600_000,
  maxSamples: 10_000_000,
} as const;
