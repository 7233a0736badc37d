/** The files of compose/ as their tests see them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { parse } from 'yaml';

import { root } from '../support/lyrebird.ts';

export interface Service {
  readonly build?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly restart?: string;
}

/** A file of the repository. */
export function readText(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}

/** Strictly: a key that stands twice is an error. */
export function readYaml(path: string): unknown {
  return parse(readText(path), { strict: true, uniqueKeys: true });
}

const { services } = readYaml('compose/compose.yaml') as { services: Readonly<Record<string, Service>> };

export const serviceEntries = Object.entries(services);

export function serviceOf(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
}

/** What the service `lyrebird` runs: the configuration file, `key.path=value` overrides, environment. */
export function lyrebirdCommand() {
  const { command = [], environment = {} } = serviceOf('lyrebird');
  const [program, run, option, file = '', ...rest] = command;
  const sets = rest.filter((_, index) => index % 2 === 1);
  const expected = ['lyrebird', 'run', '-c', file, ...sets.flatMap((set) => ['--set', set])];
  if (expected.join(' ') !== command.join(' ')) {
    throw new Error(`not understood: ${[program, run, option, file, ...rest].join(' ')}`);
  }
  return { file, sets, environment };
}
