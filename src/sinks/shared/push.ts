/**
 * Pushing frames: at each export boundary the client takes a frame over, and its requests are encoded one by one and sent in
 * the background, several at once, while ticks go on. One frame after the other, so that a series' points arrive in order. Every
 * point is accounted for. Both OTLP clients share this; they differ in how a frame becomes requests.
 */
import type { FamiliesChange } from '../../series/change.ts';
import type { Family } from '../../series/family.ts';
import type { Frame } from '../../series/frame.ts';
import { createQueue } from '../../transport/queue.ts';
import { createRetry, RETRY_DEFAULTS, sleep } from '../../transport/retry.ts';
import { fateOf, type Transport } from '../../transport/transport.ts';
import { isBoundary } from '../../util/boundary.ts';
import { formatDuration } from '../../util/duration.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { createHide, secretsOfHeader } from '../../util/secrets.ts';
import { decodeExportResponse } from '../../wire/otlp-response.ts';
import type { Sink, SinkContext } from '../sink.ts';
import type { SpoiltPush } from './faults.ts';
import { createHealth } from './health.ts';
import { identityOf, leaveOut, type Identity } from './identity.ts';
import { createLedger, type Outcome } from './ledger.ts';
import type { OtelOptions } from './otel-options.ts';
import { destinationOf, openTransport } from './otel-transport.ts';

/** What turns frames into requests. */
export interface PushClient {
  /** Memory that a frame takes from `capture` to `release`, in bytes, with the families of now. */
  readonly frameBytes: number;
  /** Called with the frame of every tick, exported or not. */
  tick(frame: Frame): void | Promise<void>;
  /** Data points that an export of the frame last told of has. */
  points(): number;
  /** As `Sink.change`; requests of frames captured from here on name this resource. Absent: the client cannot. */
  change?(change: FamiliesChange, resource: ClientSettings['resource']): Promise<void>;
  /** Takes a frame over, after `tick` with it; what is returned does not depend on the columns any more. */
  capture(frame: Frame): Promise<Batch>;
}

/** A captured frame. */
export interface Batch {
  /** Encodes and returns the next request; `undefined` after the last. */
  next(): OutgoingRequest | undefined;
  /** Gives buffers back. No request is asked for afterwards. */
  release(): void;
}

export interface OutgoingRequest {
  readonly bytes: Uint8Array;
  readonly points: number;
  /** The bytes are no longer needed. */
  done(): void;
}

export interface ClientSettings {
  readonly families: readonly Family[];
  readonly resource: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly maxPoints: number;
  readonly context: SinkContext;
}

