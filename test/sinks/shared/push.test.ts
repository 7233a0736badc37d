import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';

import type { Frame } from '../../../src/series/frame.ts';
import { otelOptions } from '../../../src/sinks/shared/otel-options.ts';
import type { SpoiltPush } from '../../../src/sinks/shared/faults.ts';
import { createPushSink, type PushClient } from '../../../src/sinks/shared/push.ts';
import type { Account, Sink } from '../../../src/sinks/sink.ts';
import type { Failure, Reply, Transport } from '../../../src/transport/transport.ts';
import { yieldNow } from '../../../src/util/turns.ts';
import { encodeExportResponse } from '../../../src/wire/otlp-response.ts';
import { createTestContext, type TestContext } from '../../support/context.ts';
import { createFrame } from '../../support/frames.ts';

const POINTS = 10;
const PER_REQUEST = 4;

/** A client whose frames have ten points in requests of four, four and two; one of them breaks in the middle. */
function createClient(log: string[], frameBytes = 1, brokenTick = -1): PushClient {
  return {
    frameBytes,
    tick: ({ tick }) => void log.push(`tick ${tick}`),
    points: () => POINTS,
    capture({ tick }) {
      log.push(`capture ${tick}`);
      let left = POINTS;
      return Promise.resolve({
        next() {
          if (left === 0) return undefined;
          if (tick === brokenTick && left < POINTS) throw new Error('broken');
          const points = Math.min(PER_REQUEST, left);
          left -= points;
          return { bytes: Uint8Array.of(tick, points), points, done: () => undefined };
        },
        release: () => void log.push(`release ${tick}`),
      });
    },
  };
}

const OK: Reply = { kind: 'success', body: new Uint8Array() };

const failure = (part: Partial<Failure> = {}): Failure => ({
  kind: 'failure',
  reason: 'INVALID_ARGUMENT',
  message: 'INVALID_ARGUMENT: no',
  retryable: false,
  retryAfterMs: undefined,
  delivery: 'refused',
  ...part,
});

const partial = (rejected: number, message = 'too old'): Reply => ({
  kind: 'success',
  body: encodeExportResponse({ rejected, message }),
});

interface Rig {
  readonly sink: Sink;
  readonly context: TestContext;
  readonly log: string[];
  /** Requests that are under way, in order; answered by hand when the transport has no script. */
  readonly open: { readonly tick: number; answer(reply: Reply): void }[];
  frame(tick: number): Promise<void>;
}

/** A started sink over a transport that answers by `reply`, or by hand. */
async function createRig(
  options: z.input<typeof otelOptions> = {},
  reply?: (tick: number) => Reply,
  frameBytes?: number,
  brokenTick?: number,
): Promise<Rig> {
  const log: string[] = [];
  const open: Rig['open'] = [];
  const context = createTestContext();
  const transport: Transport = {
    send(bytes) {
      const tick = bytes[0] ?? -1;
      if (reply !== undefined) return Promise.resolve(reply(tick));
      return new Promise((resolve) => open.push({ tick, answer: resolve }));
    },
    shutdown() {
      for (const { answer } of open)
        answer(failure({ reason: 'shut down', retryable: true, delivery: 'unknown' }));
      return Promise.resolve();
    },
  };
  const sink = createPushSink({
    name: 'push',
    options: otelOptions.parse({ export_interval_s: 1, ...options }),
    context,
    createClient: () => Promise.resolve(createClient(log, frameBytes, brokenTick)),
    follows: false,
    open: () => transport,
    random: () => 0.5,
  });
  await sink.start([]);
  const families: Frame = createFrame([]);
  return { sink, context, log, open, frame: async (tick) => sink.frame({ ...families, tick }) };
}

const account = ({ sink }: Rig): Account => sink.account?.() as Account;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await yieldNow();
}

const delivered = (rig: Rig): Promise<void> => until(() => account(rig).pending === 0);

