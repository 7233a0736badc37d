/** Who may use the control API: credentials, and which other sites' pages. */
import type { MiddlewareHandler } from 'hono';

import type { Config } from '../config/schema.ts';
import { createGuard } from '../transport/auth.ts';
import type { AuthOptions } from '../util/access.ts';
import { apiError } from './errors.ts';

/** Asks for credentials. A request without them gets one answer, whatever it is about. */
export function requireAuth(options: AuthOptions): MiddlewareHandler {
  const guard = createGuard(options);
  return async (c, next) => {
    if (!guard.admits(c.req.header('authorization'))) {
      c.header('WWW-Authenticate', guard.challenge);
      throw apiError('unauthorized', 'the header Authorization has no credentials that are known here');
    }
    await next();
  };
}

/** What a page of a listed origin may do; browsers keep it for so many seconds. */
const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type',
  'Access-Control-Max-Age': '600',
} as const;

/**
 * Lets pages of these origins read the answers, refusals too. A browser asks beforehand without credentials; that is
 * answered here, and tells nothing but that the origin is listed.
 */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler {
  const listed = new Set(origins);
  return async (c, next) => {
    c.header('Vary', 'Origin');
    const origin = c.req.header('origin');
    if (origin === undefined || !listed.has(origin)) return next();
    c.header('Access-Control-Allow-Origin', origin);
    c.header('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate');
    const isPreflight =
      c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
    if (!isPreflight) return next();
    for (const [name, value] of Object.entries(PREFLIGHT_HEADERS)) c.header(name, value);
    return c.body(null, 204);
  };
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that a page of another site asks for. Not reading an answer is no protection: the request has been
 * served by then, with credentials that the browser remembers.
 */
export function refuseOtherOrigins(origins: readonly string[]): MiddlewareHandler {
  const listed = new Set(origins);
  return async (c, next) => {
    const origin = c.req.header('origin');
    const isForeign = origin !== undefined && !listed.has(origin) && !isOwn(origin, c.req.header('host'));
    if (isForeign && !READING.has(c.req.method)) {
      throw apiError('origin_not_allowed', 'pages of this origin may not change anything here', {
        allowed: 'global.control_cors_origins',
      });
    }
    await next();
  };
}

/** The scheme is left aside: a proxy may speak TLS for us. */
function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** What to warn of at the start: an API that whoever reaches the machine can use. */
export function describeExposure(global: Config['global']): string | undefined {
  const { control_bind_address: address, control_auth: auth, control_tls: tls } = global;
  if (auth !== undefined || tls?.client_ca_file !== undefined || isLoopback(address)) return undefined;
  return (
    `the control API listens at ${address} and asks for no credentials: whoever reaches it controls the run; ` +
    'set global.control_auth or global.control_tls.client_ca_file, or bind to 127.0.0.1'
  );
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d+){3}$/.test(address);
}
