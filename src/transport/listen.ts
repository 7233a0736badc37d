/** Opening the port of an HTTP server, and what is said when it cannot be opened. */
import type { AddressInfo } from 'node:net';

import { LyrebirdError } from '../util/errors.ts';
import type { WebServer } from './server.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What is served: `the control API`. */
  readonly what: string;
  /** Where the file says so, for whoever must choose another address or port. */
  readonly hostKey: string;
  readonly portKey: string;
}

/** Starts listening and tells where. Throws `cannot_listen` with the reason and what to do. */
export function listen(server: WebServer, options: ListenOptions): Promise<AddressInfo> {
  const { host, port, what } = options;
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const address = host.includes(':') ? `[${host}]` : host;
      const message = `${what} cannot listen at ${address}:${port}: ${explain(cause, options)}`;
      reject(new LyrebirdError('cannot_listen', message, { cause }));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

function explain({ code, message }: NodeJS.ErrnoException, { hostKey, portKey }: ListenOptions): string {
  switch (code) {
    case 'EADDRINUSE':
      return `the port is in use; stop what listens there, or set ${portKey} (0 takes a free one)`;
    case 'EACCES':
      return `this user may not open the port; set ${portKey} to one above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no such address; set ${hostKey}`;
    default:
      return `${message}; see ${hostKey} and ${portKey}`;
  }
}