describe('export boundaries', () => {
  it('are the ticks that the interval divides; every tick is shown to the client', async () => {
    const rig = await createRig({ export_interval_s: 3 }, () => OK);
    for (let tick = 0; tick < 5; tick++) await rig.frame(tick);
    await delivered(rig);
    expect(rig.log.filter((entry) => !entry.startsWith('release'))).toEqual([
      'tick 0',
      'capture 0',
      'tick 1',
      'tick 2',
      'tick 3',
      'capture 3',
      'tick 4',
    ]);
  });

  it('get the last tick at the end of a run if it was not on one', async () => {
    const rig = await createRig({ export_interval_s: 3 }, () => OK);
    for (let tick = 0; tick < 5; tick++) await rig.frame(tick);
    await rig.sink.flush?.();
    await rig.sink.stop(1000);
    expect(rig.log.filter((entry) => entry.startsWith('capture'))).toEqual([
      'capture 0',
      'capture 3',
      'capture 4',
    ]);
    expect(account(rig)).toMatchObject({ accepted: 30, pending: 0 });
  });

  it('a stop alone exports nothing more: the frame may be that of a tick that failed half way', async () => {
    const rig = await createRig({ export_interval_s: 3 }, () => OK);
    for (let tick = 0; tick < 5; tick++) await rig.frame(tick);
    await rig.sink.stop(1000);
    expect(rig.log.filter((entry) => entry.startsWith('capture'))).toEqual(['capture 0', 'capture 3']);
  });

  it('get the last tick when the run holds, and not again at the stop', async () => {
    const rig = await createRig({ export_interval_s: 3 }, () => OK);
    for (let tick = 0; tick < 5; tick++) await rig.frame(tick);
    await rig.sink.flush?.();
    await delivered(rig);
    await rig.sink.stop(1000);
    expect(account(rig).accepted).toBe(30);
  });

  it('of an interval that is no whole multiple of the tick are refused', async () => {
    await expect(createRig({ export_interval_s: 2.5 })).rejects.toThrow(
      'exporters.otel.export_interval_s: 2.5s is no whole multiple of the tick, 1s',
    );
  });
});

describe('a slow backend', () => {
  it('has so many requests under way and no more, and the tick does not wait for it', async () => {
    const rig = await createRig({ max_in_flight: 2 });
    await rig.frame(0);
    await until(() => rig.open.length === 2);
    for (let i = 0; i < 20; i++) await yieldNow();
    expect(rig.open).toHaveLength(2);
    rig.open[0]?.answer(OK);
    await until(() => rig.open.length === 3);
    for (const { answer } of rig.open) answer(OK);
    await delivered(rig);
    expect(account(rig).accepted).toBe(POINTS);
  });

  it('gets a frame when all of the one before has ended', async () => {
    const rig = await createRig({ max_in_flight: 8 });
    await rig.frame(0);
    await rig.frame(1);
    await until(() => rig.open.length === 3);
    rig.open[0]?.answer(OK);
    rig.open[1]?.answer(OK);
    for (let i = 0; i < 20; i++) await yieldNow();
    expect(rig.open.map(({ tick }) => tick)).toEqual([0, 0, 0]);
    rig.open[2]?.answer(OK);
    await until(() => rig.open.length === 6);
    expect(account(rig)).toMatchObject({ accepted: POINTS, pending: POINTS });
    for (const { answer } of rig.open) answer(OK);
    await delivered(rig);
    await rig.sink.stop(1000);
  });

  it('loses whole frames that do not fit into the queue, and it is said once', async () => {
    const rig = await createRig({ queue: 2 });
    for (let tick = 0; tick < 5; tick++) await rig.frame(tick);
    expect(account(rig)).toMatchObject({
      lost: 3 * POINTS,
      pending: 2 * POINTS,
      queueDepth: 2,
      reasons: { 'lost: queue full': 3 * POINTS },
    });
    expect(rig.context.logged).toEqual([
      'warn: push: export to grpc://localhost:4317 fails: the queue is full: 2 frames wait to be sent; this frame is lost (said once, counts are in /status)',
    ]);
    await rig.sink.stop(1);
  });

  it.each([
    ['two large frames', 2 ** 30, 2],
    ['as many middling ones as fit into 64 MiB', 2 ** 23, 8],
    ['64 small ones', 100, 64],
  ])('is waited for by %s', async (_, frameBytes, frames) => {
    const rig = await createRig({}, undefined, frameBytes);
    for (let tick = 0; tick < 80; tick++) await rig.frame(tick);
    expect(account(rig).queueDepth).toBe(frames);
    await rig.sink.stop(1);
  });
});