export interface PushSinkParts {
  readonly name: string;
  readonly options: OtelOptions;
  readonly context: SinkContext;
  readonly createClient: (settings: ClientSettings) => Promise<PushClient>;
  /** Whether its client has `change`. */
  readonly follows: boolean;
  /** Opens the way to the backend; tests put in one of their own. */
  readonly open?: (options: OtelOptions) => Transport;
  /** Uniform numbers in [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

/** Memory that captured small frames may take together. */
const QUEUE_BYTES = 64 * 1024 * 1024;
const MIN_QUEUE = 2;
const MAX_QUEUE = 64;

interface Waiting {
  readonly batch: Batch;
  readonly points: number;
  /** How often it is sent. */
  readonly copies: number;
  /** Not sent before this tick. */
  readonly fromTick: number;
}

/** A sink that pushes. */
export function createPushSink(parts: PushSinkParts): Sink {
  const { name, options, context } = parts;
  const { logger } = context;
  const exportTicks = exportTicksOf(options, context.intervalMs);
  const destination = destinationOf(options).href;
  const ledger = createLedger();
  const hide = createHide(Object.values(options.headers).flatMap(secretsOfHeader));
  const health = createHealth(logger, `${name}: export to ${destination}`, ledger, hide);
  const transport = createRetry((parts.open ?? openTransport)(options), {
    ...RETRY_DEFAULTS,
    random: parts.random ?? Math.random,
    nowMs: context.nowMs,
    sleep,
    onRetry: ({ message }) => {
      health.retrying(message);
    },
  });
  let running: Running | undefined;
  let identity: Identity = { resource: {}, leftOut: [] };

  const describe = (): string => {
    const every = formatDuration(exportTicks * context.intervalMs);
    return `OTLP to ${destination} every ${every}`;
  };

  return {
    name,
    describe,
    notes: () => identity.leftOut,
    async start(families) {
      identity = identityOf(options.resource, families);
      const client = await parts.createClient({
        families,
        resource: identity.resource,
        maxBytes: options.max_request_bytes,
        maxPoints: options.max_points,
        context,
      });
      running = run(client);
    },
    async frame(frame) {
      await running?.frame(frame);
    },
    ...(parts.follows ? { change } : {}),
    async flush() {
      await running?.flush();
    },
    async stop(graceMs) {
      if (running === undefined) await transport.shutdown();
      else await running.stop(graceMs);
    },
    account: () => ledger.account(running?.queued() ?? 0),
  };

  /** An attribute that would replace a label of a new family goes, and stays away: identities are to change no more than once. */
  async function change(families: FamiliesChange): Promise<void> {
    const { resource, leftOut } = leaveOut(identity.resource, families.families);
    for (const line of leftOut) logger.warn(`${name}: ${line}; what was sent before had it`);
    identity = { resource, leftOut: [...identity.leftOut, ...leftOut] };
    await running?.change(families);
  }

  function run(client: PushClient): Running {
    const capacity = (): number => {
      const fitting = Math.floor(QUEUE_BYTES / Math.max(1, client.frameBytes));
      return options.queue ?? Math.min(MAX_QUEUE, Math.max(MIN_QUEUE, fitting));
    };
    const queue = createQueue<Waiting>(capacity());
    const stopping = new AbortController();
    /** Frames that a fault keeps back until newer ones have gone. */
    const laggards = new Set<Waiting>();
    let last: Frame | undefined;
    let exportedTick = -1;
    let exports = 0;
    /** Wakes what waits for a tick. */
    let wake = (): void => undefined;
    let isEnding = false;

    const give = async (frame: Frame): Promise<void> => {
      exportedTick = frame.tick;
      exports++;
      const points = client.points();
      ledger.give(points);
      const spoilt = context.faults?.push(exports, frame.tick);
      if (spoilt?.drops === true) {
        ledger.settle('lost', points, 'fault');
        return;
      }
      if (queue.full || laggards.size >= queue.capacity) {
        health.overflowed(`the queue is full: ${queue.size} frames wait to be sent`);
        ledger.settle('lost', points, 'queue full');
        return;
      }
      const waiting = waitingOf(await client.capture(frame), points, frame.tick, spoilt);
      if (spoilt !== undefined && spoilt.lateTicks > 0) laggards.add(waiting);
      else queue.offer(waiting);
    };

    /** Lets late frames go whose tick has come, behind what is queued. */
    const release = (tick: number): void => {
      for (const waiting of laggards) {
        if (waiting.fromTick > tick) continue;
        laggards.delete(waiting);
        if (!queue.full) {
          queue.offer(waiting);
          continue;
        }
        waiting.batch.release();
        health.overflowed(`the queue is full: ${queue.size} frames wait to be sent`);
        ledger.settle('lost', waiting.points, 'queue full');
      }
    };

    /** The tick has come, or no further one does. */
    const due = async ({ fromTick }: Waiting): Promise<void> => {
      while (!isEnding && (last?.tick ?? 0) < fromTick)
        await new Promise<void>((resolve) => (wake = resolve));
    };

    const flush = async (): Promise<void> => {
      if (last !== undefined && last.tick !== exportedTick) await give(last);
    };

    const drained = drain();

    async function drain(): Promise<void> {
      for (;;) {
        const waiting = await queue.head();
        if (waiting === undefined) return;
        await due(waiting);
        await deliver(waiting);
        queue.drop();
        health.frameDone(queue.size === 0);
      }
    }

    /** Sends a frame; returns when the last of its points has ended. */
    async function deliver({ batch, points, copies }: Waiting): Promise<void> {
      const inFlight = new Set<Promise<void>>();
      let rest = points;
      let reason = 'shut down';
      let message = 'the run ended before all points were sent';
      try {
        for (;;) {
          if (inFlight.size >= options.max_in_flight) await Promise.race(inFlight);
          if (stopping.signal.aborted) break;
          const request = batch.next();
          if (request === undefined) break;
          rest -= request.points;
          const sending = send(request, copies).finally(() => inFlight.delete(sending));
          inFlight.add(sending);
          await context.yieldNow();
        }
      } catch (error) {
        logger.error({ err: error }, `${name}: a frame could not be encoded`);
        reason = 'encoding failed';
        message = `a frame could not be encoded: ${(error as Error).message}`;
      }
      await Promise.all(inFlight);
      batch.release();
      if (rest > 0) settle('lost', rest, reason, message);
    }

    async function send(request: OutgoingRequest, copies: number): Promise<void> {
      const { points } = request;
      const reply = await transport.send(request.bytes, options.timeout_s * 1000);
      for (let copy = 1; copy < copies && !stopping.signal.aborted; copy++) {
        ledger.repeat(points);
        await transport.send(request.bytes, options.timeout_s * 1000);
      }
      request.done();
      if (reply.kind === 'failure') {
        settle(fateOf(reply), points, reply.reason, reply.message);
        return;
      }
      const { rejected, message } = readResponse(reply.body, points);
      settle('accepted', points - rejected);
      if (rejected > 0) settle('rejected', rejected, 'partial success', message);
      else if (message !== '') health.warned(message);
    }

    function settle(outcome: Outcome, points: number, reason?: string, message = ''): void {
      if (outcome !== 'accepted') health.failed(message);
      ledger.settle(outcome, points, reason);
    }

    return {
      async frame(frame) {
        last = frame;
        await client.tick(frame);
        if (isBoundary(frame.tick, exportTicks, context.shard)) await give(frame);
        release(frame.tick);
        wake();
      },
      async change(families) {
        await client.change?.(families, identity.resource);
        queue.capacity = capacity();
      },
      flush,
      queued: () => queue.size + laggards.size,
      async stop(graceMs) {
        // No tick comes that a lag could end with.
        isEnding = true;
        release(Number.POSITIVE_INFINITY);
        wake();
        queue.close();
        const grace = new AbortController();
        await Promise.race([drained, sleep(graceMs, grace.signal)]);
        grace.abort();
        stopping.abort();
        await transport.shutdown();
        await drained;
      },
    };
  }
}

function waitingOf(batch: Batch, points: number, tick: number, spoilt: SpoiltPush | undefined): Waiting {
  const lag = spoilt === undefined ? 0 : spoilt.delayTicks + spoilt.lateTicks;
  return { batch, points, copies: spoilt?.copies ?? 1, fromTick: tick + lag };
}

interface Running extends Required<Pick<Sink, 'flush' | 'stop'>> {
  frame(frame: Frame): Promise<void>;
  change(families: FamiliesChange): Promise<void>;
  queued(): number;
}

/** A backend that says yes in words we cannot read has still said yes. */
function readResponse(body: Uint8Array, points: number): { rejected: number; message: string } {
  try {
    const { rejected, message } = decodeExportResponse(body);
    return { rejected: Math.min(Math.max(rejected, 0), points), message };
  } catch (error) {
    return { rejected: 0, message: `the answer cannot be read: ${(error as Error).message}` };
  }
}

/** Ticks between two exports. Throws `export_interval_invalid` when that is no whole number. */
function exportTicksOf({ export_interval_s }: OtelOptions, intervalMs: number): number {
  const ticks = Math.round((export_interval_s * 1000) / intervalMs);
  if (ticks >= 1 && Math.abs(ticks * intervalMs - export_interval_s * 1000) < 1e-6) return ticks;
  throw new LyrebirdError(
    'export_interval_invalid',
    `exporters.otel.export_interval_s: ${formatDuration(export_interval_s * 1000)} is no whole multiple of the tick, ${formatDuration(intervalMs)}`,
  );
}
