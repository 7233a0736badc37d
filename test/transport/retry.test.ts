import { describe, expect, it } from 'vitest';

import { createRetry, sleep, type RetryOptions } from '../../src/transport/retry.ts';
import { fateOf, type Failure, type Reply, type Transport } from '../../src/transport/transport.ts';

const OK: Reply = { kind: 'success', body: new Uint8Array() };

const failure = (part: Partial<Failure> = {}): Failure => ({
  kind: 'failure',
  reason: 'UNAVAILABLE',
  message: 'UNAVAILABLE: down',
  retryable: true,
  retryAfterMs: undefined,
  delivery: 'unsent',
  ...part,
});

/** A retry over scripted replies, whose waits are noted and pass at once on a clock of its own. */
function createScript(replies: readonly Reply[], options: Partial<RetryOptions> = {}) {
  const waits: number[] = [];
  const said: string[] = [];
  let nowMs = 0;
  let sent = 0;
  const transport: Transport = {
    send: () => Promise.resolve(replies[sent++] ?? (replies.at(-1) as Reply)),
    shutdown: () => Promise.resolve(),
  };
  const retry = createRetry(transport, {
    initialMs: 1000,
    maxMs: 5000,
    factor: 2,
    jitter: 0,
    budgetMs: 60_000,
    random: () => 0.5,
    nowMs: () => nowMs,
    sleep: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    onRetry: ({ message }) => said.push(message),
    ...options,
  });
  return { retry, waits, said, sent: () => sent };
}

const send = (retry: Transport): Promise<Reply> => retry.send(new Uint8Array(), 1000);

describe('waits', () => {
  it('grow by the factor up to the longest, and end with success', async () => {
    const { retry, waits, said } = createScript([...Array.from({ length: 5 }, () => failure()), OK]);
    expect(await send(retry)).toBe(OK);
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(said).toHaveLength(5);
  });

  it.each([
    [0, 800],
    [0.5, 1000],
    [0.999, 1199.6],
  ])('are spread by the jitter: drawn %d gives %d ms', async (drawn, expected) => {
    const { retry, waits } = createScript([failure(), OK], { jitter: 0.2, random: () => drawn });
    await send(retry);
    expect(waits[0]).toBeCloseTo(expected);
  });

  it('are never shorter than the backend asks for', async () => {
    const asked = failure({ retryAfterMs: 3000, delivery: 'refused' });
    const { retry, waits } = createScript([asked, asked, asked, asked, OK], { jitter: 0.2, random: () => 0 });
    await send(retry);
    expect(waits).toEqual([3000, 3000, 4000, 5000]);
  });

  it('that the backend asks for as none are the back-off', async () => {
    const { retry, waits } = createScript([failure({ retryAfterMs: 0 }), OK]);
    await send(retry);
    expect(waits).toEqual([1000]);
  });
});

describe('trying again ends', () => {
  it('at once for what may not be tried again', async () => {
    const { retry, sent } = createScript([failure({ retryable: false, delivery: 'refused' }), OK]);
    expect(fateOf((await send(retry)) as Failure)).toBe('rejected');
    expect(sent()).toBe(1);
  });

  it('when the next attempt would begin behind the budget', async () => {
    const { retry, waits } = createScript([failure()], { budgetMs: 8000 });
    expect(fateOf((await send(retry)) as Failure)).toBe('lost');
    expect(waits).toEqual([1000, 2000, 4000]);
  });

  it('when the backend asks for a wait longer than the budget', async () => {
    const { retry, waits } = createScript([failure({ retryAfterMs: 3_600_000, delivery: 'refused' })]);
    expect(fateOf((await send(retry)) as Failure)).toBe('lost');
    expect(waits).toEqual([]);
  });

  it('when it is shut down while it waits', async () => {
    let begin = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const { retry, sent } = createScript([failure()], {
      sleep: (_, signal) => {
        begin();
        return sleep(60_000, signal);
      },
    });
    const reply = send(retry);
    await waiting;
    await retry.shutdown();
    expect(fateOf((await reply) as Failure)).toBe('lost');
    expect(sent()).toBe(1);
  });
});

describe('what becomes of a request', () => {
  it.each<[string, Failure[], string]>([
    ['a refusal for good is a rejection', [failure({ delivery: 'refused', retryable: false })], 'rejected'],
    ['refusals until we give up are a loss', [failure({ delivery: 'refused' })], 'lost'],
    ['no connection until we give up is a loss', [failure()], 'lost'],
    ['an attempt without an answer leaves it unknown', [failure({ delivery: 'unknown' })], 'unknown'],
    [
      'so it does when later ones are refused, as the first may have been taken',
      [failure({ delivery: 'unknown' }), failure({ delivery: 'refused', retryable: false })],
      'unknown',
    ],
    [
      'and when later ones find no backend any more',
      [failure({ delivery: 'unknown' }), failure()],
      'unknown',
    ],
  ])('%s', async (_, replies, fate) => {
    const { retry } = createScript(replies);
    expect(fateOf((await send(retry)) as Failure)).toBe(fate);
  });

  it('is success when a later attempt succeeds', async () => {
    const { retry } = createScript([failure({ delivery: 'unknown' }), OK]);
    expect(await send(retry)).toBe(OK);
  });
});
