/** One request to several instances, so that all of them take it at the same tick. */
import type { Answer, Ask, Request, Target } from './client.ts';

/** Time that requests may take to reach all instances. */
const LEAD_S = 3;

interface Status {
  readonly tick: number;
  readonly config: { readonly tick_interval_s: number };
}

/** What came of it. */
export interface Result {
  readonly answers: readonly Answer[];
  /** Whether it was done: by all, or by those shards that have series of it. */
  readonly done: boolean;
}

/** A shard may have no series that matchers select; that is no failure as long as another one has. */
export function judge(answers: readonly Answer[]): Result {
  const isNothing = ({ error }: Answer): boolean => error?.code === 'no_series';
  const isDone = ({ error }: Answer): boolean => error === undefined;
  return { answers, done: answers.some(isDone) && answers.every((one) => isDone(one) || isNothing(one)) };
}

/** Asks all at once. */
export async function sendAll(ask: Ask, targets: readonly Target[], request: Request): Promise<Result> {
  return judge(await Promise.all(targets.map((target) => ask(target, request))));
}

/**
 * Sends a body that may say `at`. Several instances are asked for their ticks first, and get one tick that none has reached; when
 * one of them does not tell its tick, nothing is sent.
 */
export async function sendTogether(
  ask: Ask,
  targets: readonly Target[],
  request: Request & { readonly body: object },
): Promise<Result> {
  if (targets.length === 1 || 'at' in request.body) return sendAll(ask, targets, request);
  const states = await sendAll(ask, targets, { method: 'GET', path: '/status' });
  if (!states.done) return states;
  const ticks = states.answers.map(({ body }) => body as unknown as Status);
  const intervalS = ticks[0]?.config.tick_interval_s ?? 1;
  const at = Math.max(...ticks.map(({ tick }) => tick)) + Math.max(2, Math.ceil(LEAD_S / intervalS));
  return sendAll(ask, targets, { ...request, body: { ...request.body, at } });
}
