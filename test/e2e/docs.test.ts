// The page of the control API in a real browser.
import { afterEach, describe, expect, it } from 'vitest';

import { createApp } from '../../src/api/app.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import { globalFields } from '../../src/config/global.ts';
import { createFakeSimulation } from '../api/fake.ts';
import { backendOrSkip } from '../support/backends.ts';
import { visit } from '../support/browser.ts';
import { createTestLogger } from '../support/sources.ts';

/** The operations that the page shows, once there are as many as the document has. */
const OPERATIONS = `(async () => {
  const { paths } = await (await fetch('/openapi.json')).json();
  const wanted = Object.values(paths).flatMap((operations) => Object.keys(operations)).length;
  const shown = () => [...document.querySelectorAll('.opblock-summary')].map((each) =>
    each.querySelector('.opblock-summary-method').textContent + ' ' +
    each.querySelector('.opblock-summary-path').textContent.replaceAll('\\u200b', ''));
  while (shown().length < wanted) await new Promise(requestAnimationFrame);
  return { wanted, shown: shown(), title: document.querySelector('.title').textContent };
})()`;

let server: ApiServer | undefined;

afterEach(() => server?.close(0));

describe('the page /docs in a browser', () => {
  it.for([
    ['without credentials', {}, {}],
    [
      'behind basic auth',
      { control_auth: { basic: { username: 'admin', password: 'open-sesame' } } },
      { Authorization: `Basic ${Buffer.from('admin:open-sesame').toString('base64')}` },
    ],
  ] as const)(
    'shows every operation %s, and asks for nothing elsewhere',
    async ([, global, headers], context) => {
      const chromium = backendOrSkip(context, 'chromium');
      const simulation = createFakeSimulation();
      const app = createApp(
        { ...simulation, config: { ...simulation.config, global: globalFields.parse(global) } },
        { logger: createTestLogger().logger, setLogLevel: () => undefined, version: '1.2.3' },
      );
      server = await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
      const { value, requests, complaints } = await visit(chromium, `${server.url}/docs`, {
        expression: OPERATIONS,
        headers,
      });
      const { wanted, shown, title } = value as { wanted: number; shown: string[]; title: string };
      expect(title).toContain('Lyrebird');
      expect(shown).toHaveLength(wanted);
      expect(shown).toEqual(
        expect.arrayContaining(['GET /status', 'POST /control/spike', 'DELETE /api/v1/effects/{id}']),
      );
      expect(requests.length).toBeGreaterThan(3);
      const { url } = server;
      expect(requests.filter((request) => !request.startsWith(`${url}/`))).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );
});
