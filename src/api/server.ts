/** The control API on a port. */
import { getRequestListener } from '@hono/node-server';

import { listen } from '../transport/listen.ts';
import { createWebServer, readServerTls, trackConnections } from '../transport/server.ts';
import type { ServerTlsFiles } from '../util/access.ts';

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
  const { port: bound } = await listen(server, {
    host,
    port,
    what: 'the control API',
    hostKey: 'global.control_bind_address',
    portKey: 'global.control_api_port',
  });
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
