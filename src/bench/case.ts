/**
 * The contract of benchmarks. A case is one file in cases/ and one line in cases.ts; it declares trials, and never
 * loops, times a series of rounds, prints or compares: that is done for all alike (measure.ts, report.ts).
 *
 * Who calls: `trials` in the process of the command, which needs names alone, and again in a fresh process per trial and
 * size, where contenders are prepared and their rounds run in turns, A B A B. Nothing is prepared before its turn.
 */
import type { Better } from './statistics.ts';

/** What a figure counts, and which way is better. */
export const UNITS = {
  ms: 'less',
  s: 'less',
  MB: 'less',
  'points/s': 'more',
  ticks: 'less',
} as const satisfies Record<string, Better>;

export type Unit = keyof typeof UNITS;

/** What is asked of all cases. */
export interface Setting {
  /** Series (label sets) of the workload. */
  readonly series: number;
  /** Minutes of the runs that are watched rather than repeated. */
  readonly minutes: number;
}

/** One number of a trial. */
export interface Measure {
  /** Behind the trial's name; empty when the trial has one number. */
  readonly name: string;
  readonly unit: Unit;
  /** What one round makes of what, to tell the cost of one: `{ count: 11_000_000, noun: 'sample' }`. */
  readonly items?: { readonly count: number; readonly noun: string } | undefined;
}

/** Prepared and ready to run. Rounds come one at a time. */
export interface Round {
  /** Does the work once; gives a number for each measure, in order. What was made must be consumed (consume.ts). */
  run(): readonly number[] | Promise<readonly number[]>;
  /** Closes what `prepare` opened. */
  close?(): void | Promise<void>;
}

/** One side of a comparison. */
export interface Contender {
  /** What runs, in words: `prom-client registry.metrics()`. */
  readonly what: string;
  prepare(): Round | Promise<Round>;
}

/** Something measured, alone or beside the libraries. */
export interface Trial {
  /** Unique in its case and size: `counter, text`. */
  readonly name: string;
  readonly measures: readonly Measure[];
  readonly direct: Contender;
  /** Absent where the libraries cannot express it, or the size is more than is bearable. Nothing is extrapolated. */
  readonly library?: Contender | undefined;
  /** Each round starts processes of its own: no warm-up, and so many rounds unless others are asked for. */
  readonly fresh?: { readonly rounds: number } | undefined;
}

export interface Case {
  /** As in `--only`: a noun. */
  readonly name: string;
  /** One sentence for help and docs. */
  readonly summary: string;
  /** Sizes of its own, in place of `--sizes`. */
  readonly sizes?: readonly number[] | undefined;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** Runs only with `--large`, or when it is named. */
  readonly large?: boolean | undefined;
  trials(setting: Setting): readonly Trial[];
}

/** Above so many series a round of the libraries takes many seconds; the headline trials go further. */
export const LIBRARY_MAX_SERIES = 100_000;
export const LIBRARY_MAX_HEADLINE_SERIES = 1_000_000;
