/** Bodies of requests: what a schema refuses is an answer with every mistake in it. */
import type { z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';

import { formatPath, parsePart, type Finding } from '../config/problems.ts';
import { apiError, type ErrorCode } from './errors.ts';

/**
 * Refuses bodies of more bytes than `limit` gives. The limit of hono itself copies a request that does not say its length, which fails for the
 * requests of its server for Node: here what was read becomes a request of its own.
 */
export function limitBody(limit: () => number): MiddlewareHandler {
  return async (c, next) => {
    const { raw } = c.req;
    const maxBytes = limit();
    const length = raw.headers.get('content-length');
    if (length !== null && !raw.headers.has('transfer-encoding')) {
      if (Number(length) > maxBytes) throw bodyTooLarge(maxBytes);
    } else if (raw.body !== null) {
      const body = await readAll(raw.body, maxBytes);
      const { url, method, headers } = raw;
      c.req.raw = new Request(url, { method, headers, ...(body.length > 0 && { body }) });
    }
    await next();
  };
}

async function readAll(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) throw bodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function bodyTooLarge(maxBytes: number): Error {
  return apiError(
    'body_too_large',
    `the body is larger than ${maxBytes} bytes, which is limits.max_body_bytes`,
    {
      max_bytes: maxBytes,
    },
  );
}

/**
 * The hook of a route with a JSON body. A body that the schema refuses is `invalid_body`, or the code that `codeOf`
 * gives for a mistake at that path.
 */
export function refuseBody(
  schema: z.ZodType,
  codeOf: (path: string) => ErrorCode | undefined = () => undefined,
) {
  const refuse = async (c: Context): Promise<never> => {
    const findings: Finding[] = [];
    // The words of the configuration's errors, which the validator's own result does not have.
    parsePart(schema, await readBody(c), [], findings);
    const problems = findings.map(({ path, message }) => ({ path: formatPath(path), message }));
    const code = problems.map(({ path }) => codeOf(path)).find((found) => found !== undefined);
    const message = problems.map(({ path, message: text }) => `${path === '' ? 'the body' : path}: ${text}`);
    throw apiError(code ?? 'invalid_body', message.join('; '), { problems });
  };
  return (result: { readonly success: boolean }, c: Context): Promise<never> | undefined =>
    result.success ? undefined : refuse(c);
}

/** The body as the validator saw it; without one it is an empty mapping. */
async function readBody(c: Context): Promise<unknown> {
  return (c.req.header('content-type') ?? '') === '' ? {} : c.req.json();
}

/** The hook of a route with a query that may be wrong. */
export function refuseQuery(schema: z.ZodType) {
  return (result: { readonly success: boolean }, c: Context): undefined => {
    if (result.success) return undefined;
    const findings: Finding[] = [];
    parsePart(schema, c.req.query(), [], findings);
    const problems = findings.map(({ path, message }) => ({ path: formatPath(path), message }));
    throw apiError('invalid_query', problems.map(({ path, message }) => `${path}: ${message}`).join('; '), {
      problems,
    });
  };
}
