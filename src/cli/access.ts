/** Options of commands that ask others over HTTP: credentials, headers, TLS, patience. */
import type { Command } from 'commander';

import { readTlsFile, type TlsMaterial } from '../transport/tls.ts';
import { UsageError } from './failure.ts';
import { parseDuration } from './options.ts';

export interface AccessOptions {
  readonly token?: string;
  readonly user?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface Access {
  /** Value of the header Authorization. */
  readonly authorization: string | undefined;
  readonly tls: TlsMaterial;
  readonly timeoutMs: number;
}

/** Adds the options to a command. */
export function addAccess(command: Command, { timeoutMs }: { readonly timeoutMs: number }): Command {
  return command
    .option('--token <token>', 'Bearer token.')
    .option('--user <name:password>', 'Basic auth.')
    .option('--ca <file>', 'Authorities to trust, PEM.')
    .option('--cert <file>', 'Certificate of this client, PEM.')
    .option('--key <file>', 'Its key, PEM.')
    .option('--timeout <duration>', 'Longest wait for an answer.', parseDuration, timeoutMs);
}

/** What is not given comes from the environment: `<prefix>TOKEN`, `USER`, `CA`, `CERT` and `KEY`. */
export function accessOf(options: AccessOptions, env: NodeJS.ProcessEnv, prefix: string): Access {
  const read = (name: 'ca' | 'cert' | 'key'): Buffer | undefined => {
    const own = options[name];
    const variable = `${prefix}${name.toUpperCase()}`;
    const file = own ?? env[variable];
    return file === undefined ? undefined : readTlsFile(own === undefined ? variable : `--${name}`, file);
  };
  return {
    authorization: authorizationOf(options, env, prefix),
    tls: { ca: read('ca'), cert: read('cert'), key: read('key') },
    timeoutMs: options.timeout,
  };
}

function authorizationOf(
  { token, user }: AccessOptions,
  env: NodeJS.ProcessEnv,
  prefix: string,
): string | undefined {
  if (token !== undefined && user !== undefined)
    throw new UsageError('--token and --user do not go together');
  const bearer = token ?? (user === undefined ? env[`${prefix}TOKEN`] : undefined);
  if (bearer !== undefined) return `Bearer ${bearer}`;
  const basic = user ?? env[`${prefix}USER`];
  return basic === undefined ? undefined : `Basic ${Buffer.from(basic).toString('base64')}`;
}
