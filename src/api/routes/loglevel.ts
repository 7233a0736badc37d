/** `POST /control/loglevel`. */
import { createRoute, z } from '@hono/zod-openapi';

import { globalFields } from '../../config/global.ts';
import { refuseBody } from '../body.ts';
import { timestamp, type AddRoutes } from '../context.ts';
import { errorResponses } from '../errors.ts';

const levelBody = z
  .strictObject({ level: globalFields.shape.log_level.unwrap().describe('As global.log_level in the file.') })
  .openapi('LogLevelRequest', { example: { level: 'DEBUG' } });

const levelAnswer = z
  .strictObject({
    status: z.literal('log_level_changed'),
    level: z.string(),
    timestamp: z.number().describe('Seconds since the Unix epoch.'),
  })
  .openapi('LogLevelChanged', {
    example: { status: 'log_level_changed', level: 'DEBUG', timestamp: 1767225600.25 },
  });

const change = createRoute({
  method: 'post',
  path: '/control/loglevel',
  summary: 'Log more, or less, from now on',
  tags: ['control'],
  request: { body: { required: true, content: { 'application/json': { schema: levelBody } } } },
  responses: {
    200: {
      description: 'The level that holds now.',
      content: { 'application/json': { schema: levelAnswer } },
    },
    ...errorResponses({
      malformed_json: 'the body is not JSON',
      invalid_log_level: 'level: is LOUD; allowed: TRACE, DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL, FATAL',
      body_too_large: 'the body is larger than 65536 bytes',
      unsupported_media_type: 'the body needs the header Content-Type: application/json',
      invalid_body: 'levle: unknown key levle, did you mean level?; allowed: level',
      internal: 'A fault of Lyrebird.',
    }),
  },
});

export const addLogLevelRoutes: AddRoutes = (app, { setLogLevel, logger }) => {
  app.openapi(
    change,
    (c) => {
      const { level } = c.req.valid('json');
      setLogLevel(level);
      logger.info({ level }, `log level is ${level}`);
      return c.json({ status: 'log_level_changed' as const, level, timestamp: timestamp() }, 200);
    },
    refuseBody(levelBody, (path) => (path === 'level' ? 'invalid_log_level' : undefined)),
  );
};
