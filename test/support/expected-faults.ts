/** What faults make of the requests of a run, worked out from seed, ids and numbers of requests: what comes, when, and what of it is on record. */
import type { FaultStatus } from '../../src/simulation/faults.ts';
import {
  spoilPush,
  spoilScrape,
  type RequestFault,
  type Spoilt,
  type SpoiltScrape,
} from '../../src/sinks/shared/faults.ts';

/** A fault as a run of ticks of a second tells of it. */
export function faultOf({ id, kind, share, options, from_tick, until_tick }: FaultStatus): RequestFault {
  const number = (name: string): number => Number(options[name] ?? 0);
  return {
    id,
    kind,
    share,
    fromTick: from_tick,
    untilTick: until_tick ?? Number.POSITIVE_INFINITY,
    status: number('status'),
    latencyMs: number('latency_s') * 1000,
    jitterMs: number('jitter_s') * 1000,
    afterBytes: number('after_bytes'),
    contentType: String(options['content_type'] ?? ''),
    upTicks: number('up_s'),
    downTicks: number('down_s'),
    lagTicks: number('lag_s'),
  };
}

/** A frame that is on its way. */
interface Waiting<Frame> {
  readonly frame: Frame;
  readonly copies: number;
  readonly fromTick: number;
}

interface ExpectedFaults<Frame> {
  /** The next request for the page, after a tick. */
  scrape(faults: readonly RequestFault[], tick: number): SpoiltScrape | undefined;
  /** The next frame. Gives back whether it is sent, sooner or later. */
  push(faults: readonly RequestFault[], tick: number, frame: Frame): boolean;
  /** Frames that have come once a tick is done, those that are sent twice twice. Each is given once, in order. */
  arrived(tick: number): Frame[];
  /** Every request that was spoilt, as the journal has it. */
  readonly spoilt: readonly Spoilt[];
}

export function createExpectedFaults<Frame>(seed: number): ExpectedFaults<Frame> {
  const spoilt: Spoilt[] = [];
  const queue: Waiting<Frame>[] = [];
  let late: Waiting<Frame>[] = [];
  let scrapes = 0;
  let pushes = 0;
  const note = ({ way, number, tick, faults }: Spoilt): void => {
    spoilt.push({ way, number, tick, faults });
  };
  /** Late frames go behind those that are queued when their tick has come. */
  const release = (tick: number): void => {
    queue.push(...late.filter(({ fromTick }) => fromTick <= tick));
    late = late.filter(({ fromTick }) => fromTick > tick);
  };
  return {
    spoilt,
    scrape(faults, tick) {
      const found = spoilScrape(faults, seed, (scrapes += 1), tick);
      if (found !== undefined) note(found);
      return found;
    },
    push(faults, tick, frame) {
      const found = spoilPush(faults, seed, (pushes += 1), tick);
      if (found !== undefined) note(found);
      if (found?.drops !== true) {
        const { copies = 1, delayTicks = 0, lateTicks = 0 } = found ?? {};
        const waiting = { frame, copies, fromTick: tick + delayTicks + lateTicks };
        (lateTicks > 0 ? late : queue).push(waiting);
      }
      release(tick);
      return found?.drops !== true;
    },
    arrived(tick) {
      release(tick);
      const come: Frame[] = [];
      for (let next = queue[0]; next !== undefined && next.fromTick <= tick; next = queue[0]) {
        for (let copy = 0; copy < next.copies; copy++) come.push(next.frame);
        queue.shift();
      }
      return come;
    },
  };
}
