/** The control API on a port. */
import type { AddressInfo } from 'node:net';

import { getRequestListener } from '@hono/node-server';

import { createWebServer, readServerTls, trackConnections, type WebServer } from '../transport/server.ts';
import type { ServerTlsFiles } from '../util/access.ts';
import { LyrebirdError } from '../util/errors.ts';

export interface ApiServerOptions {
  /** `createApp(...).fetch`. */
  fetch(request: Request): Response | Promise<Response>;
  /** `global.control_bind_address`. */
  readonly host: string;
  /** `global.control_api_port`; 0 takes a free one. */
  readonly port: number;
  /** `global.control_tls`; plain text without. */
  readonly tls?: ServerTlsFiles | undefined;
}

export interface ApiServer {
  /** The port that it really listens on. */
  readonly port: number;
  /** `http://host:port` or `https://host:port`, as a browser on this machine takes it. */
  readonly url: string;
  /** Takes no more connections, lets answers under way end, and breaks them off after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 2000;

/** Addresses that stand for all of a machine's own. */
const ANY = new Set(['0.0.0.0', '::', '']);

/** Starts listening. Throws `cannot_listen` with the reason and what to do, or what is wrong with a file for TLS. */
export async function startApiServer({ fetch, host, port, tls }: ApiServerOptions): Promise<ApiServer> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createWebServer((request, response) => void listener(request, response), {
    tls: tls && readServerTls(tls, 'global.control_tls'),
  });
  const breakConnections = trackConnections(server);
  const bound = await listen(server, host, port);
  const name = ANY.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    port: bound,
    url: `${tls === undefined ? 'http' : 'https'}://${name}:${bound}`,
    close: (graceMs = DEFAULT_GRACE_MS) =>
      new Promise((resolve) => {
        const timer = setTimeout(breakConnections, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function listen(server: WebServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new LyrebirdError(
          'cannot_listen',
          `the control API cannot listen at ${host}:${port}: ${explain(error)}`,
          {
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is in use; stop what listens there, or set global.control_api_port (0 takes a free one)';
    case 'EACCES':
      return 'this user may not open the port; set global.control_api_port to one above 1023';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address; set global.control_bind_address';
    default:
      return error.message;
  }
}
