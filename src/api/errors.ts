/** Errors of the control API: one shape, `{"error": {"code", "message", "details"}}`, and the status of each code. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';

import { ConfigError, LyrebirdError } from '../util/errors.ts';

/** Every code that the API answers with, and its status. Codes are stable, messages are not. */
const STATUS_OF = {
  malformed_json: 400,
  invalid_log_level: 400,
  unauthorized: 401,
  origin_not_allowed: 403,
  path_not_found: 404,
  metric_not_found: 404,
  series_not_found: 404,
  spike_not_found: 404,
  effect_not_found: 404,
  scenario_not_found: 404,
  fault_not_found: 404,
  explosion_not_found: 404,
  churn_not_found: 404,
  profile_not_found: 404,
  method_not_allowed: 405,
  not_running: 409,
  client_cannot_express: 409,
  fault_without_exporter: 409,
  effect_id_reserved: 409,
  scenario_running: 409,
  scenario_not_running: 409,
  tick_past: 409,
  no_file: 409,
  metric_exists: 409,
  last_metric: 409,
  series_exists: 409,
  last_series: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_body: 422,
  invalid_query: 422,
  config_invalid: 422,
  reload_refused: 422,
  invalid_spike: 422,
  invalid_effect: 422,
  invalid_fault: 422,
  invalid_matcher: 422,
  invalid_explosion: 422,
  invalid_scenario: 422,
  invalid_reload: 422,
  invalid_churn: 422,
  no_series: 422,
  too_many_requests: 429,
  internal: 500,
  unhealthy: 503,
  state_not_saved: 503,
  not_ready: 503,
  run_failed: 503,
} as const satisfies Readonly<Record<string, ContentfulStatusCode>>;

export type ErrorCode = keyof typeof STATUS_OF;

/** What every action can be refused with, with examples. */
export const RUN_ERRORS = {
  not_running: 'the run is holding: no further tick comes',
  not_ready: 'the first tick is not done yet',
  run_failed: 'the run has failed',
  internal: 'A fault of Lyrebird.',
} as const satisfies Readonly<Partial<Record<ErrorCode, string>>>;

/** The same of every action that comes in a body. */
export const BODY_ERRORS = {
  malformed_json: 'the body is not JSON',
  body_too_large: 'the body is larger than 65536 bytes',
  unsupported_media_type: 'the body needs the header Content-Type: application/json',
  ...RUN_ERRORS,
} as const;

export const errorBody = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe('Stable, for programs.'),
      message: z.string().describe('For people: what is wrong, and what is allowed.'),
      details: z.record(z.string(), z.unknown()).describe('What the message is made of; may be empty.'),
    }),
  })
  .openapi('Error');

/** A failure with one of the codes above. */
export function apiError(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): LyrebirdError {
  return new LyrebirdError(code, message, { details });
}

/** The responses of a route that are errors, for its documentation. */
export function errorResponses<Code extends ErrorCode>(
  codes: Readonly<Partial<Record<Code, string>>>,
): Readonly<
  Record<
    (typeof STATUS_OF)[Code],
    {
      readonly description: string;
      readonly content: { readonly 'application/json': { readonly schema: typeof errorBody } };
    }
  >
> {
  const responses: Record<number, object> = {};
  const entries = Object.entries(codes) as [Code, string][];
  for (const status of new Set(entries.map(([code]) => STATUS_OF[code]))) {
    const own = entries.filter(([code]) => STATUS_OF[code] === status);
    responses[status] = {
      description: own.map(([code, description]) => `\`${code}\`: ${description}`).join(' '),
      content: {
        'application/json': {
          schema: errorBody,
          examples: Object.fromEntries(
            own.map(([code, message]) => [code, { value: { error: { code, message, details: {} } } }]),
          ),
        },
      },
    };
  }
  return responses as never;
}

/** The answer to a request that failed. What nobody expected is logged with its stack and tells the client no more. */
export function answerError(error: unknown, c: Context, logger: Logger): Response {
  const known = error instanceof HTTPException ? fromHttpException(error) : error;
  if (known instanceof LyrebirdError && Object.hasOwn(STATUS_OF, known.code)) {
    const { code, message } = known;
    const details = known instanceof ConfigError ? { problems: known.problems } : (known.details ?? {});
    return c.json({ error: { code, message, details } }, STATUS_OF[code as ErrorCode]);
  }
  logger.error({ err: error, method: c.req.method, path: c.req.path }, 'a request to the control API failed');
  const message = 'an error that was not foreseen; the log has it';
  return c.json({ error: { code: 'internal', message, details: {} } }, STATUS_OF.internal);
}

/** What the framework refuses before a handler runs. */
function fromHttpException(exception: HTTPException): unknown {
  switch (exception.status) {
    case 400:
      return apiError('malformed_json', 'the body is not JSON');
    case 415:
      return apiError('unsupported_media_type', 'the body needs the header Content-Type: application/json');
    default:
      return exception;
  }
}
