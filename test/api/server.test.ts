import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

import { startApiServer } from '../../src/api/server.ts';
import type { ServerTlsFiles } from '../../src/util/access.ts';
import { TLS_FILES } from '../support/grpc-backend.ts';
import { createTestApi } from './fake.ts';

describe('startApiServer', () => {
  it('serves the app on a free port until it is closed', async () => {
    const { app } = createTestApi();
    const server = await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const response = await fetch(`${server.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'healthy' });
    await server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('says that the port is in use, and what to do', async () => {
    const { app } = createTestApi();
    const first = await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
    const second = startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: first.port });
    await expect(second).rejects.toMatchObject({
      code: 'cannot_listen',
      message: `the control API cannot listen at 127.0.0.1:${first.port}: the port is in use; stop what listens there, or set global.control_api_port (0 takes a free one)`,
    });
    await first.close();
  });

  it('says that an address is not of this machine', async () => {
    const { app } = createTestApi();
    const server = startApiServer({ fetch: app.fetch, host: '192.0.2.1', port: 0 });
    await expect(server).rejects.toThrow('this machine has no such address; set global.control_bind_address');
  });

  it('calls an address that stands for all by one that a browser takes', async () => {
    const { app } = createTestApi();
    const server = await startApiServer({ fetch: app.fetch, host: '0.0.0.0', port: 0 });
    expect(server.url).toBe(`http://localhost:${server.port}`);
    await server.close();
  });

  it.each<[string, string, string, string, number, string]>([
    ['a DELETE without a body', 'DELETE', '/control/spike/spike-9', '', 404, 'spike_not_found'],
    ['a POST without a body', 'POST', '/control/reload', '', 200, 'config_reloaded'],
    ['a method that nothing has', 'OPTIONS', '/status', '', 405, 'method_not_allowed'],
    ['a body in chunks', 'POST', '/control/loglevel', '{"level":"DEBUG"}', 200, 'log_level_changed'],
    [
      'a body in chunks that is too large',
      'POST',
      '/control/loglevel',
      'x'.repeat(70_000),
      413,
      'body_too_large',
    ],
  ])('serves %s, which does not say its length', async (_, method, path, body, status, outcome) => {
    const { app } = createTestApi();
    const server = await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
    const headers = {
      'content-type': 'application/json',
      ...(body !== '' && { 'transfer-encoding': 'chunked' }),
    };
    const asked = request(`${server.url}${path}`, { method, headers, agent: false }).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(status);
    const said = (await json(answer)) as { status?: string; error?: { code: string } };
    expect(said.status ?? said.error?.code).toBe(outcome);
    await server.close(1);
  });

  describe('with TLS', () => {
    const { cert_file, key_file } = TLS_FILES;

    it('serves at https, and closes although somebody has connected and never spoken', async () => {
      const { app } = createTestApi();
      const tls = { cert_file, key_file };
      const server = await startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0, tls });
      expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
      const silent = connect(server.port, '127.0.0.1');
      const gone = once(silent, 'close');
      const status = await new Promise((resolve, reject) => {
        get(`${server.url}/healthz`, { agent: false, ca: readFileSync(cert_file) }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        }).on('error', reject);
      });
      expect(status).toBe(200);
      await server.close(1);
      await gone;
    });

    it('does not start with files that are wrong, and names the key', async () => {
      const { app } = createTestApi();
      const start = (tls: ServerTlsFiles) =>
        startApiServer({ fetch: app.fetch, host: '127.0.0.1', port: 0, tls });
      await expect(start({ cert_file: '/none.pem', key_file })).rejects.toThrow(
        /^global\.control_tls\.cert_file: ENOENT/,
      );
      await expect(start({ cert_file, key_file: cert_file })).rejects.toThrow(
        /^global\.control_tls\.key_file: .* holds no private key in PEM/,
      );
    });
  });

  it('breaks off what takes longer than its time to close', async () => {
    let tell: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const server = await startApiServer({
      fetch: () => {
        tell?.();
        return new Promise<Response>(() => undefined);
      },
      host: '127.0.0.1',
      port: 0,
    });
    const socket = connect(server.port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
    await server.close(1);
    await closed;
  });
});
