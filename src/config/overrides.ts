/** What stands in place of the file's own values: environment variables, then `--set key.path=value`. */
import { readValue } from './document.ts';
import { formatPath, isMapping, show, unknownName, type Path } from './problems.ts';
import { addSecretsOf, isSecretPlace } from './secrets.ts';
import type { Environment } from './substitution.ts';

/** One value that was replaced, for the start-up lines. */
export interface Override {
  /** `LOG_LEVEL`, or `--set metrics.up.base_rate`. */
  readonly source: string;
  readonly path: Path;
  /** As it may be shown: credentials and header values are not. */
  readonly value: string;
}

export interface OverrideOptions {
  readonly env: Environment;
  /** `key.path=value` each, in the order given; later ones win. */
  readonly sets: readonly string[];
  readonly secrets: Set<string>;
  /** Told what is wrong with an override. */
  refuse(source: string, message: string): void;
}

/** Changes `data` in place. */
export function applyOverrides(data: unknown, options: OverrideOptions): Override[] {
  if (!isMapping(data)) return [];
  return [...applyEnvironment(data, options), ...options.sets.flatMap((set) => applySet(data, set, options))];
}

function applyEnvironment(data: Mapping, { env, secrets, refuse }: OverrideOptions): Override[] {
  const overrides: Override[] = [];
  const apply = (source: string, path: Path, value: unknown, shown = String(value)): void => {
    try {
      assign(data, path, value);
      overrides.push({ source, path, value: shown });
    } catch (error) {
      refuse(source, messageOf(error));
    }
  };
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

  const level = given('LOG_LEVEL');
  if (level !== undefined) apply('LOG_LEVEL', ['global', 'log_level'], level);
  for (const source of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_ENDPOINT']) {
    const endpoint = given(source);
    if (endpoint !== undefined) apply(source, ['exporters', 'otel', 'endpoint'], endpoint);
  }
  const source = 'OTEL_EXPORTER_OTLP_HEADERS';
  for (const [name, value] of parseHeaders(given(source) ?? '', (message) => {
    refuse(source, message);
  })) {
    secrets.add(value);
    apply(source, ['exporters', 'otel', 'headers', spellingOf(name, data)], value, '***');
  }
  return overrides;
}

/** The file's spelling of a header, if it has it: names differ by more than case. */
function spellingOf(name: string, data: Mapping): string {
  const inside = (node: unknown, key: string): unknown => (isMapping(node) ? node[key] : undefined);
  const headers = inside(inside(data['exporters'], 'otel'), 'headers');
  return (isMapping(headers) ? Object.keys(headers) : []).find((key) => key.toLowerCase() === name) ?? name;
}

/** `name=value,name=value`, values percent-encoded, as in the W3C baggage header. */
function parseHeaders(text: string, refuse: (message: string) => void): [name: string, value: string][] {
  return text
    .split(',')
    .filter((member) => member.trim() !== '')
    .flatMap((member): [string, string][] => {
      const equals = member.indexOf('=');
      const name = member.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      if (name === '') {
        refuse('has an entry that is not name=value; needs name=value pairs with commas between');
        return [];
      }
      try {
        return [[name, decodeURIComponent(member.slice(equals + 1).trim())]];
      } catch {
        refuse(`has a value for ${name} that is not percent-encoded`);
        return [];
      }
    });
}

function applySet(data: Mapping, set: string, { secrets, refuse }: OverrideOptions): Override[] {
  const equals = set.indexOf('=');
  const key = set.slice(0, Math.max(equals, 0)).trim();
  if (key === '') {
    refuse(`--set ${set}`, 'needs key.path=value, as in metrics.up.base_rate=5');
    return [];
  }
  const source = `--set ${key}`;
  try {
    const path = resolvePath(data, key);
    const text = set.slice(equals + 1);
    // Also where it cannot be read, since the error quotes it.
    if (isSecretPlace(path)) secrets.add(text);
    const value = readValue(text, path);
    const own = new Set<string>();
    addSecretsOf(own, value, path);
    for (const secret of own) secrets.add(secret);
    assign(data, path, value);
    return [{ source, path, value: own.size > 0 || isSecretPlace(path) ? '***' : text }];
  } catch (error) {
    refuse(source, messageOf(error));
    return [];
  }
}

/**
 * Segments between dots, each the longest key that is there already (names of metrics hold dots too). Entries of a
 * list go by index, metrics also by name.
 */
function resolvePath(data: Mapping, key: string): Path {
  const path: (string | number)[] = [];
  let rest = key.replaceAll(/\[(\d+)\]/g, '.$1');
  let node: unknown = data;
  while (rest !== '') {
    const [segment, step] = Array.isArray(node) ? resolveIndex(node, rest, path) : resolveKey(node, rest);
    path.push(step);
    node = (node as Mapping | undefined)?.[step];
    rest = rest.slice(segment.length + 1);
  }
  return path;
}

function resolveKey(node: unknown, rest: string): [segment: string, step: string] {
  const key = longestPrefix(rest, isMapping(node) ? Object.keys(node) : []) ?? rest.split('.', 1)[0] ?? rest;
  return [key, key];
}

function resolveIndex(list: readonly unknown[], rest: string, path: Path): [segment: string, step: number] {
  const digits = /^\d+(?=\.|$)/.exec(rest)?.[0];
  if (digits !== undefined) {
    if (Number(digits) >= list.length)
      throw new RangeError(`${formatPath(path)} has ${list.length} entries, 0 to ${list.length - 1}`);
    return [digits, Number(digits)];
  }
  const names = list.map((entry) =>
    isMapping(entry) && typeof entry['name'] === 'string' ? entry['name'] : '',
  );
  const name = longestPrefix(rest, names);
  if (name === undefined || path.length !== 1 || path[0] !== 'metrics') {
    const word = rest.split('.', 1)[0] as string;
    throw new RangeError(
      path[0] === 'metrics' && path.length === 1
        ? `${unknownName(
            'no metric is called',
            word,
            names.filter((other) => other !== ''),
          )}, or an index`
        : `${formatPath(path)} is a list; needs an index in place of ${word}`,
    );
  }
  return [name, names.indexOf(name)];
}

function longestPrefix(text: string, candidates: readonly string[]): string | undefined {
  return candidates
    .filter((candidate) => candidate !== '' && (text === candidate || text.startsWith(`${candidate}.`)))
    .toSorted((a, b) => b.length - a.length)[0];
}

type Mapping = Readonly<Record<string, unknown>>;

/** Sets a value, making the mappings on the way. */
function assign(data: Mapping, path: Path, value: unknown): void {
  let node: unknown = data;
  for (const [index, step] of path.entries()) {
    if (typeof node !== 'object' || node === null) {
      throw new RangeError(`${formatPath(path.slice(0, index))} is ${show(node)}, not a mapping`);
    }
    const container = node as Record<string | number, unknown>;
    const next =
      index === path.length - 1
        ? value
        : ((Object.hasOwn(container, step) ? container[step] : undefined) ?? {});
    Object.defineProperty(container, step, {
      value: next,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    node = next;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}
