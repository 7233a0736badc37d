/**
 * The contract of sinks: where frames go. A plug-in is one file that owns its name, options and defaults, and one
 * line in builtin.ts; every sink runs the conformance suite (test/conformance/sinks).
 *
 * Life: `start` once, `frame` once a tick in tick order, `stop` once. Calls never overlap. Sinks are started in
 * file order; if one fails to start, those before it are stopped in reverse order and the run ends. A stop that
 * fails is logged and hides no earlier failure.
 */
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { FamiliesChange } from '../series/change.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import type { Part } from '../util/boundary.ts';
import type { PageFormat } from '../wire/page.ts';
import type { Faults } from './shared/faults.ts';

export interface Sink {
  /** As in `/status` and logs: `prometheus`, `otel`, `memory`, ... */
  readonly name: string;
  /**
   * What it can express, of a sink that a program brings along: a run that needs more is refused. Absent: everything. Those of the file
   * have it in their definition.
   */
  readonly capabilities?: Capabilities;
  /** One line for the start-up text: what and where. Valid once started. */
  describe(): string;
  /** What else the start-up text should say, such as what was left out, a line each. Valid once started. */
  notes?(): readonly string[];
  /** Opens what it needs. `families` are those of the frames to come, in order, until `change`. Throws when it cannot. */
  start(families: readonly Family[]): Promise<void>;
  /**
   * Shows the state after one tick. The frame is borrowed until the call returns, or until the promise it returns
   * settles; the engine starts no tick before. It must not wait for a backend: copy (series/snapshot.ts) and return.
   * Work of more than 10 ms yields in between (`context.yieldNow`).
   */
  frame(frame: Frame): void | Promise<void>;
  /**
   * Other families from the next frame on. Called between two ticks under the same lock as `frame`, right before the first
   * frame that has them; the frame before was the last of those that are gone. What is kept of families that go on, stays.
   * Work of more than 10 ms yields in between. Absent: the sink cannot follow (`Capabilities.change` is false).
   */
  change?(change: FamiliesChange): void | Promise<void>;
  /**
   * No further tick comes: the run holds, or ends without a failure. Push sinks export the frame last shown if it was not
   * on an export boundary; a second call does nothing. Called between ticks, so it must not wait for `context.read`.
   */
  flush?(): Promise<void>;
  /**
   * Sends what waits to be sent within `graceMs` and closes everything; what is not delivered by then is accounted as
   * lost, or unknown where it is under way. Must not wait for `context.read`.
   */
  stop(graceMs: number): Promise<void>;
  /** Points by outcome and the state of the queue, for `/status` and self-metrics; only push sinks have it. */
  account?(): Account;
  /** Where the page can be had once started; only pull sinks have it. */
  url?(): string;
  /**
   * A connection to the page from within the process, over which HTTP is spoken; it needs neither credentials nor a
   * certificate. Only pull sinks have it.
   */
  connect?(): Duplex;
  /** Pages served, for self-metrics; only pull sinks have it. */
  scrapes?(): Scrapes;
}

/** Every point a push sink was given ends in exactly one of these, or is still pending. */
export interface Account {
  readonly accepted: number;
  /** Refused by the backend: an error status that is not retried, or `rejected_data_points`. */
  readonly rejected: number;
  /** Given up by us: queue full, retries used up, shut down. */
  readonly lost: number;
  /** Sent, no answer: deadline or broken stream. The backend may or may not have it. */
  readonly unknown: number;
  readonly pending: number;
  /** Sent a second time by a fault; apart from all others. */
  readonly duplicates: number;
  /** Outcomes other than accepted by reason, `lost: queue full` and the like. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Frames that wait to be sent. */
  readonly queueDepth: number;
  readonly lastError: { readonly message: string; readonly atMs: number } | undefined;
}

/** Pages asked for since the start. Every one ends in `codes`, `slow`, `aborted` or `broken`, or is still active. */
export interface Scrapes {
  /** Answers by status code. */
  readonly codes: Readonly<Record<number, number>>;
  /** Cut off because the reader was slower than 30 s. */
  readonly slow: number;
  /** The reader went away. */
  readonly aborted: number;
  /** Broken off by a fault. */
  readonly broken: number;
  readonly active: number;
  /** Bytes of whole pages, before compression. */
  readonly bytes: number;
  /** Time from request to the end of the answer, of all that have ended. */
  readonly seconds: number;
}

