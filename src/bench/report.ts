/** What a run of benchmarks leaves behind: the JSON file. */
import type { Verdict } from './budgets.ts';
import type { Figure } from './figure.ts';

/** A trial that could not be measured. */
export interface Failure {
  readonly case: string;
  readonly name: string;
  readonly series: number;
  readonly message: string;
}

export interface Machine {
  readonly cpu: string;
  /** Processors that this process may use. */
  readonly cpus: number;
  readonly memoryMB: number;
  readonly os: string;
  readonly node: string;
  /** One-minute load average as the run began: more than near 0 means that the figures are noisy. */
  readonly load: number;
}

export interface Report {
  /** ISO 8601. */
  readonly made: string;
  /** What was asked for, as on the command line. */
  readonly asked: string;
  readonly machine: Machine;
  /** Of Lyrebird and the libraries beside it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly { readonly name: string; readonly summary: string }[];
  readonly figures: readonly Figure[];
  readonly failures: readonly Failure[];
  /** The budgets, each with what was measured. */
  readonly verdicts: readonly Verdict[];
}
