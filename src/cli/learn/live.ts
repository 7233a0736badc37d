/** What learning from a running server needs: requests, a way to end early, and a place to tell how far it is. */
import { createFetch, type Fetch } from '../../transport/request.ts';
import { formatDuration } from '../../util/duration.ts';
import { accessOf } from '../access.ts';
import { UsageError } from '../failure.ts';
import type { Teller } from '../progress.ts';
import type { SourceOptions } from './options.ts';

export interface Live {
  readonly fetch: Fetch;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly teller: Teller;
}

/** Of one page, or of one part of what is stored. */
const MAX_ANSWER_BYTES = 268_435_456;

export function fetchOf(options: SourceOptions): Fetch {
  const { authorization, tls, timeoutMs } = accessOf(options, process.env, 'LYREBIRD_LEARN_');
  const headers = Object.fromEntries((options.header ?? []).map(headerOf));
  return createFetch({
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
    tls,
    timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
  });
}

function headerOf(text: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === '') throw new UsageError(`--header needs name:value, such as X-Scope-OrgID:team-a`);
  return [name.toLowerCase(), value];
}

/** In whole seconds: nobody waits by the millisecond. */
export function timeLeft(ms: number): string {
  return `${formatDuration(Math.ceil(ms / 1000) * 1000)} left`;
}
