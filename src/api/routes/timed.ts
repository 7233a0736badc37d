/** Routes of what is there by id from one tick to another: made or replaced, listed, read, ended. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { refuseBody, refuseQuery } from '../body.ts';
import { BODY_ERRORS, errorResponses, RUN_ERRORS, type ErrorCode } from '../errors.ts';
import { atOf, whenQuery } from '../when.ts';

/** When something is there, as `/status` and the routes show it. */
export const timedStatus = {
  id: z.string(),
  from_tick: z.int().describe('The first tick that it is there.'),
  until_tick: z.int().nullable().describe('The first tick that it is over; null until it is cancelled.'),
  duration_s: z.number().nullable().describe('In whole ticks; null until it is cancelled.'),
  remaining_seconds: z.number().nullable().describe('Of model time.'),
};

export interface TimedRoutes<Body extends z.ZodType, Status extends z.ZodType> {
  /** `/api/v1/effects`. */
  readonly path: string;
  /** The key of the list: `effects`. */
  readonly key: string;
  readonly tag: string;
  /** An id for the examples. */
  readonly id: string;
  readonly body: Body;
  readonly status: Status;
  /** The name of the list in the document, and one of its members. */
  readonly list: { readonly name: string; readonly example: object };
  readonly texts: {
    readonly create: { readonly summary: string; readonly description: string };
    readonly list: string;
    readonly get: string;
    readonly cancel: string;
  };
  /** What making one is refused with, beside what every body and run has. */
  readonly errors: Readonly<Partial<Record<ErrorCode, string>>>;
  readonly notFound: Readonly<Partial<Record<ErrorCode, string>>>;
  create(body: z.output<Body>): Promise<{ readonly isNew: boolean; readonly answer: z.output<Status> }>;
  all(): readonly z.output<Status>[];
  find(id: string): z.output<Status>;
  cancel(id: string, at: number | string | undefined): Promise<z.output<Status>>;
}

/** What making or replacing one is answered with. */
export function madeResponses<Status extends z.ZodType>(
  status: Status,
  errors: TimedRoutes<z.ZodType, Status>['errors'],
) {
  return {
    200: answer(
      status,
      'It takes the place of the one with its id, from the next tick on; or it was there already.',
    ),
    201: answer(status, 'It is new.'),
    ...errorResponses({ ...BODY_ERRORS, ...errors }),
  };
}

function answer<Status extends z.ZodType>(schema: Status, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

export function addTimedRoutes<Body extends z.ZodType, Status extends z.ZodType>(
  app: OpenAPIHono,
  of: TimedRoutes<Body, Status>,
): void {
  const { path, key, body, status, texts, errors, notFound, list } = of;
  const tags = [of.tag];
  const params = z.object({ id: z.string().openapi({ example: of.id }) });
  const all = z
    .strictObject({ [key]: z.array(status).readonly() })
    .openapi(list.name, { example: { [key]: [list.example] } });
  const idOf = (c: Context): string => c.req.param('id') ?? '';

  app.openapi(
    createRoute({
      method: 'post',
      path,
      ...texts.create,
      tags,
      request: { body: { required: true, content: { 'application/json': { schema: body } } } },
      responses: madeResponses(status, errors),
    }),
    async (c: Context) => {
      const made = await of.create(c.req.valid('json' as never));
      return c.json(made.answer, made.isNew ? 201 : 200);
    },
    refuseBody(body),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path,
      summary: texts.list,
      tags,
      responses: {
        200: answer(all, 'In order of id.'),
        ...errorResponses({ internal: RUN_ERRORS.internal }),
      },
    }),
    (c: Context) => c.json({ [key]: of.all() } as object, 200) as never,
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{id}`,
      summary: texts.get,
      tags,
      request: { params },
      responses: {
        200: answer(status, 'As of the last tick.'),
        ...errorResponses({ ...notFound, internal: RUN_ERRORS.internal }),
      },
    }),
    (c: Context) => c.json(of.find(idOf(c)) as object, 200) as never,
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{id}`,
      summary: texts.cancel,
      tags,
      request: { params, query: whenQuery },
      responses: {
        200: answer(status, 'With the ticks that it took, or will have taken.'),
        ...errorResponses({
          ...notFound,
          tick_past: 'at is tick 5; the next tick is 9',
          invalid_query: 'at: is "soon"; needs a tick, or a time such as 2026-01-01T00:05:00Z',
          ...RUN_ERRORS,
        }),
      },
    }),
    async (c: Context) => c.json((await of.cancel(idOf(c), atOf(c.req.query('at')))) as object, 200) as never,
    refuseQuery(whenQuery),
  );
}
