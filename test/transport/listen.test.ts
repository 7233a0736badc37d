import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import { listen } from '../../src/transport/listen.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function open(host: string, port: number) {
  const server = createServer();
  servers.push(server);
  return listen(server, { host, port, what: 'the shop', hostKey: 'shop.address', portKey: 'shop.port' });
}

describe('a port', () => {
  it('that is free is told', async () => {
    const { address, port } = await open('127.0.0.1', 0);
    expect(address).toBe('127.0.0.1');
    expect(port).toBeGreaterThan(0);
  });

  it('leaves later errors of its server to whoever looks after it', async () => {
    await open('127.0.0.1', 0);
    expect(servers[0]?.listenerCount('error')).toBe(0);
  });

  it.each<[string, string, string]>([
    [
      'that is in use',
      '127.0.0.1',
      'the port is in use; stop what listens there, or set shop.port (0 takes a free one)',
    ],
    ['of another machine', '192.0.2.1', 'this machine has no such address; set shop.address'],
    ['of another machine, in IPv6', '2001:db8::1', 'shop.address'],
  ])('%s is an error with what to do', async (_, host, reason) => {
    const { port } = await open('127.0.0.1', 0);
    const place = host.includes(':') ? `[${host}]` : host;
    const refused = open(host, port);
    await expect(refused).rejects.toMatchObject({ code: 'cannot_listen' });
    await expect(refused).rejects.toThrow(`the shop cannot listen at ${place}:${port}: `);
    // What is wrong with an IPv6 address depends on whether the machine has any.
    await expect(refused).rejects.toThrow(reason);
  });
});
