/** From plain data to a configuration, section by section, so that a mistake in one hides none in another. */
import { profileFields, type Profile } from '../labels/fields.ts';
import { ConfigError } from '../util/errors.ts';
import { checkConfig } from './checks.ts';
import { parseMetric, type Metric } from './metric.ts';
import { formatPath, isMapping, parsePart, show, unknownName, type Finding, type Path } from './problems.ts';
import { expandReplicas } from './replicas.ts';
import { sectionFields, SECTIONS, type Config } from './schema.ts';
import { addSecretsOf, hideSecrets } from './secrets.ts';

/** Reads a configuration from plain data. All mistakes go to `findings`; the result is there only without any. */
export function readConfig(written: unknown, findings: Finding[]): Config | undefined {
  const found: Finding[] = [];
  const { data, locate } = expandReplicas(written, found);
  const config = readExpanded(data, found);
  findings.push(...found.map((finding) => ({ ...finding, path: locate(finding.path) })));
  return findings.length > 0 ? undefined : config;
}

function readExpanded(input: unknown, findings: Finding[]): Config | undefined {
  if (!isMapping(input)) {
    const found =
      input === null || input === undefined ? 'the file is empty' : `the file holds ${show(input)}`;
    findings.push({ path: [], message: `${found}; needs a mapping with at least metrics` });
    return undefined;
  }
  for (const key of Object.keys(input)) {
    if (!(SECTIONS as readonly string[]).includes(key)) {
      findings.push({ path: [key], message: unknownName('unknown section', key, SECTIONS), at: 'key' });
    }
  }
  if (input['learned'] !== undefined)
    findings.push({
      path: ['learned'],
      message: 'is read with a file of configuration only; write the metrics, as lyrebird learn does',
      at: 'key',
    });
  const section = <Name extends keyof typeof sectionFields>(name: Name, none: unknown = {}) =>
    parsePart(sectionFields[name], input[name] ?? none, [name], findings) as Config[Name] | undefined;
  const global = section('global');
  const exporters = section('exporters');
  const profiles = readProfiles(input['profiles'] ?? {}, findings);
  const metrics = readMetrics(input['metrics'], findings);
  const scenarios = section('scenarios');
  const faults = section('faults', []);
  const runtime = section('runtime');
  const limits = section('limits');
  const factors = section('factors');

  const draft = { global, exporters, profiles, metrics, scenarios, runtime, limits, factors };
  findings.push(...checkConfig(draft, input));
  if (findings.length > 0) return undefined;
  return {
    global: global as Config['global'],
    exporters: exporters as Config['exporters'],
    profiles: Object.fromEntries(profiles) as Config['profiles'],
    metrics: metrics as Config['metrics'],
    scenarios: scenarios as Config['scenarios'],
    faults: faults as Config['faults'],
    runtime: runtime as Config['runtime'],
    limits: limits as Config['limits'],
    factors: factors as Config['factors'],
  };
}

/** Reads a configuration from plain data, as a library user has it. Throws a ConfigError with every mistake. */
export function parseConfig(input: unknown): Config {
  const findings: Finding[] = [];
  const config = readConfig(input, findings);
  if (config === undefined) {
    const secrets = new Set<string>();
    addSecretsOf(secrets, input);
    throw new ConfigError(
      findings.map(({ path, message }) => ({
        path: formatPath(path),
        message: hideSecrets(message, secrets),
      })),
    );
  }
  return config;
}

function readProfiles(input: unknown, findings: Finding[]): Map<string, Profile | undefined> {
  const path: Path = ['profiles'];
  if (!isMapping(input)) {
    findings.push({ path, message: `is ${show(input)}; needs a mapping of names to profiles` });
    return new Map();
  }
  return new Map(
    Object.entries(input).map(([name, raw]) => [
      name,
      parsePart(profileFields, raw ?? {}, [...path, name], findings),
    ]),
  );
}

function readMetrics(input: unknown, findings: Finding[]): (Metric | undefined)[] {
  const path: Path = ['metrics'];
  if (!Array.isArray(input) || input.length === 0) {
    const found = input === undefined ? 'is missing' : `is ${show(input)}`;
    findings.push({
      path: input === undefined ? [] : path,
      message: `${input === undefined ? 'metrics ' : ''}${found}; needs a list of at least one metric`,
    });
    return [];
  }
  return input.map((raw, index) => parseMetric(raw, [...path, index], findings));
}
