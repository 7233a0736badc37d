/** Faults of scrapes and pushes as they are asked for: in a body, in the file, in a scenario. */
import { z } from 'zod';
import { FAULT_KINDS } from '../sinks/shared/faults.ts';
import { durationAboveZero, durationFromZero, share, timeFields } from './fields.ts';

/** Options of each kind besides those that all have. */
const OPTIONS = {
  slow: ['latency_s', 'jitter_s'],
  fail: ['status'],
  truncate: ['after_bytes'],
  flap: ['up_s', 'down_s'],
  content_type: ['content_type'],
  delay: ['lag_s'],
  late: ['lag_s'],
  duplicate: [],
  drop: [],
} as const;

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  slow: ['latency_s'],
  flap: ['up_s', 'down_s'],
  delay: ['lag_s'],
  late: ['lag_s'],
};

const kinds = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];
const STATUS = { error: 'needs a status of HTTP from 400 to 599' };
const BYTES = { error: 'needs a whole number from 0' };
const TYPE = { error: 'needs a media type such as text/html' };

/** What a fault does, without its time. */
export const faultFields = {
  kind: z
    .enum(kinds)
    .describe(
      'Of scrapes: slow, fail, truncate, flap, content_type. Of pushes: delay, late, duplicate, drop.',
    ),
  share: share()
    .optional()
    .describe('Share of the requests, chosen by seed, id and number of the request. Default: all.')
    .meta({ example: 0.2 }),
  status: z.int(STATUS).min(400, STATUS).max(599, STATUS).optional().describe('Of fail. Default: 503.'),
  latency_s: durationFromZero().optional().describe('Of slow: time before the answer.'),
  jitter_s: durationFromZero().optional().describe('Of slow: up to so much more, uniformly. Default: 0.'),
  after_bytes: z
    .int(BYTES)
    .min(0, BYTES)
    .optional()
    .describe(
      'Of truncate: the connection breaks after so many bytes of the page, at its end at the latest. Default: 512.',
    ),
  content_type: z
    .string()
    .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\x20-\x7e]*)?$/, TYPE)
    .optional()
    .describe('Of content_type. Default: text/html.'),
  up_s: durationAboveZero()
    .optional()
    .describe('Of flap: so long the page is there, then the connection breaks for down_s; again and again.'),
  down_s: durationAboveZero().optional().describe('Of flap.'),
  lag_s: durationAboveZero()
    .optional()
    .describe(
      'Of delay: a frame is sent so much later, and those behind it wait. Of late: behind newer frames, out of order.',
    ),
};

/** Of a kind, when nothing is there that it could spoil. */
export function spoilsNothing(kind: keyof typeof OPTIONS): string {
  const [what, key] =
    FAULT_KINDS[kind] === 'scrape'
      ? ['scrapes', 'exporters.prometheus.enabled']
      : ['pushes', 'exporters.otel.enabled'];
  return `${kind} is a fault of ${what}, and this run has none: ${key} is false`;
}

/** Ids with a dot are those that scenarios give. */
export const faultId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
    error: 'needs up to 64 letters, digits, _ and -, a letter or digit first',
  })
  .optional()
  .describe('Default: fault-1, fault-2, ... One by the same id is replaced.');

/** What of a body belongs to another kind of fault, or is missing. */
export function refuseForeign(
  body: Readonly<Record<string, unknown>> & { readonly kind: keyof typeof OPTIONS },
  context: z.RefinementCtx,
): void {
  const own: readonly string[] = OPTIONS[body.kind];
  for (const key of new Set(Object.values(OPTIONS).flat())) {
    if (body[key] === undefined || own.includes(key)) continue;
    const message = `is nothing that ${body.kind} has; it has ${own.join(', ') || 'no options'}`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
  for (const key of NEEDED[body.kind] ?? []) {
    if (body[key] !== undefined) continue;
    context.addIssue({ code: 'custom', path: [key], message: `is missing; ${body.kind} needs it` });
  }
}

const faultBody = z.strictObject({ id: faultId, ...faultFields, ...timeFields });

/** `faults:` in the file. */
export const faultsFields = z.array(faultBody.superRefine(refuseForeign));

/** A fault as it is asked for, seconds parsed. */
export type FaultRequest = z.output<typeof faultBody>;