/** What a client can express. The engine refuses, or `client: auto` avoids, what it cannot. */
export interface Capabilities {
  /** Summaries as summaries, quantiles included. */
  readonly summary: boolean;
  /** Series that are absent at some ticks or end. */
  readonly absence: boolean;
  /** Totals that start again from zero with a new birth. */
  readonly reset: boolean;
  /** A birth time of its own for each series. */
  readonly birth: boolean;
  /** Gauges that are NaN. */
  readonly nan: boolean;
  /** Families that come, go and change while it runs (`Sink.change`). */
  readonly change: boolean;
  /** Slots that get other labels (`FamilyFrame.turned`, `LabelSpace.turnover`). */
  readonly turnover: boolean;
  /** Families without raw observations (`Family.rawObservations` false). */
  readonly bulk: boolean;
  /** Whether it must be given `HistogramColumn.observations`. */
  readonly needsObservations: boolean;
}

/** A direct encoder expresses everything. */
export const DIRECT: Capabilities = {
  summary: true,
  absence: true,
  reset: true,
  birth: true,
  nan: true,
  change: true,
  turnover: true,
  bulk: true,
  needsObservations: false,
};

/** What a sink is given when it is made. */
export interface SinkContext {
  readonly logger: Logger;
  /**
   * Runs `use` between two ticks with the last frame, which is whole; the next tick waits until it is done, so copy
   * and return. Pull sinks answer a scrape through it. Rejects when no frame is there yet or the run has failed.
   */
  read<T>(use: (frame: Frame) => T | Promise<T>): Promise<T>;
  /** Lets timers, sockets and scrapes have their turn; long work awaits it every 10 ms. */
  yieldNow(): Promise<void>;
  /** Milliseconds on a monotonic clock. */
  nowMs(): number;
  /** Milliseconds between two ticks: export intervals are whole multiples of it. */
  readonly intervalMs: number;
  /** What is wrong with requests. Absent: nothing ever. */
  readonly faults?: Faults | undefined;
  /** Told of every page that was asked for. */
  served?(page: ServedPage): void;
  /** The part of the run that this process is; shards spread their exports over the export interval. */
  readonly shard?: Part | undefined;
}

/** A plug-in: everything about one sink in one place. */
export interface SinkDefinition<Name extends string = string, Options extends z.ZodType = z.ZodType> {
  readonly name: Name;
  /** One sentence for help, schema and docs. */
  readonly summary: string;
  /** The two clients of a protocol are chosen between by `client: auto | library | direct`. */
  readonly protocol: 'prometheus' | 'otel' | 'none';
  readonly client: 'library' | 'direct';
  readonly capabilities: Capabilities;
  readonly options: Options;
  /** What these options ask for and this client cannot do, in words; `undefined` (or no method) when it can do all. */
  obstacle?(options: z.output<Options>): string | undefined;
  create(options: z.output<Options>, context: SinkContext): Sink;
  /** Prints one page without a server, as the sink would serve it; of sinks that are asked. */
  print?(
    options: z.output<Options>,
    context: Pick<SinkContext, 'read' | 'yieldNow' | 'nowMs'>,
    page: { readonly families: readonly Family[]; readonly format: PageFormat },
  ): Promise<PrintedPage>;
}

export interface PrintedPage {
  /** Each chunk is valid until the next one is asked for. */
  readonly chunks: Iterable<Buffer>;
  /** Called once, when the last chunk is written. */
  release(): void;
}

/** A page that somebody asked for, as it was answered. */
export interface ServedPage {
  /** Of the page; null when there was none. */
  readonly tick: number | null;
  readonly format: PageFormat | null;
  readonly status: number;
  readonly outcome: 'served' | 'refused' | 'aborted' | 'broken' | 'slow' | 'failed';
  /** Before compression. */
  readonly bytes: number;
}

/** Declares a sink; only there for its types. */
export function defineSink<Name extends string, Options extends z.ZodType>(
  definition: SinkDefinition<Name, Options>,
): SinkDefinition<Name, Options> {
  return definition;
}
