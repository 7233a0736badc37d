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
  const read = (key: keyof TlsFiles): Buffer | undefined => {
    const file = files[key];
    return file === undefined ? undefined : readTlsFile(`tls.${key}`, file);
  };
  return { ca: read('ca_file'), cert: read('cert_file'), key: read('key_file') };
}

/** Reads one file, which the configuration names at `path`; throws `tls_file_unreadable`. */
export function readTlsFile(path: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LyrebirdError('tls_file_unreadable', `${path}: ${reason}`, { cause });
  }
}
