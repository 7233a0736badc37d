/** Certificates and keys from files. */
import { readFileSync } from 'node:fs';

import { LyrebirdError } from '../util/errors.ts';

export interface TlsFiles {
  /** Authorities to trust instead of the system's, PEM. */
  readonly ca_file?: string | undefined;
  /** Our certificate and its key, PEM, where the backend asks for one. */
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
}

export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** Reads what is named; throws `tls_file_unreadable`. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  return { ca: read(files, 'ca_file'), cert: read(files, 'cert_file'), key: read(files, 'key_file') };
}

function read(files: TlsFiles, key: keyof TlsFiles): Buffer | undefined {
  const path = files[key];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LyrebirdError('tls_file_unreadable', `tls.${key}: ${reason}`, { cause });
  }
}
