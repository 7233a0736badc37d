import { describe, expect, it } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { describeExposure } from '../../src/api/auth.ts';
import { globalFields } from '../../src/config/global.ts';
import { createTestLogger } from '../support/sources.ts';
import { createFakeSimulation } from './fake.ts';

const TOKEN = 'control-sesame-token';
const PASSWORD = 'control-sesame-password';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const BASIC = { authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}` };
const SPIKE = { metric: 'queue_depth', multiplier: 3, duration_s: 10 };
const SITE = 'https://site.example';

type Headers = Readonly<Record<string, string>>;

/** A control API with `global` as given, and a clock that the test moves. */
function createApi(global: object) {
  const simulation = createFakeSimulation();
  const config = { ...simulation.config, global: globalFields.parse(global) };
  const { lines, logger } = createTestLogger();
  const clock = { ms: 0 };
  const levels: string[] = [];
  const app = createApp(
    { ...simulation, config },
    { logger, setLogLevel: (level) => levels.push(level), version: '1.2.3', nowMs: () => clock.ms },
  );
  return {
    simulation,
    clock,
    levels,
    lines,
    async ask(method: string, path: string, headers: Headers = {}, body?: unknown) {
      const response = await app.request(path, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

const AUTH = { bearer_token: TOKEN, basic: { username: 'admin', password: PASSWORD } };

/** Every route, paths that are none, methods that are not there, and bodies that are wrong. */
const GUARDED: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ['GET', '/'],
  ['HEAD', '/'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/docs/swagger-ui-bundle.js'],
  ['GET', '/status'],
  ['GET', '/metrics'],
  ['POST', '/control/spike', SPIKE],
  ['POST', '/control/spike', '{'],
  ['POST', '/control/spike', 'x'.repeat(100_000)],
  ['DELETE', '/control/spike/spike-1'],
  ['POST', '/control/loglevel', { level: 'DEBUG' }],
  ['POST', '/control/reload'],
  ['PUT', '/status'],
  ['OPTIONS', '/status'],
  ['GET', '/control/spike'],
  ['GET', '/nothing'],
  ['GET', '/healthz/'],
  ['GET', '/healthz/../status'],
  ['GET', '//healthz'],
  ['POST', '/healthz'],
  ['GET', '/%73tatus'],
];

describe('without credentials', () => {
  it('every route and path gives one and the same answer, and changes nothing', async () => {
    const { ask, simulation, levels } = createApi({ control_auth: AUTH });
    const answers = new Set<string>();
    for (const [method, path, body] of GUARDED) {
      const { status, headers, text } = await ask(method, path, {}, body);
      expect(status, `${method} ${path}`).toBe(401);
      expect(headers.get('www-authenticate')).toBe(
        'Bearer realm="lyrebird", Basic realm="lyrebird", charset="UTF-8"',
      );
      if (method !== 'HEAD') answers.add(`${headers.get('content-type')} ${text}`);
    }
    expect([...answers]).toEqual([
      `application/json ${JSON.stringify({
        error: {
          code: 'unauthorized',
          message: 'the header Authorization has no credentials that are known here',
          details: {},
        },
      })}`,
    ]);
    expect(simulation.asked).toEqual([]);
    expect(levels).toEqual([]);
  });

  it.each([
    ['a wrong token', { authorization: 'Bearer control-sesame-tokeN' }],
    ['a wrong password', { authorization: `Basic ${Buffer.from('admin:control').toString('base64')}` }],
    ['the token as a query', {}],
    ['the token in another header', { 'x-api-key': TOKEN }],
  ])('is also what %s is', async (_, headers) => {
    const { ask } = createApi({ control_auth: AUTH });
    const { status } = await ask('GET', `/status?access_token=${TOKEN}`, headers);
    expect(status).toBe(401);
  });

  it.each(['/healthz', '/readyz'])('%s answers, since probes have none', async (path) => {
    const { ask } = createApi({ control_auth: AUTH });
    expect((await ask('GET', path)).status).toBe(200);
    expect((await ask('HEAD', path)).status).toBe(200);
  });
});

describe('with credentials', () => {
  it.each([
    ['a token', BEARER],
    ['user and password', BASIC],
  ])('%s opens every route', async (_, headers) => {
    const { ask, simulation } = createApi({ control_auth: AUTH });
    for (const [method, path, body] of GUARDED)
      expect((await ask(method, path, headers, body)).status, `${method} ${path}`).not.toBe(401);
    expect(simulation.asked).toHaveLength(3);
  });

  it('no answer and no log line holds a secret', async () => {
    const { ask, lines } = createApi({ control_auth: AUTH });
    const secrets = [TOKEN, PASSWORD, BASIC.authorization.slice(6)];
    for (const headers of [{}, BEARER, BASIC]) {
      for (const [method, path, body] of [...GUARDED, ['GET', '/healthz'] as const]) {
        const answer = await ask(method, path, headers, body);
        const said = `${answer.text}${JSON.stringify([...answer.headers])}${JSON.stringify(lines)}`;
        for (const secret of secrets) expect(said).not.toContain(secret);
      }
    }
  });
});

describe('the document', () => {
  interface Operation {
    readonly tags: readonly string[];
    readonly security?: unknown;
    readonly responses: Readonly<Record<string, unknown>>;
  }

  async function read(global: object, headers: Headers = {}) {
    const document = JSON.parse((await createApi(global).ask('GET', '/openapi.json', headers)).text) as {
      readonly security?: unknown;
      readonly components: { readonly securitySchemes?: Readonly<Record<string, unknown>> };
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    const operations = Object.values(document.paths).flatMap((methods) => Object.entries(methods));
    return { ...document, operations };
  }

  it('says what is asked for, everywhere but of probes', async () => {
    const { security, components, operations } = await read({ control_auth: AUTH }, BEARER);
    expect(security).toEqual([{ bearer: [] }, { basic: [] }]);
    expect(components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      basic: { type: 'http', scheme: 'basic' },
    });
    for (const [, { tags, security: own, responses }] of operations) {
      const isProbe = tags.includes('health');
      expect(own).toEqual(isProbe ? [] : undefined);
      expect('401' in responses).toBe(!isProbe);
    }
  });

  it('names one scheme where there is one, and none where there is none', async () => {
    const one = await read({ control_auth: { bearer_token: TOKEN } }, BEARER);
    expect(one.security).toEqual([{ bearer: [] }]);
    expect(Object.keys(one.components.securitySchemes ?? {})).toEqual(['bearer']);
    const none = await read({});
    expect([none.security, none.components.securitySchemes]).toEqual([undefined, undefined]);
    expect(none.operations.filter(([, { responses }]) => '401' in responses)).toEqual([]);
  });

  it('has the other refusals of the server, too', async () => {
    const { operations } = await read({});
    for (const [method, { tags, responses }] of operations) {
      const isProbe = tags.includes('health');
      expect('429' in responses).toBe(!isProbe);
      expect('403' in responses).toBe(!isProbe && method !== 'get');
    }
  });
});

describe('requests', () => {
  it('beyond the limit are 429 with the time to wait, until it is over', async () => {
    const { ask, clock, simulation } = createApi({ control_rate_limit: 2 });
    expect((await ask('GET', '/status')).status).toBe(200);
    expect((await ask('GET', '/nothing')).status).toBe(404);
    const refused = await ask('POST', '/control/spike', {}, SPIKE);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(JSON.parse(refused.text)).toEqual({
      error: {
        code: 'too_many_requests',
        message: 'more than 2 requests in a second; try again in 1 s, or raise global.control_rate_limit',
        details: { requests_per_second: 2, retry_after_seconds: 1 },
      },
    });
    expect(simulation.asked).toEqual([]);
    clock.ms += 500;
    expect((await ask('POST', '/control/spike', {}, SPIKE)).status).toBe(200);
  });

  it('of probes, and those without credentials, are not counted', async () => {
    const { ask } = createApi({ control_rate_limit: 1, control_auth: AUTH });
    for (let i = 0; i < 5; i++) {
      expect((await ask('GET', '/healthz')).status).toBe(200);
      expect((await ask('GET', '/status')).status).toBe(401);
    }
    expect((await ask('GET', '/status', BEARER)).status).toBe(200);
    expect((await ask('GET', '/status', BEARER)).status).toBe(429);
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });
});

describe('pages of other sites', () => {
  const preflight = { origin: SITE, 'access-control-request-method': 'POST' };
  const granted = (headers: globalThis.Headers): string[] =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  it('are told nothing unless they are listed', async () => {
    for (const origins of [[], ['https://other.example']]) {
      const { ask } = createApi({ control_cors_origins: origins });
      const read = await ask('GET', '/status', { origin: SITE });
      expect([read.status, granted(read.headers)]).toEqual([200, []]);
      const asked = await ask('OPTIONS', '/control/spike', preflight);
      expect([asked.status, granted(asked.headers)]).toEqual([405, []]);
    }
  });

  it('that are listed may ask beforehand without credentials, and then with them', async () => {
    const { ask, simulation } = createApi({ control_cors_origins: [SITE], control_auth: AUTH });
    const asked = await ask('OPTIONS', '/control/spike', preflight);
    expect([asked.status, asked.text]).toEqual([204, '']);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': SITE,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type',
      vary: 'Origin',
    });
    const refused = await ask('POST', '/control/spike', { origin: SITE }, SPIKE);
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, SITE]);
    expect(simulation.asked).toEqual([]);
    const done = await ask('POST', '/control/spike', { ...BEARER, origin: SITE }, SPIKE);
    expect([done.status, done.headers.get('access-control-allow-origin')]).toEqual([200, SITE]);
  });

  it('are never allowed all at once, nor the credentials that a browser keeps', async () => {
    const { ask } = createApi({ control_cors_origins: [SITE] });
    const { headers } = await ask('GET', '/status', { origin: SITE });
    expect(headers.get('access-control-allow-origin')).toBe(SITE);
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([
    ['another site', SITE, 403],
    ['a page without an origin of its own', 'null', 403],
    ['the same host at another port', 'http://127.0.0.1:3000', 403],
    ['this server', 'http://127.0.0.1:8081', 200],
    ['this server behind a proxy with TLS', 'https://127.0.0.1:8081', 200],
    ['a listed site', 'https://other.example', 200],
  ])('change something from %s: %s is %i', async (_, origin, status) => {
    const { ask, simulation } = createApi({
      control_auth: AUTH,
      control_cors_origins: ['https://other.example'],
    });
    const answer = await ask('POST', '/control/spike', { ...BASIC, origin, host: '127.0.0.1:8081' }, SPIKE);
    expect(answer.status).toBe(status);
    expect(simulation.asked).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('the warning of an open control API', () => {
  const tls = { cert_file: 'a', key_file: 'b' };
  it.each<[string, object, boolean]>([
    ['on loopback', {}, false],
    ['on another loopback address', { control_bind_address: '127.8.8.8' }, false],
    ['on loopback of IPv6', { control_bind_address: '::1' }, false],
    ['on localhost', { control_bind_address: 'localhost' }, false],
    ['everywhere', { control_bind_address: '0.0.0.0' }, true],
    ['everywhere of IPv6', { control_bind_address: '::' }, true],
    ['on an address of the machine', { control_bind_address: '10.1.2.3' }, true],
    ['on a name that only begins as loopback', { control_bind_address: '127.0.0.1.example.org' }, true],
    ['everywhere, with TLS alone', { control_bind_address: '::', control_tls: tls }, true],
    [
      'everywhere, with certificates of clients',
      { control_bind_address: '::', control_tls: { ...tls, client_ca_file: 'c' } },
      false,
    ],
    ['everywhere, with credentials', { control_bind_address: '0.0.0.0', control_auth: AUTH }, false],
  ])('%s', (_, global, isWarned) => {
    const warning = describeExposure(globalFields.parse(global));
    expect(warning !== undefined).toBe(isWarned);
    if (isWarned) expect(warning).toContain('whoever reaches it controls the run; set global.control_auth');
  });
});
