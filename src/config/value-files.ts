/** Label values from files: `values_file` becomes `values`, so that a resolved configuration needs no file. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMapping, type Finding, type Path } from './problems.ts';
import { reasonOf } from './substitution.ts';

/** A file that a configuration depends on. */
export interface ReadFile {
  /** As the configuration names it. */
  readonly file: string;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Puts the values in the place of each `values_file` of plain data, which it changes. Paths are relative to `folder`. A file that
 * cannot be read, has no value, or one twice goes to `findings` with its line.
 */
export function readValueFiles(data: unknown, folder: string, findings: Finding[]): ReadFile[] {
  const files = new Map<string, ReadFile & { readonly values: readonly string[] }>();
  for (const { label, path } of labelsOf(data)) {
    const file = label['values_file'];
    // What is wrong about the key itself is told by the schema.
    if (typeof file !== 'string' || file === '' || label['values'] !== undefined) continue;
    try {
      const known = files.get(file) ?? { file, ...readValues(resolve(folder, file)) };
      files.set(file, known);
      delete label['values_file'];
      label['values'] = [...known.values];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      delete label['values_file'];
      label['values'] = ['?'];
      findings.push({ path: [...path, 'values_file'], message: `${file}${error.message}` });
    }
  }
  return Array.from(files.values(), ({ file, sha256 }) => ({ file, sha256 }));
}

/** Mappings that declare a label, wherever labels may stand. */
function* labelsOf(data: unknown): Generator<{ label: Record<string, unknown>; path: Path }> {
  if (!isMapping(data)) return;
  yield* labelsAt(data['replicate'], ['replicate']);
  for (const [section, inner] of [
    ['profiles', 'labels'],
    ['metrics', 'labels'],
    ['learned', 'replicate'],
  ] as const) {
    for (const [name, part] of Object.entries(data[section] ?? {})) {
      const key = Array.isArray(data[section]) ? Number(name) : name;
      yield* labelsAt(isMapping(part) ? part[inner] : undefined, [section, key, inner]);
    }
  }
}

function* labelsAt(labels: unknown, path: Path): Generator<{ label: Record<string, unknown>; path: Path }> {
  for (const [label, fields] of isMapping(labels) ? Object.entries(labels) : []) {
    if (isMapping(fields)) yield { label: fields, path: [...path, label] };
  }
}

/** Throws a RangeError whose message continues the name of the file. */
function readValues(path: string): { sha256: string; values: string[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RangeError(` cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RangeError(' is not UTF-8 text', { cause: error });
  }
  const lines = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const earlier = lines.get(line);
    if (earlier !== undefined)
      throw new RangeError(`:${index + 1} has "${line}", and so has line ${earlier}; values must differ`);
    lines.set(line, index + 1);
  }
  if (lines.size === 0) throw new RangeError(' has no value; it needs one a line');
  return { sha256: createHash('sha256').update(bytes).digest('hex'), values: [...lines.keys()] };
}
