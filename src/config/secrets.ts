/** Texts of the file that must not be shown, and how they are kept out of what is printed. */
import { createHide, secretsOfHeader } from '../util/secrets.ts';
import { isMapping, MAX_SHOWN, type Path } from './problems.ts';

/** Whether what stands at a path is, or holds, credentials. */
export function isSecretPlace([section, second, third, ...rest]: Path): boolean {
  if (section === 'global') return second === 'control_auth' && rest.at(-1) !== 'username';
  if (section !== 'exporters') return false;
  return third === 'headers' || (third === 'auth' && rest.at(-1) !== 'username');
}

/** Remembers every text at secret places of a value, whatever its shape: what is wrong there ends up in messages, too. */
export function addSecretsOf(secrets: Set<string>, value: unknown, path: Path = []): void {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) addSecretsOf(secrets, entry, [...path, index]);
  } else if (isMapping(value)) {
    for (const [key, entry] of Object.entries(value)) addSecretsOf(secrets, entry, [...path, key]);
  } else if ((typeof value === 'string' || typeof value === 'number') && isSecretPlace(path)) {
    const texts = path.at(-2) === 'headers' ? secretsOfHeader(String(value)) : [String(value)];
    for (const text of texts) secrets.add(text);
  }
}

/** Puts `***` in place of secrets, also of those that a message cuts short. */
export function hideSecrets(text: string, secrets: ReadonlySet<string>): string {
  const cut = Array.from(secrets, (secret) => secret.slice(0, MAX_SHOWN));
  return createHide([...secrets, ...cut])(text);
}
