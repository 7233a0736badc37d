/** Mistakes in a configuration, each with the path of what is wrong, and zod's issues in words. */
import type { z } from 'zod';
import { nearest } from '../util/errors.ts';

export type Path = readonly (string | number)[];

/** One mistake. `at` tells whether the key or the value is wrong, for the position in the file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly at?: 'key';
}

/** `metrics[2].labels.region`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

/** `unknown profile wbe, did you mean web? Allowed: web, db`. */
export function unknownName(what: string, name: string, allowed: Iterable<string>): string {
  return `${what} ${name}${choices(name, [...allowed])}`;
}

/** What follows a wrong name: the nearest right one, and all of them. */
export function choices(name: string | undefined, allowed: readonly string[]): string {
  if (allowed.length === 0) return '; there is none';
  const close = name === undefined ? undefined : nearest(name, allowed);
  return close === undefined
    ? `; allowed: ${allowed.join(', ')}`
    : `, did you mean ${close}? Allowed: ${allowed.join(', ')}`;
}

/** Says more about an unknown key of the part itself than that it is none: where it belongs, or what to use. */
export type ExplainKey = (key: string) => string | undefined;

/** Parses one part of the configuration; mistakes go to `findings`, with `path` before their own. */
export function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  path: Path,
  findings: Finding[],
  explainKey: ExplainKey = () => undefined,
): z.output<Schema> | undefined {
  // Which keys an object allows is known only while its issue is made; the list of unknown ones identifies it.
  const allowedKeys = new Map<unknown, readonly string[]>();
  const result = schema.safeParse(input, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        const { shape } = (issue.inst as unknown as z.ZodObject)._zod.def;
        allowedKeys.set(issue.keys, Object.keys(shape));
      }
      return describeIssue(issue);
    },
  });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = [...path, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const own = issue.path.length === 0 ? explainKey(key) : undefined;
        const message = own ?? unknownName('unknown key', key, allowedKeys.get(issue.keys) ?? []);
        findings.push({ path: [...at, key], message, at: 'key' });
      }
    } else if (issue.code === 'invalid_key') {
      const message = issue.issues.map((inner) => inner.message).join('; ');
      findings.push({ path: at, message, at: 'key' });
    } else {
      findings.push({ path: at, message: issue.message });
    }
  }
  return undefined;
}

/** The message of an issue whose schema has none of its own. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = typeWord(issue.expected, input);
      if (input === undefined) return `is missing; needs ${expected}`;
      const quoted =
        /number/.test(expected) &&
        typeof input === 'string' &&
        input.trim() !== '' &&
        Number.isFinite(Number(input));
      return `is ${show(input)}; needs ${expected}${quoted ? ', without quotes' : ''}`;
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      if (input === undefined) return `is missing; allowed: ${allowed.join(', ')}`;
      return `is ${show(input)}${choices(typeof input === 'string' ? input : undefined, allowed)}`;
    }
    case 'too_small':
      return `is ${show(input)}; needs ${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `is ${show(input)}; needs ${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return `is ${show(input)}, which is no ${issue.format === 'regex' ? 'match' : issue.format}`;
    case 'invalid_union': {
      const kinds = issue.errors.map(([error, ...others]) =>
        error?.code === 'invalid_type' && error.path.length === 0 && others.length === 0
          ? typeWord(error.expected, input)
          : undefined,
      );
      if (kinds.every((kind) => kind !== undefined)) return `is ${show(input)}; needs ${listOr(kinds)}`;
      return listOr(issue.errors.flatMap((errors) => errors.map((error) => error.message)));
    }
    default:
      return undefined;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
};

function typeWord(expected: string, input: unknown): string {
  if (expected === 'number' && typeof input === 'number') return 'a finite number';
  return TYPE_WORDS[expected] ?? expected;
}

function listOr(items: readonly string[]): string {
  const [last = '', ...others] = [...new Set(items)].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`;
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'array' || origin === 'set') return `${limit} ${Number(limit) === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string') return `${limit} ${Number(limit) === 1 ? 'character' : 'characters'}`;
  if (origin === 'record' || origin === 'object' || origin === 'map')
    return `${limit} ${Number(limit) === 1 ? 'key' : 'keys'}`;
  return String(limit);
}

/** Characters of a long text that a message keeps. */
export const MAX_SHOWN = 57;

/** A value in an error message: short, and of what kind it is where that is not plain. */
export function show(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return 'missing';
  return value === ''
    ? 'empty text'
    : `"${value.length > MAX_SHOWN + 3 ? `${value.slice(0, MAX_SHOWN)}...` : value}"`;
}

/** Whether a value is a mapping of keys to values, as YAML has them. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
