/** Patterns of names: `*` stands for any characters, `?` for one. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

export function globOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 's');
}
