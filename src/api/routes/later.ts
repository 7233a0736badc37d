/** Endpoints of Mockingbird that are not there yet. They say so; none claims to have done what it has not. */
import { createRoute } from '@hono/zod-openapi';

import type { AddRoutes } from '../context.ts';
import { apiError, errorResponses } from '../errors.ts';

const LATER = [
  [
    'post',
    '/control/error_rate',
    'error rates are not there yet: use POST /control/spike on an error counter',
  ],
] as const;

export const addLaterRoutes: AddRoutes = (app) => {
  for (const [method, path, message] of LATER) {
    const route = createRoute({
      method,
      path,
      summary: 'Not there yet',
      tags: ['control'],
      responses: errorResponses({
        not_yet: message,
        body_too_large: 'the body is larger than 65536 bytes',
        internal: 'A fault of Lyrebird.',
      }),
    });
    app.openapi(route, () => {
      throw apiError('not_yet', message);
    });
  }
};
