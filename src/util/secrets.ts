/** Keeps secrets out of what is printed. */

/** Shorter texts are no secrets, and hiding them would spoil every line that holds them. */
const MIN_LENGTH = 4;

/** What others may repeat of a header: its value, and its credentials without their scheme. */
export function secretsOfHeader(value: string): string[] {
  const [, credentials] = /^(?:bearer|basic) +(\S+)$/i.exec(value) ?? [];
  return credentials === undefined ? [value] : [value, credentials];
}

/** Gives a function that puts `***` in place of secrets, also where JSON writes them with escapes. */
export function createHide(secrets: Iterable<string>): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length >= MIN_LENGTH) forms.add(secret).add(JSON.stringify(secret).slice(1, -1));
  }
  // Longer ones first: one secret may hold another.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((hidden, form) => hidden.replaceAll(form, '***'), text);
}
