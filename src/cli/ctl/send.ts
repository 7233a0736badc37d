/** One request to several instances, so that all of them take it at the same tick. */
import type { Answer, Ask, Request, Target } from './client.ts';

/** Time that requests may take to reach all instances. */
const LEAD_S = 3;

interface Status {
  readonly tick: number;
  readonly config: { readonly tick_interval_s: number };
}

/** A request that may say `at`, and where. */
export interface TimedRequest extends Request {
  readonly at: 'body' | 'query';
  /** How much later at most the answer comes where it waits for the time that is given; else it comes at once. */
  readonly answersInS?: number;
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
 * Sends a request that may say `at`: `when` if it is given. Else several instances are asked for their ticks first, and get one tick that
 * none has reached; when one of them does not tell its tick, nothing is sent.
 */
export async function sendTogether(
  ask: Ask,
  targets: readonly Target[],
  { at: place, answersInS = 0, ...request }: TimedRequest,
  when?: number | string,
): Promise<Result> {
  const isGiven = when !== undefined || (request.body !== undefined && 'at' in request.body);
  if (isGiven || targets.length === 1)
    return sendAll(ask, targets, {
      ...withAt(request, place, when),
      ...(isGiven && { waitMs: answersInS * 1000 }),
    });
  const states = await sendAll(ask, targets, { method: 'GET', path: '/status' });
  if (!states.done) return states;
  const statuses = states.answers.map(({ body }) => body as unknown as Status);
  const ticks = statuses.map(({ tick }) => tick);
  const intervalS = statuses[0]?.config.tick_interval_s ?? 1;
  const at = Math.max(...ticks) + Math.max(2, Math.ceil(LEAD_S / intervalS));
  const waitMs = (at - Math.min(...ticks)) * intervalS * 1000;
  return sendAll(ask, targets, { ...withAt(request, place, at), waitMs });
}

function withAt(request: Request, place: TimedRequest['at'], at: number | string | undefined): Request {
  if (at === undefined) return request;
  if (place === 'body') return { ...request, body: { ...request.body, at } };
  const sign = request.path.includes('?') ? '&' : '?';
  return { ...request, path: `${request.path}${sign}at=${encodeURIComponent(at)}` };
}
