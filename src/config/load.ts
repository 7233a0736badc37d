/** From a YAML file to a configuration: references, overrides, the schema, and every mistake with its position. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, type Problem } from '../util/errors.ts';
import { readDocument, type ConfigDocument, type Place } from './document.ts';
import { applyOverrides, type Override } from './overrides.ts';
import { expandLearned, type LearntFolder } from './learned.ts';
import { readConfig } from './parse.ts';
import { formatPath, type Finding, type Path } from './problems.ts';
import type { Config } from './schema.ts';
import { addSecretsOf, hideSecrets } from './secrets.ts';
import { createSubstitution, reasonOf, type Environment } from './substitution.ts';
import { readValueFiles, type ReadFile } from './value-files.ts';

/** A path, or text with the name by which errors call it. */
export type ConfigSource = string | { readonly text: string; readonly file: string };

export interface LoadOptions {
  /** Environment variables; none by default, so that what is read is what was handed in. */
  readonly env?: Environment;
  /** `key.path=value` each. */
  readonly sets?: readonly string[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** As errors call it. */
  readonly file: string;
  /** What did not come from the file, for the start-up lines. */
  readonly overrides: readonly AppliedOverride[];
  /** Files with label values, and samples, that were read; the configuration holds what came of them. */
  readonly files: readonly ReadFile[];
  /** Folders of the samples that metrics were learnt from. */
  readonly samples: readonly LearntFolder[];
  /** What was learnt, and what could not be taken of samples, for the start-up lines. */
  readonly notes: readonly string[];
  /** Texts that must not be logged: credentials, header values, contents of `${file:...}`, variables that are called secrets. */
  readonly secrets: readonly string[];
  /** Where a key stands: `file:line:column`, or the override that set it. */
  place(path: Path): string;
}

export interface AppliedOverride {
  /** `LOG_LEVEL`, or `--set metrics.up.base_rate`. */
  readonly source: string;
  /** `metrics[2].base_rate`. */
  readonly path: string;
  /** As given; `***` for what holds secrets. */
  readonly value: string;
}

/**
 * Reads, resolves and checks a configuration. Throws a ConfigError with every mistake, in the order of the file, each as
 * `file:line:column key.path: what is wrong, what is allowed`; the place of a mistake in an override is the override.
 */
export function loadConfig(source: ConfigSource, { env = {}, sets = [] }: LoadOptions = {}): LoadedConfig {
  const { text, file } = typeof source === 'string' ? { text: readText(source), file: source } : source;
  const problems: Problem[] = [];
  const secrets = new Set<string>();
  const substitute = createSubstitution({ env, folder: dirname(file), secrets });
  const document = readDocument(text, file, substitute, problems);
  if (document === undefined) throw createError(problems, secrets);

  const { data } = document;
  const overrides = applyOverrides(data, {
    env,
    sets,
    secrets,
    refuse: (place, message) => problems.push({ place, message }),
  });
  addSecretsOf(secrets, data);
  const findings: Finding[] = [];
  const files = readValueFiles(data, dirname(file), findings);
  const learned = expandLearned(data, dirname(file), findings);
  const config = learned.isEmpty ? undefined : readConfig(data, findings);
  const located = findings
    .map(learned.locate)
    .map((finding) => ({
      finding,
      place: placeOf(finding, overrides, document),
    }))
    .toSorted((a, b) => a.place.offset - b.place.offset);
  problems.push(
    ...located.map(({ finding, place }) => ({
      place: place.text,
      path: formatPath(finding.path),
      message: finding.message,
    })),
  );
  if (config === undefined || problems.length > 0) throw createError(problems, secrets);
  return {
    config,
    file,
    overrides: overrides.map(({ source: name, path, value }) => ({
      source: name,
      path: formatPath(path),
      value,
    })),
    files: [...files, ...learned.files],
    samples: learned.folders,
    notes: learned.notes,
    secrets: [...secrets],
    place: (path) => placeOf({ path, message: '' }, overrides, document).text,
  };
}

/** Values end up in messages; secret ones must not. */
function createError(problems: readonly Problem[], secrets: ReadonlySet<string>): ConfigError {
  return new ConfigError(
    problems.map((problem) => ({ ...problem, message: hideSecrets(problem.message, secrets) })),
  );
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ConfigError([{ place: file, message: `cannot be read: ${reasonOf(error)}` }]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([{ place: file, message: 'is not UTF-8 text' }]);
  }
}

/** The override that a value came from (the last one won), or where it stands in the file. */
function placeOf({ path, at }: Finding, overrides: readonly Override[], document: ConfigDocument): Place {
  const place = document.place(path, at);
  const override = overrides.findLast(
    (candidate) => isPrefix(candidate.path, path) || (!place.exact && isPrefix(path, candidate.path)),
  );
  return override === undefined ? place : { text: override.source, exact: true, offset: -1 };
}

function isPrefix(start: Path, path: Path): boolean {
  return start.length <= path.length && start.every((part, index) => part === path[index]);
}
