/** HTTP servers, with TLS where the file asks for it. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import http, { type RequestListener, type ServerOptions } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';

import type { ServerTlsFiles } from '../util/access.ts';
import { LyrebirdError } from '../util/errors.ts';
import { readTlsFile } from './tls.ts';

/** What a server needs for TLS, read and checked. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Authorities of clients; with them a client needs a certificate. */
  readonly ca: Buffer | undefined;
}

/**
 * Reads and checks what is named. `path` is where in the file the section stands, as `global.control_tls`. Throws
 * `tls_file_unreadable`, `tls_file_invalid` or `tls_key_mismatch`, each naming the key and the file.
 */
export function readServerTls(files: ServerTlsFiles, path: string): ServerTls {
  const { cert_file: certFile, key_file: keyFile, client_ca_file: caFile } = files;
  const tls: ServerTls = {
    cert: readTlsFile(`${path}.cert_file`, certFile),
    key: readTlsFile(`${path}.key_file`, keyFile),
    ca: caFile === undefined ? undefined : readTlsFile(`${path}.client_ca_file`, caFile),
  };
  const [certificate] = parseCertificates(tls.cert, `${path}.cert_file: ${certFile}`);
  if (caFile !== undefined) parseCertificates(tls.ca as Buffer, `${path}.client_ca_file: ${caFile}`);
  const key = parseKey(tls.key, `${path}.key_file: ${keyFile}`);
  if (!certificate.checkPrivateKey(key)) {
    throw new LyrebirdError(
      'tls_key_mismatch',
      `${path}.key_file: ${keyFile} is not the key of the certificate in ${path}.cert_file, ${certFile}`,
    );
  }
  try {
    // What only the library knows: a key that is too short, an algorithm that is not allowed.
    createSecureContext(secureOptions(tls));
  } catch (cause) {
    throw new LyrebirdError('tls_file_invalid', `${path}: ${(cause as Error).message}`, { cause });
  }
  return tls;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Every certificate of a file; throws when there is none, or a broken one. */
function parseCertificates(pem: Buffer, what: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...others] = pem.toString('latin1').match(CERTIFICATE) ?? [];
  if (first === undefined) throw invalid(`${what} holds no certificate in PEM`);
  const parse = (text: string): X509Certificate => {
    try {
      return new X509Certificate(text);
    } catch (cause) {
      throw invalid(`${what} holds a certificate that cannot be read`, cause);
    }
  };
  return [parse(first), ...others.map(parse)];
}

function parseKey(pem: Buffer, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw invalid(`${what} holds no private key in PEM, or one with a passphrase`, cause);
  }
}

function invalid(message: string, cause?: unknown): LyrebirdError {
  return new LyrebirdError('tls_file_invalid', message, { cause });
}

function secureOptions({ cert, key, ca }: ServerTls): https.ServerOptions {
  if (ca === undefined) return { cert, key };
  return { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}

export type WebServer = http.Server | https.Server;

/** A server that is yet to listen. */
export function createWebServer(
  listener: RequestListener,
  { tls, ...options }: ServerOptions & { readonly tls?: ServerTls | undefined } = {},
): WebServer {
  return tls === undefined
    ? http.createServer(options, listener)
    : https.createServer({ ...options, ...secureOptions(tls) }, listener);
}

/**
 * Gives a function that breaks all connections of a server, also those whose TLS handshake is not over, of which
 * `closeAllConnections` knows nothing and which `close` waits for.
 */
export function trackConnections(server: WebServer): () => void {
  const sockets = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