describe('points end', () => {
  it.each<[string, Reply, Partial<Account>]>([
    ['accepted', OK, { accepted: 10, reasons: {} }],
    ['rejected', failure(), { rejected: 10, reasons: { 'rejected: INVALID_ARGUMENT': 10 } }],
    [
      'rejected in part',
      partial(1),
      { accepted: 7, rejected: 3, reasons: { 'rejected: partial success': 3 } },
    ],
    ['rejected, but no more than there are', partial(99), { accepted: 0, rejected: 10 }],
    ['accepted when the backend only warns', partial(0, 'old schema'), { accepted: 10, reasons: {} }],
    [
      'accepted when the answer cannot be read',
      { kind: 'success', body: Uint8Array.of(255) },
      { accepted: 10 },
    ],
    [
      'lost when they could not be sent',
      failure({ delivery: 'unsent', reason: 'E' }),
      { lost: 10, reasons: { 'lost: E': 10 } },
    ],
    [
      'unknown without an answer',
      failure({ delivery: 'unknown', reason: 'E' }),
      { unknown: 10, reasons: { 'unknown: E': 10 } },
    ],
  ])('%s', async (_, reply, expected) => {
    const rig = await createRig({}, () => reply);
    await rig.frame(0);
    await delivered(rig);
    expect(account(rig)).toMatchObject({ pending: 0, ...expected });
  });

  it('lost or unknown when the grace at the stop is over, depending on whether they were sent', async () => {
    const rig = await createRig({ max_in_flight: 2, queue: 2 });
    await rig.frame(0);
    await rig.frame(1);
    await until(() => rig.open.length === 2);
    await rig.sink.stop(1);
    expect(account(rig)).toMatchObject({
      accepted: 0,
      unknown: 8,
      lost: 12,
      pending: 0,
      queueDepth: 0,
      reasons: { 'unknown: shut down': 8, 'lost: shut down': 12 },
    });
  });

  it('lost when the frame cannot be encoded, and the next frame goes on', async () => {
    const rig = await createRig({ export_interval_s: 1 }, () => OK, 1, 3);
    await rig.frame(3);
    await rig.frame(4);
    await delivered(rig);
    expect(account(rig)).toMatchObject({
      accepted: PER_REQUEST + POINTS,
      lost: POINTS - PER_REQUEST,
      reasons: { 'lost: encoding failed': POINTS - PER_REQUEST },
    });
  });

  it('in exactly one way each, whatever goes wrong', async () => {
    const replies = fc.oneof(
      fc.constant(OK),
      fc.nat(6).map((rejected) => partial(rejected)),
      fc.constantFrom('refused', 'unsent', 'unknown').map((delivery) => failure({ delivery })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(replies, { minLength: 1, maxLength: 20 }),
        fc.record({ queue: fc.integer({ min: 1, max: 3 }), max_in_flight: fc.integer({ min: 1, max: 4 }) }),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 8 }),
        async (script, options, pauses) => {
          let next = 0;
          const rig = await createRig(options, () => script[next++ % script.length] as Reply);
          for (const [tick, pause] of pauses.entries()) {
            await rig.frame(tick);
            for (let i = 0; i < pause; i++) await yieldNow();
            const { accepted, rejected, lost, unknown, pending } = account(rig);
            expect(accepted + rejected + lost + unknown + pending).toBe((tick + 1) * POINTS);
          }
          await rig.sink.stop(0);
          const { accepted, rejected, lost, unknown, pending, reasons } = account(rig);
          expect(pending).toBe(0);
          expect(accepted + rejected + lost + unknown).toBe(pauses.length * POINTS);
          const named = Object.values(reasons).reduce((sum, points) => sum + points, 0);
          expect(named).toBe(rejected + lost + unknown);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is said', () => {
  it('is that it fails and that it works again, each once, with counts', async () => {
    let down = false;
    const rig = await createRig({}, () => (down ? failure() : OK));
    for (const [tick, isDown] of [false, true, true, false, false, true].entries()) {
      down = isDown;
      await rig.frame(tick);
      await delivered(rig);
      await until(() => account(rig).queueDepth === 0);
    }
    const fails =
      'warn: push: export to grpc://localhost:4317 fails: INVALID_ARGUMENT: no; these points are not sent again (said once, counts are in /status)';
    expect(rig.context.logged).toEqual([
      fails,
      'info: push: export to grpc://localhost:4317 works again; meanwhile 20 points rejected, 0 lost, 0 unknown',
      fails,
    ]);
    expect(account(rig).lastError?.message).toBe('INVALID_ARGUMENT: no');
  });

  it('is not that it works again when a run ends whose backend never answered', async () => {
    const rig = await createRig({ max_in_flight: 1 });
    await rig.frame(0);
    await rig.frame(1);
    await until(() => rig.open.length === 1);
    await rig.sink.stop(1);
    expect(account(rig)).toMatchObject({ unknown: PER_REQUEST, lost: 2 * POINTS - PER_REQUEST });
    expect(rig.context.logged).toEqual([expect.stringMatching(/^warn: push: .* fails: /)]);
    expect(account(rig).lastError?.message).toBe('the run ended before all points were sent');
  });

  it('is not that it works again while frames still pile up', async () => {
    const rig = await createRig({ queue: 2, max_in_flight: 3 });
    const answerAll = async (): Promise<void> => {
      await until(() => rig.open.length === 3);
      for (const { answer } of rig.open.splice(0)) answer(OK);
    };
    for (let tick = 0; tick < 5; tick++) {
      await rig.frame(tick);
      if (tick < 2) continue;
      await answerAll();
      await until(() => account(rig).queueDepth === 1);
    }
    expect(rig.context.logged).toHaveLength(1);
    await answerAll();
    await until(() => account(rig).queueDepth === 0);
    expect(rig.context.logged.at(-1)).toBe(
      'info: push: export to grpc://localhost:4317 works again; meanwhile 0 points rejected, 10 lost, 0 unknown',
    );
  });

  it('is what a backend that took everything has to say, each thing once', async () => {
    const rig = await createRig({}, () => partial(0, 'old schema'));
    await rig.frame(0);
    await rig.frame(1);
    await delivered(rig);
    expect(rig.context.logged).toEqual([
      'warn: push: export to grpc://localhost:4317: the backend took all points and says: old schema',
    ]);
  });

  it('describes where and how often', async () => {
    const rig = await createRig({ export_interval_s: 30, protocol: 'http', endpoint: 'https://otel:1/x' });
    expect(rig.sink.describe()).toBe('OTLP to https://otel:1/x/v1/metrics every 30s');
  });
});

describe('what a backend repeats of the headers', () => {
  const headers = { authorization: 'Bearer otlp-sesame', 'x-api-key': 'api-sesame' };
  const echo = 'no: Bearer otlp-sesame, otlp-sesame, api-sesame';

  it.each<[string, Reply]>([
    ['refuses', failure({ message: echo })],
    ['wants to be asked again', failure({ message: echo, delivery: 'unknown' })],
    ['takes some points', partial(1, echo)],
    ['takes all points and has something to say', partial(0, echo)],
  ])('is neither logged nor in the status when it %s', async (_, reply) => {
    const rig = await createRig({ headers }, () => reply);
    await rig.frame(0);
    await delivered(rig);
    expect(account(rig).lastError?.message).toBe('no: ***, ***, ***');
    expect(rig.context.logged.join('\n')).toContain('no: ***, ***, ***');
    expect(rig.context.logged.join('\n')).not.toContain('sesame');
  });
});

describe('faults of a run', () => {
  /** A rig whose transport notes the ticks sent, with a fault for each export number that has one. */
  async function createSpoilt(fates: Readonly<Record<number, Partial<SpoiltPush>>>) {
    const sent: number[] = [];
    const rig = await createRig({}, (tick) => {
      sent.push(tick);
      return OK;
    });
    rig.context.faults = {
      any: () => true,
      scrape: () => undefined,
      push: (number, tick) =>
        fates[number] && {
          way: 'push',
          number,
          tick,
          faults: [],
          drops: false,
          copies: 1,
          delayTicks: 0,
          lateTicks: 0,
          ...fates[number],
        },
    };
    const run = async (ticks: number): Promise<number[]> => {
      for (let tick = 0; tick < ticks; tick++) {
        await rig.frame(tick);
        for (let turn = 0; turn < 30; turn++) await yieldNow();
      }
      return [...sent];
    };
    return { rig, sent, run };
  }

  it('a dropped frame is lost by fault, and nothing of it is sent', async () => {
    const { rig, run } = await createSpoilt({ 2: { drops: true } });
    expect(await run(3)).toEqual([0, 0, 0, 2, 2, 2]);
    expect(account(rig)).toMatchObject({
      accepted: 20,
      lost: 10,
      pending: 0,
      reasons: { 'lost: fault': 10 },
    });
  });

  it('a duplicate is sent twice, and counted apart', async () => {
    const { rig, run } = await createSpoilt({ 2: { copies: 2 } });
    expect(await run(3)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
    expect(account(rig)).toMatchObject({ accepted: 30, duplicates: 10, pending: 0 });
  });

  it('a late frame comes after its lag, behind newer ones', async () => {
    const { rig, run } = await createSpoilt({ 1: { lateTicks: 2 } });
    expect(await run(4)).toEqual([1, 1, 1, 2, 2, 2, 0, 0, 0, 3, 3, 3]);
    expect(account(rig)).toMatchObject({ accepted: 40, pending: 0 });
  });

  it('a delayed frame comes after its lag, and those behind it wait', async () => {
    const { rig, run } = await createSpoilt({ 1: { delayTicks: 2 } });
    expect(await run(2)).toEqual([]);
    expect(account(rig)).toMatchObject({ accepted: 0, pending: 20, queueDepth: 2 });
    await rig.frame(2);
    await delivered(rig);
    expect(account(rig)).toMatchObject({ accepted: 30 });
  });

  it('what waits for its lag when the run ends is sent then', async () => {
    const { rig, sent, run } = await createSpoilt({ 1: { lateTicks: 50 }, 2: { delayTicks: 50 } });
    await run(2);
    expect(account(rig).pending).toBe(20);
    await rig.sink.stop(1000);
    expect(sent).toEqual([1, 1, 1, 0, 0, 0]);
    expect(account(rig)).toMatchObject({ accepted: 20, pending: 0, lost: 0 });
  });
});
