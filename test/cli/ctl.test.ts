// Two control APIs on real ports, and what is sent to both.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it, onTestFinished } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import { createAsk, findTargets, type Ask, type Request, type Target } from '../../src/cli/ctl/client.ts';
import { COMMANDS, type CtlCommand } from '../../src/cli/ctl/commands.ts';
import { judge, sendAll, sendTogether } from '../../src/cli/ctl/send.ts';
import { globalFields } from '../../src/config/global.ts';
import type { TlsMaterial } from '../../src/transport/tls.ts';
import { createFakeSimulation, type FakeSimulation } from '../api/fake.ts';
import { createCertificate, type Certificate } from '../support/certificates.ts';
import { createTestLogger } from '../support/sources.ts';

const servers: ApiServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

const TOKEN = 'open-sesame';
const EFFECT = { id: 'a', metrics: 'queue_depth', value: { scale: 2 } };
const PATH = '/api/v1/effects';
const SET = { method: 'POST', path: PATH, body: EFFECT, at: 'body' } as const;

async function createFleet(ticks: readonly number[]): Promise<{
  readonly runs: readonly FakeSimulation[];
  readonly targets: readonly Target[];
  readonly ask: Ask;
}> {
  const runs = ticks.map((tick) => Object.assign(createFakeSimulation(), { tick }));
  const global = globalFields.parse({ control_auth: { bearer_token: TOKEN } });
  for (const run of runs) {
    const app = createApp(Object.assign(run, { config: { ...run.config, global } }), {
      logger: createTestLogger().logger,
      setLogLevel: () => undefined,
      version: '1.2.3',
    });
    servers.push(await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0 }));
  }
  return { runs, targets: await findTargets(servers.map(({ url }) => url)), ask: askWith(`Bearer ${TOKEN}`) };
}

const NO_TLS = { ca: undefined, cert: undefined, key: undefined };

function askWith(authorization: string | undefined, tls: TlsMaterial = NO_TLS): Ask {
  return createAsk({ authorization, tls, timeoutMs: 10_000 });
}

describe('a request to several runs', () => {
  it('that may say when is taken by all at one tick, which none has reached', async () => {
    const { targets, ask, runs } = await createFleet([7, 9]);
    const { answers, done } = await sendTogether(ask, targets, SET);
    expect(answers.map(({ body }) => body['from_tick'])).toEqual([12, 12]);
    expect(done).toBe(true);
    expect(runs.map(({ asked }) => asked.length)).toEqual([1, 1]);
  });

  it('to one run alone begins with its next tick', async () => {
    const { targets, ask } = await createFleet([7]);
    const { answers } = await sendTogether(ask, targets, SET);
    expect(answers[0]?.body['from_tick']).toBe(8);
  });

  it('is sent to none when one of them does not tell its tick', async () => {
    const { targets, ask, runs } = await createFleet([7, 9]);
    await servers.pop()?.close(0);
    const result = await sendTogether(ask, targets, SET);
    expect(result.done).toBe(false);
    expect(result.answers[1]?.error?.code).toBe('no_answer');
    expect(runs[0]?.asked).toEqual([]);
  });

  it('that ends something ends it at one tick, too', async () => {
    const { targets, ask } = await createFleet([7, 9]);
    await sendTogether(ask, targets, SET);
    const { answers } = await sendTogether(ask, targets, {
      method: 'DELETE',
      path: `${PATH}/a`,
      at: 'query',
    });
    expect(answers.map(({ body }) => body['until_tick'])).toEqual([12, 12]);
  });

  it('is done when it is told to', async () => {
    const { targets, ask } = await createFleet([7, 9]);
    const { answers } = await sendTogether(ask, targets, SET, 40);
    expect(answers.map(({ body }) => body['from_tick'])).toEqual([40, 40]);
    const told = { ...SET, body: { ...EFFECT, id: 'b', at: 50 } };
    expect((await sendTogether(ask, targets, told)).answers[0]?.body['from_tick']).toBe(50);
  });

  it('that is answered when its tick has come has the time until then', async () => {
    const { targets, runs } = await createFleet([7]);
    const waits: (number | undefined)[] = [];
    const ask: Ask = (target, { waitMs }) => {
      waits.push(waitMs);
      return Promise.resolve({ target: target.name, status: 200, body: {}, error: undefined });
    };
    const reload = { method: 'POST', path: '/control/reload', at: 'query', answersInS: 300 } as const;
    await sendTogether(ask, targets, reload, 240);
    await sendTogether(ask, targets, reload);
    expect(waits).toEqual([300_000, undefined]);
    expect(runs[0]?.asked).toEqual([]);
  });

  it('names every refusal with its target', async () => {
    const { targets, ask } = await createFleet([7, 9]);
    const { answers, done } = await sendAll(ask, targets, { method: 'DELETE', path: `${PATH}/x` });
    expect(done).toBe(false);
    expect(answers.map(({ target, error }) => [target, error?.code])).toEqual(
      targets.map(({ name }) => [name, 'effect_not_found']),
    );
  });

  it('without credentials is refused, and changes nothing', async () => {
    const { targets, runs } = await createFleet([7]);
    const { answers, done } = await sendAll(askWith(undefined), targets, SET);
    expect(done).toBe(false);
    expect(answers[0]).toMatchObject({ status: 401, error: { code: 'unauthorized' } });
    expect(runs[0]?.asked).toEqual([]);
  });
});

