// Two control APIs on real ports, and what is sent to both.
import { afterEach, describe, expect, it } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import { createAsk, findTargets, type Ask, type Target } from '../../src/cli/ctl/client.ts';
import { judge, sendAll, sendTogether } from '../../src/cli/ctl/send.ts';
import { globalFields } from '../../src/config/global.ts';
import { createFakeSimulation, type FakeSimulation } from '../api/fake.ts';
import { createTestLogger } from '../support/sources.ts';

const servers: ApiServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

const TOKEN = 'open-sesame';
const EFFECT = { id: 'a', metrics: 'queue_depth', value: { scale: 2 } };
const PATH = '/api/v1/effects';

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

function askWith(authorization: string | undefined): Ask {
  return createAsk({ authorization, ca: undefined, cert: undefined, key: undefined, timeoutMs: 10_000 });
}

describe('a request to several runs', () => {
  it('that may say when is taken by all at one tick, which none has reached', async () => {
    const { targets, ask, runs } = await createFleet([7, 9]);
    const { answers, done } = await sendTogether(ask, targets, { method: 'POST', path: PATH, body: EFFECT });
    expect(answers.map(({ body }) => body['from_tick'])).toEqual([12, 12]);
    expect(done).toBe(true);
    expect(runs.map(({ asked }) => asked.length)).toEqual([1, 1]);
  });

  it('to one run alone begins with its next tick', async () => {
    const { targets, ask } = await createFleet([7]);
    const { answers } = await sendTogether(ask, targets, { method: 'POST', path: PATH, body: EFFECT });
    expect(answers[0]?.body['from_tick']).toBe(8);
  });

  it('is sent to none when one of them does not tell its tick', async () => {
    const { targets, ask, runs } = await createFleet([7, 9]);
    await servers.pop()?.close(0);
    const result = await sendTogether(ask, targets, { method: 'POST', path: PATH, body: EFFECT });
    expect(result.done).toBe(false);
    expect(result.answers[1]?.error?.code).toBe('no_answer');
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
    const { answers, done } = await sendAll(askWith(undefined), targets, {
      method: 'POST',
      path: PATH,
      body: EFFECT,
    });
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

it('an address that is none is refused with an example', async () => {
  await expect(findTargets(['ftp://x'])).rejects.toThrow('it needs an address such as http://127.0.0.1:8081');
});
