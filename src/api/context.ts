/** What the routes of the control API are made of. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from 'pino';

import type { LogLevel } from '../config/global.ts';
import type { Simulation } from '../simulation/contract.ts';

export interface ApiContext {
  readonly simulation: Simulation;
  readonly logger: Logger;
  /** Changes what is logged from now on, everywhere in the process. */
  setLogLevel(level: LogLevel): void;
  /** Of Lyrebird, as in package.json. */
  readonly version: string;
}

/** Adds a group of routes, each with its part of the OpenAPI document. */
export type AddRoutes = (app: OpenAPIHono, context: ApiContext) => void;

/** Seconds since the Unix epoch, as the answers of the API carry them. */
export function timestamp(): number {
  return Date.now() / 1000;
}
