/** YAML with positions: plain data for the schema, and where each part of it stands in the file. */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type Node,
} from 'yaml';
import type { Problem } from '../util/errors.ts';
import { formatPath, isMapping, type Path } from './problems.ts';

export interface ConfigDocument {
  readonly data: unknown;
  /** `file:line:column` of a path, or of the nearest part of it that is there. */
  place(path: Path, at?: 'key'): Place;
}

export interface Place {
  readonly text: string;
  /** Whether the path itself is there, and not only something around it. */
  readonly exact: boolean;
  /** For sorting: where in the file it is. */
  readonly offset: number;
}

/** Replaces what stands for something else in a scalar's text. Throws a RangeError that says what is wrong. */
export type Substitute = (text: string) => string;

/** Reads YAML 1.2 (merge keys too). Mistakes go to `problems`; then there is no document. */
export function readDocument(
  text: string,
  file: string,
  substitute: Substitute,
  problems: Problem[],
): ConfigDocument | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const placeAt = (offset: number, exact = true): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${file}:${line}:${col}`, exact, offset };
  };
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    problems.push({ place: placeAt(pos[0]).text, message: explain(code, message, text, pos) });
    // What follows a syntax error follows from it.
    if (code !== 'DUPLICATE_KEY') break;
  }
  if (problems.length > 0) return undefined;

  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      problems.push({
        place: placeAt(node.range?.[0] ?? 0).text,
        message: `*${node.source} has no &${node.source} before it`,
      });
    },
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      try {
        replaceScalar(node, substitute(node.value));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const path = formatPath(pathOf(key, ancestors));
        problems.push({ place: placeAt(node.range?.[0] ?? 0).text, path, message: error.message });
      }
    },
  });
  visit(document, {
    Scalar(key, node, ancestors) {
      // Keys are names: null, on and 0.50 are themselves there.
      if (key === 'key' ? node.source !== '<<' : isTextPlace(shapeOf(ancestors))) takeAsWritten(node);
    },
  });
  if (problems.length > 0) return undefined;
  try {
    return {
      data: unshare(document.toJS()),
      place: (path, at) => placeAt(...locate(document, path, at)),
    };
  } catch (error) {
    // An alias that multiplies itself, or one that refers to what holds it.
    problems.push({ place: file, message: (error as Error).message });
    return undefined;
  }
}

/** A YAML mistake in words; the parser's own are kept where there are no better. */
function explain(code: string, message: string, text: string, [from, to]: readonly [number, number]): string {
  if (code === 'DUPLICATE_KEY') {
    const [key = text.slice(from, to)] = /^("[^"]*"|'[^']*'|[^:\s]+)/.exec(text.slice(from)) ?? [];
    return `the key ${key} is there twice`;
  }
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; a configuration is one document';
  if (text.slice(from - 1, from + 1) === '${') return 'a reference within { } or [ ] needs quotes: "${NAME}"';
  return `this is not YAML: ${message}`;
}

/** A value from outside the file (`--set key=value`), with the meaning it would have at `path` in the file. */
export function readValue(text: string, path: Path): unknown {
  const document = parseDocument(text, { prettyErrors: false, merge: true });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw new RangeError(`${text} is not YAML: ${error.message}`);
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key !== 'key' && isTextPlace([...path, ...shapeOf(ancestors)])) takeAsWritten(node);
    },
  });
  return document.toJS() as unknown;
}

/** A plain scalar reads again as YAML, so that `port: ${PORT}` is a number; a quoted one stays text. */
function replaceScalar(node: Scalar, text: string): void {
  node.value = text;
  if (node.type !== Scalar.PLAIN) return;
  const { contents, errors } = parseDocument(text, { prettyErrors: false });
  if (errors.length > 0 || !isScalar(contents) || contents.source !== text || contents.type !== Scalar.PLAIN)
    return;
  if (contents.anchor !== undefined || contents.tag !== undefined) return;
  node.value = contents.value;
  node.source = text;
}

/**
 * Places that hold text, where YAML may see numbers or booleans: label values, label sets, headers, credentials, resource attributes. There
 * 1.10 is "1.10", not 1.1, and 007 not 7.
 */
function isTextPlace(path: Path): boolean {
  if (
    ['values', 'map'].includes(String(path.at(-2))) &&
    ['labels', 'replicate'].includes(String(path.at(-4)))
  )
    return true;
  if (path.at(-3) === 'label_sets' || (path.at(-2) === 'labels' && path.at(-4) === 'series')) return true;
  if (['bearer_token', 'username', 'password'].includes(String(path.at(-1)))) return isCredentials(path);
  return path.length === 4 && path[0] === 'exporters' && (path[2] === 'headers' || path[2] === 'resource');
}

/** Whether a path leads into a section of credentials. */
function isCredentials([section, second, third]: Path): boolean {
  return section === 'global' ? second === 'control_auth' : section === 'exporters' && third === 'auth';
}

function takeAsWritten(node: Scalar): void {
  const isText = typeof node.value === 'string' || node.source === undefined || node.source === '';
  if (!isText) node.value = node.source;
}

/** The key path of a node that `visit` is at. */
function pathOf(key: number | string | symbol | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  for (const [index, ancestor] of ancestors.entries()) {
    const child = ancestors[index + 1];
    if (isSeq(ancestor)) path.push(child === undefined ? Number(key) : ancestor.items.indexOf(child));
    else if (isPair(ancestor)) path.push(keyText(ancestor.key));
  }
  return path;
}

/** The same with 0 for each place in a list: looking these up takes long where lists are. */
function shapeOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((ancestor): (string | number)[] =>
    isSeq(ancestor) ? [0] : isPair(ancestor) ? [keyText(ancestor.key)] : [],
  );
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** Aliases give one object twice; an override of one place must not reach the other. */
function unshare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unshare);
  return isMapping(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unshare(inner)]))
    : value;
}

/** Where a path's node begins, or its key, or the nearest thing around it that is there; and whether it is there. */
function locate(document: Document.Parsed, path: Path, at?: 'key'): [offset: number, exact: boolean] {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    const last = index === path.length - 1;
    const found = childOf(document, node, part);
    if (found === undefined) return [offset, false];
    const start = last && at === 'key' ? found.key : (found.value ?? found.key);
    offset = start?.range?.[0] ?? offset;
    node = found.value;
  }
  return [offset, true];
}

interface Child {
  readonly key: Node | undefined;
  readonly value: Node | null | undefined;
}

function childOf(
  document: Document.Parsed,
  parent: Node | null | undefined,
  part: string | number,
): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const value = node.items[Number(part)] as Node | undefined;
    return value === undefined ? undefined : { key: undefined, value };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => keyText(key) === String(part));
  if (pair !== undefined) return { key: pair.key as Node, value: pair.value as Node | null };
  const merged = node.items
    .filter(({ key }) => isScalar(key) && key.source === '<<')
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
  for (const source of merged) {
    const found = childOf(document, source as Node, part);
    if (found !== undefined) return found;
  }
  return undefined;
}