describe('what shards answer', () => {
  const answer = (code?: string) => ({
    target: 'a',
    status: 200,
    body: {},
    error: code === undefined ? undefined : { code, message: 'no' },
  });

  it.each<[string, (string | undefined)[], boolean]>([
    ['all did it', [undefined, undefined], true],
    ['one has none of the series', [undefined, 'no_series'], true],
    ['none has any of the series', ['no_series', 'no_series'], false],
    ['one refused', [undefined, 'invalid_body'], false],
  ])('%s', (_, codes, done) => {
    expect(judge(codes.map(answer)).done).toBe(done);
  });
});

describe('a command', () => {
  it.each<[string, readonly string[], Request]>([
    ['status', [], { method: 'GET', path: '/status' }],
    ['effects', [], { method: 'GET', path: '/api/v1/effects' }],
    ['churns', [], { method: 'GET', path: '/api/v1/churn' }],
    [
      'spike',
      ['http_requests_total', '5', '30s'],
      {
        method: 'POST',
        path: '/control/spike',
        body: { metric: 'http_requests_total', multiplier: 5, duration_s: '30s' },
      },
    ],
    [
      'error-rate',
      ['http_requests_total', '0.2', '10m'],
      {
        method: 'POST',
        path: '/control/error_rate',
        body: { metric: 'http_requests_total', rate: 0.2, duration_s: '10m' },
      },
    ],
    [
      'explode',
      ['http_requests_total', 'request_id', '500'],
      {
        method: 'POST',
        path: '/api/v1/explosions',
        body: { metric: 'http_requests_total', label: 'request_id', values: 500, duration_s: undefined },
      },
    ],
    ['churn', ['{"profile":"web"}'], { method: 'POST', path: '/api/v1/churn', body: { profile: 'web' } }],
    ['cancel', ['explosion', 'a/b'], { method: 'DELETE', path: '/api/v1/explosions/a%2Fb' }],
    ['scenario', ['start', 'x'], { method: 'POST', path: '/control/scenario', body: { scenario: 'x' } }],
    ['scenario', ['stop', 'x'], { method: 'DELETE', path: '/control/scenario/x' }],
    [
      'situation',
      ['high_load', '2m'],
      { method: 'POST', path: '/control/situation', body: { to: 'high_load', over_s: '2m' } },
    ],
    ['reload', [], { method: 'POST', path: '/control/reload' }],
  ])('%s %s', (name, args, wanted) => {
    expect(commandOf(name).request(args, {})).toMatchObject(wanted);
  });

  it('status is a line for people', () => {
    const body = { ...createFakeSimulation().status() };
    expect(commandOf('status').show?.(body as never)).toMatch(/tick .* · on time .* series/);
  });

  it('that changes a run may say when, and one that asks may not', () => {
    const timed = COMMANDS.filter(({ usage }) => /spike|error-rate|explode|reload/.test(usage));
    expect(timed).toHaveLength(4);
    for (const { request } of timed) expect(request(['m', '1', '2'], {})).toHaveProperty('at');
    expect(commandOf('reload').request([], { dryRun: true })).not.toHaveProperty('at');
    expect(commandOf('effects').request([], {})).not.toHaveProperty('at');
  });

  it.each([
    ['spike', ['m', 'much', '30s'], 'multiplier is much; it needs a number'],
    ['cancel', ['efect', 'a'], 'the kind is efect; allowed: effect, spike, fault, explosion, churn'],
    ['cancel', ['constructor', 'a'], 'the kind is constructor; allowed: effect'],
    ['scenario', ['begin', 'a'], 'the verb is begin; allowed: start, stop'],
    ['fault', ['[]'], 'the body is []; it needs an object in JSON'],
  ])('%s %s is refused', (name, args, message) => {
    expect(() => commandOf(name).request(args, {})).toThrow(message);
  });

  const commandOf = (name: string): CtlCommand => {
    const found = COMMANDS.find(({ usage }) => usage.split(' ')[0] === name);
    if (found === undefined) throw new Error(`no command ${name}`);
    return found;
  };
});

