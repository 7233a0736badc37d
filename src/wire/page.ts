/** Pages: their formats, and what a reader sees: families with their points, and everything that is wrong with it. */
/** `text` is Prometheus text 0.0.4, `openmetrics` OpenMetrics text 1.0. */
export type PageFormat = 'text' | 'openmetrics';

/** Types of both formats; `unknown` is what text 0.0.4 calls untyped. */
export type PageType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface Page {
  /** In the order of their first lines. */
  readonly families: readonly PageFamily[];
  /** In the order of their lines. Without any, every line is in `families` and obeys its format. */
  readonly problems: readonly PageProblem[];
}

export interface PageProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface PageFamily {
  /** As in HELP and TYPE: an OpenMetrics counter's has no `_total`. */
  readonly name: string;
  readonly type: PageType;
  readonly help: string;
  readonly unit: string;
  readonly points: readonly PagePoint[];
  /** Of its first line. */
  readonly line: number;
}

/** One series at one time. */
export interface PagePoint {
  /** In the order of the page, without `le` and `quantile` of histograms and summaries. */
  readonly labels: readonly Label[];
  /** Of its first sample. */
  readonly line: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number | undefined;
  /** `_created`, in milliseconds. */
  readonly createdMs: number | undefined;
  /** Of types that have one value; else `undefined`. */
  readonly value: number | undefined;
  /** Of histograms and summaries. */
  readonly sum: number | undefined;
  readonly count: number | undefined;
  /** Cumulative, in the order of the page; of histograms. */
  readonly buckets: readonly PageBucket[];
  /** In the order of the page; of summaries. */
  readonly quantiles: readonly PageQuantile[];
  readonly exemplars: readonly PageExemplar[];
}

export interface PageBucket {
  readonly le: number;
  /** As printed. */
  readonly text: string;
  readonly count: number;
}

export interface PageQuantile {
  readonly quantile: number;
  /** As printed. */
  readonly text: string;
  readonly value: number;
}

export interface Label {
  readonly name: string;
  readonly value: string;
}

export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number | undefined;
}

/** An exemplar with its place among the lines of its point. */
export interface PageExemplar extends Exemplar {
  /** The bucket that it stands behind, its bound as printed; `undefined` behind any other value. */
  readonly le: string | undefined;
}
