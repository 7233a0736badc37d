/** What `lyrebird ctl` can ask for: the arguments of each command, and the request that they make. */
import { UsageError } from '../failure.ts';
import type { Status } from '../../simulation/status.ts';
import { formatStatus } from '../status-line.ts';
import type { Answer, Request } from './client.ts';
import type { TimedRequest } from './send.ts';

export interface CtlCommand {
  /** With its arguments, as its help has it. */
  readonly usage: string;
  readonly description: string;
  /** Takes `--dry-run`. */
  readonly mayBeDry?: true;
  /** An answer for people; else it is printed as it is. */
  show?(body: Answer['body']): string;
  /** Throws a `UsageError` for arguments that are none. */
  request(args: readonly string[], options: { readonly dryRun?: true }): Request | TimedRequest;
}

/** Paths of what is listed, by command, and of what is cancelled, by kind. */
const LISTS = {
  effects: '/api/v1/effects',
  faults: '/api/v1/faults',
  explosions: '/api/v1/explosions',
  churns: '/api/v1/churn',
  scenarios: '/api/v1/scenarios',
  situations: '/api/v1/situations',
  metrics: '/api/v1/metrics',
};
const KINDS: Readonly<Record<string, string>> = {
  effect: LISTS.effects,
  spike: '/control/spike',
  fault: LISTS.faults,
  explosion: LISTS.explosions,
  churn: LISTS.churns,
};

/** A reload answers when its tick has come. */
const LONGEST_WAIT_S = 300;

const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: object): TimedRequest => ({ method: 'POST', path, body, at: 'body' });

export const COMMANDS: readonly CtlCommand[] = [
  {
    usage: 'status',
    description: 'Where each run is, in a line; --json has all of GET /status.',
    request: () => get('/status'),
    // Another server may answer there, too.
    show: (body) =>
      'lateness' in body ? formatStatus(body as unknown as Status, undefined) : JSON.stringify(body),
  },
  ...Object.entries(LISTS).map(([name, path]) => ({
    usage: name,
    description: `What GET ${path} lists.`,
    request: () => get(path),
  })),
  {
    usage: 'spike <metric> <multiplier> <duration>',
    description: 'Multiply what a metric generates for a while: POST /control/spike.',
    request: ([metric, multiplier, duration_s]) =>
      post('/control/spike', { metric, multiplier: numberOf('multiplier', multiplier), duration_s }),
  },
  {
    usage: 'error-rate <metric> <rate> <duration>',
    description: 'Have a share of the successes of a counter fail: POST /control/error_rate.',
    request: ([metric, rate, duration_s]) =>
      post('/control/error_rate', { metric, rate: numberOf('rate', rate), duration_s }),
  },
  {
    usage: 'effect <json>',
    description: 'Change what series generate: POST /api/v1/effects.',
    request: ([text]) => post(LISTS.effects, bodyOf(text)),
  },
  {
    usage: 'fault <json>',
    description: 'Spoil scrapes or pushes: POST /api/v1/faults.',
    request: ([text]) => post(LISTS.faults, bodyOf(text)),
  },
  {
    usage: 'explode <metric> <label> <values> [duration]',
    description: 'Give a metric a label with so many values, for a while or until it is cancelled.',
    request: ([metric, label, values, duration_s]) =>
      post(LISTS.explosions, { metric, label, values: numberOf('values', values), duration_s }),
  },
  {
    usage: 'churn <json>',
    description: 'Have series of a profile turn over: POST /api/v1/churn.',
    request: ([text]) => post(LISTS.churns, bodyOf(text)),
  },
  {
    usage: 'situation <name> [over]',
    description:
      'Lead learned series to another situation, at once or over some time: POST /control/situation.',
    request: ([to, over_s]) => post('/control/situation', { to, over_s }),
  },
  {
    usage: 'cancel <kind> <id>',
    description: `End one of: ${Object.keys(KINDS).join(', ')}.`,
    request([kind = '', id = '']) {
      const path = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
      if (path === undefined)
        throw new UsageError(`the kind is ${kind}; allowed: ${Object.keys(KINDS).join(', ')}`);
      return { method: 'DELETE', path: `${path}/${encodeURIComponent(id)}`, at: 'query' };
    },
  },
  {
    usage: 'scenario <verb> <name>',
    description: 'Start or stop a scenario of the file.',
    request([verb, scenario = '']) {
      if (verb === 'start') return post('/control/scenario', { scenario });
      if (verb === 'stop')
        return {
          method: 'DELETE',
          path: `/control/scenario/${encodeURIComponent(scenario)}`,
          at: 'query',
        };
      throw new UsageError(`the verb is ${verb}; allowed: start, stop`);
    },
  },
  {
    usage: 'reload',
    description: 'Read the file again: POST /control/reload.',
    mayBeDry: true,
    request: (_, { dryRun }) =>
      dryRun === true
        ? { method: 'POST', path: '/control/reload?dry_run=true' }
        : { method: 'POST', path: '/control/reload', at: 'query', answersInS: LONGEST_WAIT_S },
  },
];

function numberOf(name: string, text = ''): number {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number))
    throw new UsageError(`${name} is ${text}; it needs a number`);
  return number;
}

function bodyOf(text: string | undefined): object {
  try {
    const body: unknown = JSON.parse(text ?? '');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Said below.
  }
  throw new UsageError(`the body is ${text}; it needs an object in JSON`);
}
