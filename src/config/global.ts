/** The parts of the file that are about the run as a whole: `global`, `runtime` and `limits`. */
import { z } from 'zod';
import { onStartFields } from '../control/on-start.ts';
import { authFields, serverTlsFields } from '../util/access.ts';
import { durationSeconds } from '../util/fields.ts';
import { choices, show } from './problems.ts';

/** Names of levels in the file and in `LOG_LEVEL`, Python's among them, and what each is. */
const LEVELS = {
  TRACE: 'TRACE',
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  WARN: 'WARN',
  WARNING: 'WARN',
  ERROR: 'ERROR',
  CRITICAL: 'FATAL',
  FATAL: 'FATAL',
} as const;

export type LogLevel = (typeof LEVELS)[keyof typeof LEVELS];

const levelNames = Object.keys(LEVELS) as (keyof typeof LEVELS)[];

const logLevel = z
  .enum([...levelNames, ...levelNames.map((name) => name.toLowerCase() as Lowercase<typeof name>)], {
    error: ({ input }) =>
      `is ${show(input)}${choices(typeof input === 'string' ? input : undefined, levelNames)}`,
  })
  .transform((name): LogLevel => LEVELS[name.toUpperCase() as keyof typeof LEVELS]);

/** An instant as ISO 8601 with a time zone, a date (midnight UTC), or seconds since the Unix epoch; gives ISO in UTC. */
const instant = z.union([z.string(), z.number()]).transform((value, context) => {
  const text =
    typeof value === 'number'
      ? value * 1000
      : /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/i.test(value)
        ? value
        : Number.NaN;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !isOnCalendar(value)) {
    context.addIssue({
      code: 'custom',
      message: `is ${JSON.stringify(value)}; needs a time with its zone (2026-01-01T00:00:00Z), a date, or seconds since 1970`,
    });
    return z.NEVER;
  }
  return time.toISOString();
});

/** Whether a month has the day of a time that is right otherwise: Date takes 30 February for 2 March. */
function isOnCalendar(value: string | number): boolean {
  if (typeof value === 'number') return true;
  const day = value.slice(0, 10);
  return new Date(day).toISOString().startsWith(day);
}

/** Seconds as whole milliseconds; `undefined` where they are none. */
export function wholeMs(seconds: number): number | undefined {
  const ms = Math.round(seconds * 1000);
  return Math.abs(seconds * 1000 - ms) < 1e-6 ? ms : undefined;
}

/** As browsers send it: scheme, host and port, without a path. */
const origin = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text, {
    error: ({ input }) =>
      `is ${show(input)}; needs an origin as browsers send it, http://host:port or https://host (lower case, no path, no * and no port that the scheme has anyway)`,
  });

export const globalFields = z.strictObject({
  tick_interval_s: durationSeconds()
    .refine((seconds) => seconds > 0 && wholeMs(seconds) !== undefined, {
      error: ({ input }) => `is ${String(input)} s; needs more than 0, in whole milliseconds`,
    })
    .prefault(1)
    .describe('Time between ticks.'),
  seed: z.int().default(42).describe('Every random number follows from it. Another seed is another run.'),
  start_time: instant
    .optional()
    .describe(
      'Model time of tick 0. Without it a run begins now, and render begins at 2026-01-01T00:00:00Z.',
    ),
  epoch: z
    .enum(['start', 'wall'])
    .default('start')
    .describe(
      'What tick 0 is: the start of the run, or start_time, so that runs on several machines share their ticks.',
    ),
  max_lag: z.int().min(1).default(60).describe('How many ticks a run may be late before it ends, or skips.'),
  late: z
    .enum(['run', 'skip'])
    .default('run')
    .describe('What happens past max_lag: the run ends with an error, or leaves ticks out and says so.'),
  log_level: logLevel.prefault('INFO').describe('The least important messages that are logged.'),
  log_format: z
    .enum(['auto', 'text', 'json'])
    .default('auto')
    .describe('How log lines are written; auto is text on a terminal and JSON elsewhere.'),
  control_api_port: z
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .describe('Port of the control API; 0 takes a free one.'),
  control_bind_address: z.string().min(1).default('127.0.0.1').describe('Address of the control API.'),
  control_auth: authFields
    .optional()
    .describe('What the control API asks for, but for /healthz and /readyz. Default: nothing.'),
  control_tls: serverTlsFields.optional().describe('Files for TLS of the control API. Default: plain text.'),
  control_cors_origins: z
    .array(origin)
    .default([])
    .describe('Origins of other sites whose pages may use the control API from a browser.'),
  control_rate_limit: z
    .int()
    .min(1)
    .default(1000)
    .describe('Requests a second that the control API answers, but for /healthz and /readyz.'),
});

/** `failure_modes` is parsed and never used by Mockingbird; allowed while empty. */
export const runtimeFields = z.strictObject({
  on_start: z
    .array(onStartFields)
    .default([])
    .describe('Actions that the run begins with: they take effect with tick 1.'),
  failure_modes: z
    .record(z.string(), z.unknown())
    .refine((modes) => Object.keys(modes).length === 0, {
      error: 'failure modes are not there yet; leave the section out',
    })
    .optional()
    .describe('Not there yet: must be empty.'),
});

/** Shared factors: a value for each tick and replica, which series of a `learned` algorithm have a loading on. */
export const factorsFields = z.record(
  z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]*$/, {
    error: 'the name of a factor is letters, digits and _ . : -, not a digit first',
  }),
  z
    .strictObject({
      memory_s: z
        .number()
        .min(0)
        .default(0)
        .describe('Seconds in which its correlation falls to 1/e; 0 is drawn anew every tick.'),
      course: z
        .array(z.number())
        .min(2)
        .optional()
        .describe(
          'In place of memory_s, the values that it goes through, forth and back, of mean 0 and spread 1. Each replica is elsewhere in it.',
        ),
      every_s: z.number().positive().optional().describe('Seconds between values of the course. Default: 1.'),
    })
    .refine(({ memory_s, course }) => course === undefined || memory_s === 0, {
      path: ['memory_s'],
      error: 'does nothing beside course, which says how the factor goes on',
    })
    .refine(({ every_s, course }) => course !== undefined || every_s === undefined, {
      path: ['every_s'],
      error: 'needs a course, whose values are so many seconds apart',
    }),
);

export const limitsFields = z.strictObject({
  max_series: z
    .int()
    .min(1)
    .default(20_000_000)
    .describe(
      'The most stored series a configuration may come to; a guard against a product that is larger than meant.',
    ),
  max_label_bytes: z
    .int()
    .min(1)
    .default(16_384)
    .describe('The most bytes that names and values of the labels of one series may have together.'),
  max_body_bytes: z
    .int()
    .min(1024)
    .default(65_536)
    .describe('The largest body of a request that the control API takes.'),
});
