/**
 * The journal of a run: one JSON object a line. The file, the seed, the start and the actions with their ticks say all that
 * the run generated; the other lines say what was seen of it.
 */
import type { Spoilt } from '../../sinks/shared/faults.ts';
import type { ServedPage } from '../../sinks/sink.ts';
import type { Action } from '../actions.ts';
import type { Shard } from '../plant.ts';
import type { ExporterStatus } from '../status.ts';

/** The first line: what the run was made from. */
export interface HeaderLine {
  readonly line: 'header';
  /** Version of this format. */
  readonly journal: 1;
  readonly lyrebird: string;
  /** Of Node.js, and the machine: the same numbers are promised for the same major version and architecture. */
  readonly node: string;
  readonly arch: string;
  readonly file: string | null;
  readonly seed: number;
  readonly shard: Shard | null;
  readonly workers: number;
  /** Which client printed the pages. */
  readonly page_client: 'library' | 'direct' | null;
  /** Of `config` as it is written here, secrets hidden. */
  readonly config_sha256: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Tick 0. A later one takes the place of an earlier one: nothing had been shown yet. */
export interface StartLine {
  readonly line: 'start';
  readonly at: string;
  readonly wall_start_ms: number;
  readonly model_start_ms: number;
}

export interface ActionLine {
  readonly line: 'action';
  /** The first tick that it could change: it was taken after the one before. */
  readonly tick: number;
  readonly action: Action;
  /** What was answered, or the code of the error that it was refused with when its turn came. */
  readonly answer?: unknown;
  readonly refused?: string;
}

/** Ticks that were left out (`late: skip`). */
export interface GapLine {
  readonly line: 'gap';
  readonly from_tick: number;
  /** The last one left out. */
  readonly to_tick: number;
}

/** A page that was asked for. */
export interface ScrapeLine {
  readonly line: 'scrape';
  readonly at: string;
  /** Of the page; null when there was none. */
  readonly tick: number | null;
  readonly format: 'text' | 'openmetrics' | null;
  readonly status: number;
  readonly outcome: ServedPage['outcome'];
  readonly bytes: number;
}

/** A request that was spoilt by faults, with its number and what came of it. */
export interface FaultLine extends Spoilt {
  readonly line: 'fault';
  readonly at: string;
}

/** What exporters had done by a tick. */
export interface AccountLine {
  readonly line: 'account';
  readonly tick: number;
  readonly exporters: readonly Pick<ExporterStatus, 'name' | 'points' | 'reasons' | 'scrapes'>[];
}

export interface EndLine extends Omit<AccountLine, 'line'> {
  readonly line: 'end';
  readonly at: string;
  readonly state: 'stopped' | 'failed';
  readonly failure: string | null;
  readonly ticks: number;
  readonly skipped_ticks: number;
}

export type Line =
  | HeaderLine
  | StartLine
  | ActionLine
  | GapLine
  | ScrapeLine
  | FaultLine
  | AccountLine
  | EndLine;
