/** The control API as a function from request to response: `createApp(simulation, ...).fetch`. */
import { OpenAPIHono } from '@hono/zod-openapi';

import type { Simulation } from '../simulation/contract.ts';
import { nearest } from '../util/errors.ts';
import { allowOrigins, refuseOtherOrigins, requireAuth } from './auth.ts';
import { limitBody } from './body.ts';
import type { ApiContext } from './context.ts';
import { addDocs } from './docs.ts';
import { createDocument } from './document.ts';
import { answerError, apiError } from './errors.ts';
import { limitRate } from './limits.ts';
import { addChurnRoutes } from './routes/churn.ts';
import { addEffectRoutes } from './routes/effects.ts';
import { addExplosionRoutes } from './routes/explosions.ts';
import { addFaultRoutes } from './routes/faults.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addErrorRateRoutes } from './routes/error-rate.ts';
import { addLogLevelRoutes } from './routes/loglevel.ts';
import { addDefinitionRoutes } from './routes/definitions.ts';
import { addMetricsRoutes } from './routes/metrics.ts';
import { addScenarioRoutes } from './routes/scenarios.ts';
import { addReloadRoutes } from './routes/reload.ts';
import { addSituationRoutes } from './routes/situation.ts';
import { addSpikeRoutes } from './routes/spike.ts';
import { addStatusRoutes } from './routes/status.ts';

export interface AppOptions extends Omit<ApiContext, 'simulation'> {
  /** Milliseconds on a monotonic clock, for the limit of requests; `performance.now` by default. */
  readonly nowMs?: () => number;
}

/** Every route that asks for what `global` says; each validates, calls one method of the simulation and returns. */
const GROUPS = [
  addStatusRoutes,
  addMetricsRoutes,
  addSpikeRoutes,
  addEffectRoutes,
  addFaultRoutes,
  addScenarioRoutes,
  addSituationRoutes,
  addDefinitionRoutes,
  addReloadRoutes,
  addExplosionRoutes,
  addChurnRoutes,
  addLogLevelRoutes,
  addErrorRateRoutes,
];

/** Who may use it is what the `control_*` keys of the simulation's `global` say. */
export function createApp(simulation: Simulation, options: AppOptions): OpenAPIHono {
  const {
    control_auth: auth,
    control_cors_origins: origins,
    control_rate_limit: rate,
  } = simulation.config.global;
  const app = new OpenAPIHono();
  const context: ApiContext = { simulation, ...options };
  app.onError((error, c) => answerError(error, c, options.logger));
  if (origins.length > 0) app.use(allowOrigins(origins));
  // What is added before the middleware is served without it: probes have no credentials and must not be turned away.
  addHealthRoutes(app, context);
  if (auth !== undefined) app.use(requireAuth(auth));
  app.use(refuseOtherOrigins(origins));
  app.use(limitRate(rate, options.nowMs ?? (() => performance.now())));
  app.use(limitBody(() => simulation.config.limits.max_body_bytes));
  for (const addRoutes of GROUPS) addRoutes(app, context);

  let document: ReturnType<typeof createDocument> | undefined;
  app.get('/openapi.json', (c) => c.json((document ??= createDocument(app, options.version, auth))));
  addDocs(app);
  const methods = methodsByPath(app);
  app.get('/', (c) =>
    c.json({ name: 'lyrebird', version: options.version, endpoints: listEndpoints(methods) }),
  );
  methods.set('/', ['GET']);
  for (const [path, allowed] of methods) refuseOtherMethods(app, path, allowed);
  app.notFound((c) =>
    answerError(pathNotFound(c.req.path, [...methods.keys()].map(formatPath)), c, options.logger),
  );
  return app;
}

/** As the document writes it: `/control/spike/{id}`. */
function formatPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** Methods of every path that the router knows, middleware aside. */
function methodsByPath(app: OpenAPIHono): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of app.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path);
    if (known === undefined) methods.set(path, [method]);
    else if (!known.includes(method)) known.push(method);
  }
  return methods;
}

function listEndpoints(methods: ReadonlyMap<string, readonly string[]>): string[] {
  return [...methods].flatMap(([path, allowed]) => allowed.map((method) => `${method} ${formatPath(path)}`));
}

/** Comes after the routes of its path, so that only other methods reach it. */
function refuseOtherMethods(app: OpenAPIHono, path: string, methods: readonly string[]): void {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  app.all(path, (c) => {
    c.header('Allow', allowed.join(', '));
    throw apiError('method_not_allowed', `${c.req.method} is not there; allowed: ${allowed.join(', ')}`, {
      allowed,
    });
  });
}

function pathNotFound(path: string, paths: readonly string[]): Error {
  const close = nearest(path, paths);
  return apiError(
    'path_not_found',
    `there is no ${path}${close === undefined ? '.' : `, did you mean ${close}?`} GET / lists what there is`,
    close === undefined ? {} : { nearest: close },
  );
}