describe('a name', () => {
  const resolve = (host: string) =>
    host === 'lyrebird.example'
      ? Promise.resolve([{ address: '127.0.0.1' }, { address: '127.0.0.2' }])
      : Promise.reject(new Error('nobody knows it'));

  it('with several addresses is a target for each of them', async () => {
    const targets = await findTargets(['lyrebird.example:8081', '127.0.0.1:9'], resolve);
    expect(targets.map(({ name, address }) => [name, address])).toEqual([
      ['lyrebird.example:8081 (127.0.0.1)', '127.0.0.1'],
      ['lyrebird.example:8081 (127.0.0.2)', '127.0.0.2'],
      ['127.0.0.1:9', undefined],
    ]);
  });

  it('is asked at every one of its addresses', async () => {
    const runs = [createFakeSimulation(), createFakeSimulation()];
    const ports: number[] = [];
    for (const [index, run] of runs.entries()) {
      const { fetch } = createApp(run, {
        logger: createTestLogger().logger,
        setLogLevel: () => undefined,
        version: '1.2.3',
      });
      const server = await startApiServer({ fetch, host: `127.0.0.${index + 1}`, port: ports[0] ?? 0 });
      ports.push(server.port);
      servers.push(server);
    }
    const targets = await findTargets([`lyrebird.example:${ports[0]}`], resolve);
    const { answers, done } = await sendTogether(askWith(undefined), targets, SET);
    expect(done).toBe(true);
    expect(answers.map(({ body }) => body['from_tick'])).toEqual([3, 3]);
    expect(runs.map(({ asked }) => asked)).toMatchObject([[{ at: 3 }], [{ at: 3 }]]);
  });

  it('that nobody knows is told of with the answers', async () => {
    const targets = await findTargets(['nowhere.invalid:1'], resolve);
    expect(targets).toMatchObject([{ name: 'nowhere.invalid:1', address: undefined }]);
  });
});

describe('over TLS', () => {
  const authority = createCertificate({ name: 'authority', isAuthority: true });
  const server = createCertificate({
    name: 'lyrebird',
    issuer: authority,
    hosts: ['127.0.0.1', 'lyrebird.example'],
  });
  const client = createCertificate({ name: 'operator', issuer: authority });
  const stranger = createCertificate({
    name: 'operator',
    issuer: createCertificate({ name: 'other', isAuthority: true }),
  });
  const bytes = (text: string): Buffer => Buffer.from(text);

  async function startSecure(): Promise<{ readonly port: number; readonly run: FakeSimulation }> {
    const folder = mkdtempSync(join(tmpdir(), 'lyrebird-ctl-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const run = createFakeSimulation();
    const { fetch } = createApp(run, {
      logger: createTestLogger().logger,
      setLogLevel: () => undefined,
      version: '1.2.3',
    });
    const tls = {
      cert_file: write('cert.pem', server.cert),
      key_file: write('key.pem', server.key),
      client_ca_file: write('ca.pem', authority.cert),
    };
    const started = await startApiServer({ fetch, host: '127.0.0.1', port: 0, tls });
    servers.push(started);
    return { port: started.port, run };
  }

  it.each<[string, { ca?: Certificate; own?: Certificate }, boolean]>([
    [
      'is trusted with its authority, and trusts a client of that authority',
      { ca: authority, own: client },
      true,
    ],
    ['is not trusted without its authority', { own: client }, false],
    ['turns away who has no certificate', { ca: authority }, false],
    ['turns away a client of another authority', { ca: authority, own: stranger }, false],
  ])('a control API %s', async (_, { ca, own }, works) => {
    const { port, run } = await startSecure();
    const ask = askWith(undefined, {
      ca: ca && bytes(ca.cert),
      cert: own && bytes(own.cert),
      key: own && bytes(own.key),
    });
    const { done, answers } = await sendTogether(ask, await findTargets([`https://127.0.0.1:${port}`]), SET);
    expect(done).toBe(works);
    expect(answers[0]?.error?.code).toBe(works ? undefined : 'no_answer');
    expect(run.asked).toHaveLength(works ? 1 : 0);
  });

  it('a name with several addresses is told by its name, whatever the address', async () => {
    const { port } = await startSecure();
    const addresses = () => Promise.resolve([{ address: '127.0.0.1' }, { address: '127.0.0.1' }]);
    const targets = await findTargets([`https://lyrebird.example:${port}`], addresses);
    const ask = askWith(undefined, {
      ca: bytes(authority.cert),
      cert: bytes(client.cert),
      key: bytes(client.key),
    });
    const { answers } = await sendAll(ask, targets, { method: 'GET', path: '/status' });
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

it('an address that is none is refused with an example', async () => {
  await expect(findTargets(['ftp://x'])).rejects.toThrow('it needs an address such as http://127.0.0.1:8081');
});
