/** The OpenAPI document of the routes, with what stands before all of them. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import type { AuthOptions } from '../util/access.ts';
import { errorResponses, type ErrorCode } from './errors.ts';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'global.control_auth.bearer_token' },
  basic: { type: 'http', scheme: 'basic', description: 'global.control_auth.basic' },
} as const;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Routes with this tag ask for nothing and are not limited: probes have no credentials. */
const OPEN_TAG = 'health';

/** `auth` as the run has it, so that the document says what this server asks for. */
export function createDocument(app: OpenAPIHono, version: string, auth: AuthOptions | undefined): Document {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Lyrebird',
      version,
      description: 'The control API of a running load generator for metric backends.',
    },
  });
  const schemes = [
    ...(auth?.bearer_token === undefined ? [] : (['bearer'] as const)),
    ...(auth?.basic === undefined ? [] : (['basic'] as const)),
  ];
  if (schemes.length > 0) {
    document.security = schemes.map((name) => ({ [name]: [] }));
    document.components = {
      ...document.components,
      securitySchemes: Object.fromEntries(schemes.map((name) => [name, SCHEMES[name]])),
    };
  }
  for (const item of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      if (operation.tags?.includes(OPEN_TAG) === true) {
        if (schemes.length > 0) operation.security = [];
        continue;
      }
      operation.responses = {
        ...refusals(schemes.length > 0, method !== 'get'),
        ...operation.responses,
      };
    }
  }
  return document;
}

/** Responses of the middleware, which routes do not know. */
function refusals(isGuarded: boolean, isChange: boolean): object {
  const codes: Partial<Record<ErrorCode, string>> = {
    ...(isGuarded && { unauthorized: 'the header Authorization has no credentials that are known here' }),
    ...(isChange && {
      origin_not_allowed: 'pages of this origin may not change anything here',
      body_too_large: 'the body is larger than 65536 bytes',
    }),
    too_many_requests: 'more than 1000 requests in a second; try again in 1 s',
  };
  const responses = errorResponses(codes as Record<ErrorCode, string>);
  // The routes' own have been turned into JSON Schema; these refer to the same one.
  const text = JSON.stringify(responses, (key, value: unknown) =>
    key === 'schema' ? { $ref: '#/components/schemas/Error' } : value,
  );
  return JSON.parse(text) as object;
}
