/**
 * What scalars of the file may refer to: `${NAME}`, `${NAME:-default}` (when NAME is not set or empty) and
 * `${file:path}`, whose path is relative to the configuration file. `$${` is a literal `${`.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Substitute } from './document.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SubstitutionOptions {
  readonly env: Environment;
  /** The folder that `${file:...}` is relative to. */
  readonly folder: string;
  /** Receives what must not be logged: contents of files, and of variables whose name says so. */
  readonly secrets: Set<string>;
}

const SECRET_NAME = /token|secret|passw|credential|auth|key/i;
const REFERENCE = /\$\$\{|\$\{([^{}]*)(\}?)/g;

/** The substitution throws a RangeError for what is not set, cannot be read, or is not a reference. */
export function createSubstitution({ env, folder, secrets }: SubstitutionOptions): Substitute {
  const resolveReference = (reference: string): string => {
    if (reference.startsWith('file:')) {
      const content = readSecret(resolve(folder, reference.slice('file:'.length).trim()), reference);
      secrets.add(content);
      return content;
    }
    const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(reference) ?? [];
    if (name === undefined) {
      throw new RangeError(
        `\${${reference}} is no reference; allowed: \${NAME}, \${NAME:-default}, \${file:path}, and $\${ for a literal \${`,
      );
    }
    const value = env[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value === undefined) {
      throw new RangeError(
        `the environment variable ${name} is not set; set it, or write \${${name}:-default}`,
      );
    }
    if (SECRET_NAME.test(name)) secrets.add(value);
    return value;
  };
  return (text) =>
    text.replaceAll(REFERENCE, (match: string, reference: string | undefined, close: string | undefined) => {
      if (reference === undefined) return '${';
      if (close !== '}')
        throw new RangeError(`"${match}" is not closed by }, or holds braces, which a reference cannot`);
      return resolveReference(reference);
    });
}

function readSecret(path: string, reference: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    throw new RangeError(`\${${reference}} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** Why a file could not be read, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'permission denied';
  return message;
}
