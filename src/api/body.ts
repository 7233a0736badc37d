/** Bodies of requests: what a schema refuses is an answer with every mistake in it. */
import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { formatPath, parsePart, type Finding } from '../config/problems.ts';
import { apiError, type ErrorCode } from './errors.ts';

/** Above this a request is refused; the largest honest one is a few hundred bytes. */
export const MAX_BODY_BYTES = 65_536;

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
  return c.req.header('content-type') === undefined ? {} : c.req.json();
}
