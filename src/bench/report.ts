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
  /** Nanoseconds of a step of fixed arithmetic: how fast the machine was that day, where others share it. */
  readonly stepNs: number;
}

/** One call of the command. */
export interface Run {
  /** ISO 8601. */
  readonly made: string;
  /** What was asked for, as on the command line. */
  readonly asked: string;
  readonly machine: Machine;
  /** Of Lyrebird and the libraries beside it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly { readonly name: string; readonly summary: string }[];
}

export interface Report {
  /** The newest first; each case is in one of them. */
  readonly runs: readonly [Run, ...Run[]];
  readonly figures: readonly Figure[];
  readonly failures: readonly Failure[];
  /** The budgets, each with what was measured. */
  readonly verdicts: readonly Verdict[];
}

/** What one run measured, and of an earlier report the cases that it did not. */
export function addToReport(
  run: Run,
  measured: { readonly figures: readonly Figure[]; readonly failures: readonly Failure[] },
  earlier: Omit<Report, 'verdicts'> | undefined,
): Omit<Report, 'verdicts'> {
  const now = new Set(run.cases.map(({ name }) => name));
  const left = (earlier?.runs ?? [])
    .map((one) => ({ ...one, cases: one.cases.filter(({ name }) => !now.has(name)) }))
    .filter(({ cases }) => cases.length > 0);
  const others = <T extends { readonly case: string }>(all: readonly T[] = []): T[] =>
    all.filter((one) => !now.has(one.case));
  return {
    runs: [run, ...left],
    figures: [...others(earlier?.figures), ...measured.figures],
    failures: [...others(earlier?.failures), ...measured.failures],
  };
}
