import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { createWebServer, readServerTls, trackConnections } from '../../src/transport/server.ts';
import type { ServerTlsFiles } from '../../src/util/access.ts';
import { createCertificate } from '../support/certificates.ts';

const authority = createCertificate({ name: 'authority', isAuthority: true });
const server = createCertificate({ name: 'server', issuer: authority, hosts: ['localhost', '127.0.0.1'] });
const client = createCertificate({ name: 'client', issuer: authority });
const impostor = createCertificate({
  name: 'client',
  issuer: createCertificate({ name: 'authority', isAuthority: true }),
});

let folder: string;
let files: ServerTlsFiles & { readonly client_ca_file: string };

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lyrebird-tls-'));
  files = {
    cert_file: write('cert.pem', server.cert + authority.cert),
    key_file: write('key.pem', server.key),
    client_ca_file: write('ca.pem', authority.cert),
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('files for TLS', () => {
  const refusals: readonly [string, () => Partial<ServerTlsFiles>, string, RegExp][] = [
    [
      'a certificate that is not there',
      () => ({ cert_file: join(folder, 'none.pem') }),
      'tls_file_unreadable',
      /^global\.control_tls\.cert_file: ENOENT: .*none\.pem/,
    ],
    [
      'a key that is not there',
      () => ({ key_file: join(folder, 'none.pem') }),
      'tls_file_unreadable',
      /^global\.control_tls\.key_file: ENOENT: .*none\.pem/,
    ],
    [
      'authorities that are not there',
      () => ({ client_ca_file: join(folder, 'none.pem') }),
      'tls_file_unreadable',
      /^global\.control_tls\.client_ca_file: ENOENT: .*none\.pem/,
    ],
    [
      'a key in place of the certificate',
      () => ({ cert_file: files.key_file }),
      'tls_file_invalid',
      /^global\.control_tls\.cert_file: .*key\.pem holds no certificate in PEM$/,
    ],
    [
      'a certificate in place of the key',
      () => ({ key_file: files.cert_file }),
      'tls_file_invalid',
      /^global\.control_tls\.key_file: .*cert\.pem holds no private key in PEM, or one with a passphrase$/,
    ],
    [
      'authorities of which one is broken',
      () => ({ client_ca_file: write('half.pem', authority.cert + server.cert.replace('MII', 'MIX')) }),
      'tls_file_invalid',
      /^global\.control_tls\.client_ca_file: .*half\.pem holds a certificate that cannot be read$/,
    ],
    [
      'no authorities at all',
      () => ({ client_ca_file: write('empty.pem', '') }),
      'tls_file_invalid',
      /^global\.control_tls\.client_ca_file: .*empty\.pem holds no certificate in PEM$/,
    ],
    [
      'the key of another certificate',
      () => ({ key_file: write('other.pem', client.key) }),
      'tls_key_mismatch',
      /^global\.control_tls\.key_file: .*other\.pem is not the key of the certificate in global\.control_tls\.cert_file, .*cert\.pem$/,
    ],
  ];

  it.each(refusals)('%s', (_, wrong, code, message) => {
    const read = (): unknown => readServerTls({ ...files, ...wrong() }, 'global.control_tls');
    expect(read).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
    expect(read).not.toThrow(/PRIVATE KEY/);
  });
});

/** Listens on a free port; closed when the test is over. */
async function listen(tlsFiles: ServerTlsFiles | undefined) {
  const seen: (string | undefined)[] = [];
  const tls = tlsFiles && readServerTls(tlsFiles, 'tls');
  const web = createWebServer(
    (incoming, response) => {
      seen.push(incoming.url);
      response.end('hello');
    },
    { tls },
  );
  const breakAll = trackConnections(web);
  await new Promise<void>((resolve) => {
    web.listen(0, '127.0.0.1', resolve);
  });
  const { port } = web.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!web.listening) return;
    const closed = once(web, 'close');
    web.close();
    breakAll();
    await closed;
  };
  onTestFinished(close);
  return { port, seen, close };
}

/** The body, or the code of the error. */
function ask(port: number, options: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    request({ host: '127.0.0.1', port, path: '/', agent: false, ...options }, (response) => {
      response.on('error', fail);
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', fail)
      .end();
  });
}

describe('a server with TLS', () => {
  it('answers whoever trusts its authority', async () => {
    const { port } = await listen({ cert_file: files.cert_file, key_file: files.key_file });
    expect(await ask(port, { ca: authority.cert })).toBe('hello');
    expect(await ask(port, { ca: impostor.cert })).toBe('SELF_SIGNED_CERT_IN_CHAIN');
  });

  it('does not answer in plain text', async () => {
    const { port, seen } = await listen({ cert_file: files.cert_file, key_file: files.key_file });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
    expect(seen).toEqual([]);
  });
});

describe('a server with authorities of clients', () => {
  it('answers whoever has a certificate of theirs', async () => {
    const { port } = await listen(files);
    expect(await ask(port, { ca: authority.cert, cert: client.cert, key: client.key })).toBe('hello');
  });

  it.each([
    ['no certificate', {}],
    ['one of another authority, of the same names', { cert: impostor.cert, key: impostor.key }],
    ['one that signed itself', createCertificate({ name: 'client' })],
  ])('does not hear whoever has %s', async (_, pair) => {
    const { port, seen } = await listen(files);
    // The refusal may come before or after the request is written.
    expect(await ask(port, { ca: authority.cert, ...pair })).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/);
    expect(seen).toEqual([]);
  });
});

describe('connections', () => {
  it('are broken also when they never began to speak TLS', async () => {
    const { port, close } = await listen(files);
    const socket = connect(port, '127.0.0.1');
    const gone = once(socket, 'close');
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    // Answered by the same server, so the silent one has been accepted before.
    await ask(port, { ca: authority.cert, cert: client.cert, key: client.key });
    await close();
    await gone;
  });
});
