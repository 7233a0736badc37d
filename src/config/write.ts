/** A configuration as YAML again: every default written out, and no secret. */
import { Document, isScalar, visit } from 'yaml';
import { isMapping, type Path } from './problems.ts';
import type { Config } from './schema.ts';
import { isSecretPlace } from './secrets.ts';

/** Lines are folded beyond it, where YAML lets them be. */
const LINE_WIDTH = 110;

/**
 * The file that reads as the configuration: `loadConfig` of it gives an equal one. In the place of each secret stands a reference
 * to an environment variable, which the first line names: the file runs once they are set.
 */
export function formatConfig(config: Config): string {
  const hidden: string[] = [];
  const document = new Document(toFile(config, [], hidden), { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, node) {
      if (node.items.every((item) => isScalar(item))) node.flow = true;
    },
  });
  if (hidden.length > 0) document.commentBefore = ` Secrets are not written; set ${hidden.join(', ')}`;
  return document.toString({ lineWidth: LINE_WIDTH });
}

/** The configuration as plain data with `***` in place of secrets, to be shown. */
export function redactConfig(config: Config): Readonly<Record<string, unknown>> {
  return hide(config, []) as Readonly<Record<string, unknown>>;
}

function hide(value: unknown, path: Path): unknown {
  if (isSecret(value, path)) return '***';
  return mapEntries(value, path, hide);
}

function isSecret(value: unknown, path: Path): boolean {
  return (typeof value === 'string' || typeof value === 'number') && isSecretPlace(path);
}

/** Without keys that have no value; texts that would be taken for references are escaped. */
function toFile(value: unknown, path: Path, hidden: string[]): unknown {
  if (isSecret(value, path)) {
    const name = `SECRET_${path.join('_').replaceAll(/\W+/g, '_').toUpperCase()}`;
    hidden.push(name);
    return `\${${name}}`;
  }
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  return mapEntries(value, path, (inner, at) => toFile(inner, at, hidden));
}

function mapEntries(value: unknown, path: Path, map: (value: unknown, path: Path) => unknown): unknown {
  if (Array.isArray(value)) return value.map((entry, index) => map(entry, [...path, index]));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, map(entry, [...path, key])]),
  );
}
