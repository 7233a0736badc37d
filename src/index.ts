/** The library. What is not named here is not promised. */

/** Configuration: a file, or text, to a Config, or every mistake with its position. */
export { loadConfig } from './config/load.ts';
export { parseConfig } from './config/parse.ts';
export type { AppliedOverride, ConfigSource, LoadedConfig, LoadOptions } from './config/load.ts';
export type { Config } from './config/schema.ts';

/** A run: generate by a clock, show every tick to sinks, take actions. */
export { createSimulation } from './simulation/simulation.ts';
export type { SimulationOptions } from './simulation/simulation.ts';
export type { Counters, Simulation } from './simulation/contract.ts';
export type { Action, AnswerTo } from './simulation/actions.ts';
export type { EffectRequest } from './control/effect.ts';
export type { SpikeRequest } from './control/spike.ts';
export type {
  EffectAnswer,
  EffectStatus,
  ExporterStatus,
  Health,
  ParityStatus,
  SpikeStatus,
  Status,
} from './simulation/status.ts';

/** Clocks: real time, or time that a test moves. */
export { createManualClock, realClock } from './engine/clock.ts';
export type { Clock, ManualClock } from './engine/clock.ts';

/** Without a clock: the page of any tick, and what a run would be before it is built. */
export { renderPage } from './simulation/render.ts';
export type { RenderOptions } from './simulation/render.ts';
export { planOf } from './simulation/plan.ts';
export type { Plan, PlannedFamily } from './simulation/plan.ts';

/** Patterns: values tick by tick, composed; the same data as in a file. `play` iterates one, `describe` shows it as a tree. */
export {
  abs,
  add,
  clamp,
  constant,
  cosine,
  div,
  gap,
  gaussian,
  hold,
  join,
  linear,
  loop,
  max,
  min,
  mul,
  notation,
  ramp,
  random,
  round,
  sine,
  square,
  step,
  sub,
  take,
  triangle,
  values,
} from './patterns/build.ts';
export { describe } from './patterns/describe.ts';
export { play } from './patterns/play.ts';
export type { PlayOptions } from './patterns/play.ts';
export { withEnd } from './patterns/pattern.ts';
export type { EndStrategy, Extent, Length, Pattern } from './patterns/pattern.ts';

/** Sinks of one's own, and those for a registry or a meter that the program has already. */
export { createMemorySink } from './sinks/memory.ts';
export type { MemoryFamily, MemoryFrame, MemorySeries, MemorySink } from './sinks/memory.ts';
export { createMeterSink } from './sinks/otel-sdk.ts';
export { createRegistrySink } from './sinks/prom-client/registry.ts';
export type { Account, Scrapes, Sink, SinkContext } from './sinks/sink.ts';

/** What a sink is shown: a frame of families, each with its column. */
export type { Column, HistogramColumn, ScalarColumn, SummaryColumn } from './series/column.ts';
export type { Family, MetricType } from './series/family.ts';
export type { FamilyFrame, Frame } from './series/frame.ts';

/** The control API, as a function from request to response and on a port. */
export { createApp } from './api/app.ts';
export type { AppOptions } from './api/app.ts';
export { startApiServer } from './api/server.ts';
export type { ApiServer, ApiServerOptions } from './api/server.ts';

/** Readers for tests of backends: a strict parser of pages, with its inverse, and a receiver of OTLP. */
export { parsePage } from './wire/parse.ts';
export { formatPage } from './wire/page-text.ts';
export type { Page, PageFamily, PageFormat, PagePoint } from './wire/page.ts';
export { createReceiver } from './verify/receiver.ts';
export type { Receiver, ReceiverOptions, ReceiverStats } from './verify/receiver.ts';
export type { DecodedMetric } from './wire/otlp-decode.ts';

/** Errors that a user can act on, with a stable code. */
export { ConfigError, LyrebirdError } from './util/errors.ts';
export type { Problem } from './util/errors.ts';
