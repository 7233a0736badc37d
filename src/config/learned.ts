/** `learned` of the file: targets that are learnt from samples when the file is read. They become metrics as any other. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { labelsFields } from '../labels/fields.ts';
import { addFiles, situationsIn, stateOf, type Situation } from '../learn/files.ts';
import { createHistory } from '../learn/history.ts';
import { combine, type Combined } from '../learn/situations.ts';
import { learnTarget } from '../learn/target.ts';
import { LyrebirdError } from '../util/errors.ts';
import { positiveSeconds } from '../util/fields.ts';
import { isMapping, parsePart, unknownName, type Finding, type Path } from './problems.ts';
import type { ReadFile } from './value-files.ts';

const sourceFields = z.strictObject({
  samples: z
    .string()
    .min(1)
    .describe(
      'A folder of pages (.prom) that were scraped one after the other, or of folders of them, each a situation. Relative to this file.',
    ),
  interval_s: positiveSeconds()
    .optional()
    .describe('Time between pages, where neither their samples nor the names or times of their files tell.'),
  replicate: labelsFields
    .optional()
    .describe(
      'Labels that make many targets of the one, each with its own draws. They become a profile that is called as this source.',
    ),
  situation: z
    .string()
    .optional()
    .describe('The situation in which a run begins. Default: normal, or the first in order of their names.'),
  watch: z
    .boolean()
    .default(true)
    .describe('Whether a run learns again, as a reload, when the samples have changed.'),
});

type Source = z.output<typeof sourceFields>;

export const learnedFields = z.record(
  z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, {
    error: 'the name of a learned source is letters, digits and _, not a digit first',
  }),
  sourceFields,
);

/** Samples that a configuration was learnt from. */
export interface LearntFolder {
  /** Absolute. */
  readonly folder: string;
  readonly watch: boolean;
}

export interface Expanded {
  readonly folders: readonly LearntFolder[];
  readonly files: readonly ReadFile[];
  /** What was learnt, and what could not be taken of samples. */
  readonly notes: readonly string[];
  /** Whether there is no metric at all, since nothing could be learnt. */
  readonly isEmpty: boolean;
  /** A finding about what was put in, as one about the source that it comes from. */
  locate(finding: Finding): Finding;
}

/**
 * Learns what `learned` of plain data names and puts metrics, factors and profiles in its place, behind those of the file. `folder` is
 * what paths are relative to. What cannot be read or learnt, and names that are there already, go to `findings`.
 */
export function expandLearned(data: unknown, folder: string, findings: Finding[]): Expanded {
  const expanded = { folders: [] as LearntFolder[], files: [] as ReadFile[], notes: [] as string[] };
  const sourceOf = new Map<number, string>();
  const profiled = new Set<string>();
  const locate = (finding: Finding): Finding => {
    const [section, key, ...rest] = finding.path;
    const source = section === 'metrics' ? sourceOf.get(key as number) : undefined;
    if (source !== undefined) {
      const { name } = ((data as Mutable)['metrics'] as { readonly name: string }[])[key as number] as {
        readonly name: string;
      };
      const inside = rest.length === 0 ? '' : `.${rest.join('.')}`;
      return { path: ['learned', source, 'samples'], message: `${name}${inside}: ${finding.message}` };
    }
    if (section === 'profiles' && profiled.has(key as string))
      return { ...finding, path: ['learned', key as string, 'replicate', ...rest.slice(1)] };
    return finding;
  };
  if (!isMapping(data) || data['learned'] === undefined) return { ...expanded, isEmpty: false, locate };
  const file = data as Mutable;
  const sources = parsePart(learnedFields, file['learned'], ['learned'], findings);
  const written = file['learned'];
  delete file['learned'];
  if (sources === undefined) return { ...expanded, isEmpty: file['metrics'] === undefined, locate };

  const own: unknown[] = Array.isArray(file['metrics']) ? file['metrics'] : [];
  const known = new Map(own.map((metric, index) => [isMapping(metric) ? metric['name'] : undefined, index]));
  const metrics: unknown[] = [...own];
  const factors: Record<string, unknown> = {};
  const profiles: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(sources)) {
    const path: Path = ['learned', name];
    // As written: labels are read with the profile that they become.
    const replicate = ((written as Mutable)[name] as Mutable)['replicate'] ?? undefined;
    const outer = isMapping(file['replicate']) ? file['replicate'] : {};
    const labels = Object.keys(isMapping(replicate) ? replicate : outer);
    const learnt = attempt(() => learnSource(name, source, resolve(folder, source.samples), labels));
    if ('message' in learnt) {
      findings.push({ path: [...path, learnt.key], message: learnt.message });
      continue;
    }
    if (learnt.metrics.length === 0)
      findings.push({
        path: [...path, 'samples'],
        message: `cannot be learnt: ${learnt.files.length} pages of ${source.samples} hold no sample`,
      });
    expanded.folders.push({ folder: learnt.folder, watch: source.watch });
    expanded.files.push(...learnt.files);
    expanded.notes.push(
      `learned.${name}: ${learnt.metrics.length} metrics from ${learnt.files.length} pages of ${source.samples}`,
      ...learnt.notes.map((note) => `learned.${name}: ${note}`),
    );
    for (const metric of learnt.metrics) {
      const earlier = known.get(metric.name);
      if (earlier !== undefined) {
        const before = sourceOf.get(earlier);
        findings.push(
          before === undefined
            ? {
                path: ['metrics', earlier, 'name'],
                message: `is ${metric.name}, and so is a metric that learned.${name} has learnt from ${source.samples}; every metric needs a name of its own`,
              }
            : {
                path: [...path, 'samples'],
                message: `hold ${metric.name}, and so do those of learned.${before}; every metric needs a name of its own`,
              },
        );
        continue;
      }
      known.set(metric.name, metrics.length);
      sourceOf.set(metrics.length, name);
      metrics.push(replicate === undefined ? metric : { ...metric, profile: name });
    }
    for (const factor of Object.keys(learnt.factors)) {
      if (!isMapping(file['factors']) || !Object.hasOwn(file['factors'], factor)) continue;
      const message = `is ${factor}, and so is a factor that learned.${name} has learnt; name one of them otherwise`;
      findings.push({ path: ['factors', factor], message, at: 'key' });
    }
    Object.assign(factors, learnt.factors);
    if (replicate === undefined) continue;
    if (isMapping(file['profiles']) && Object.hasOwn(file['profiles'], name))
      findings.push({
        path: [...path, 'replicate'],
        message: `becomes the profile ${name}, and profiles has one of that name; name one of them otherwise`,
        at: 'key',
      });
    profiles[name] = { labels: replicate };
    profiled.add(name);
  }
  if (metrics.length > own.length) file['metrics'] = metrics;
  put(file, 'factors', factors);
  put(file, 'profiles', profiles);
  return { ...expanded, isEmpty: file['metrics'] === undefined, locate };
}

type Mutable = Record<string, unknown>;

/** Adds entries to a section; what is no mapping is told by its schema. */
function put(file: Mutable, section: string, entries: Mutable): void {
  const before = file[section] ?? {};
  if (isMapping(before)) file[section] = { ...entries, ...before };
}

interface Learnt extends Pick<Combined, 'metrics' | 'factors' | 'notes'> {
  readonly folder: string;
  readonly files: readonly ReadFile[];
}

interface Failure {
  readonly key: keyof Source;
  readonly message: string;
}

/** What a source was learnt to be, by all that it follows from: a reload that changes no sample learns nothing. */
const learntBefore = new Map<string, Learnt>();
const MOST_KEPT = 16;

/** Plain data, to be handed from one thread to another. */
export type LearntEntries = readonly (readonly [key: string, learnt: Learnt])[];

/** All that was learnt here. */
export function learntEntries(): LearntEntries {
  return [...learntBefore];
}

/** Takes what was learnt elsewhere. */
export function rememberLearnt(entries: LearntEntries): void {
  for (const [key, learnt] of entries) {
    if (learntBefore.size >= MOST_KEPT) learntBefore.clear();
    learntBefore.set(key, learnt);
  }
}

function learnSource(
  name: string,
  { samples, interval_s: intervalS, situation }: Source,
  folder: string,
  without: readonly string[],
): Learnt | Failure {
  const found = situationsIn(folder);
  const first = beginning(found, situation);
  if ('message' in first) return first;
  const key = JSON.stringify([name, samples, intervalS, first.name, without, stateOf(folder)]);
  const before = learntBefore.get(key);
  if (before !== undefined) return before;
  const ordered = [first, ...found.filter((one) => one !== first)];
  const learnt = {
    ...combine(
      ordered.map((one) => {
        const history = createHistory();
        const intervalMs = intervalS === undefined ? undefined : intervalS * 1000;
        addFiles(history, one.files, { intervalMs, strict: true });
        const prefix = [name, one.name].filter((part) => part !== undefined).join('.');
        return { name: one.name ?? NORMAL, target: learnTarget(history, { without, prefix }) };
      }),
    ),
    folder,
    files: ordered
      .flatMap(({ files }) => files)
      .map((file) => ({ file: join(samples, relative(folder, file)), sha256: sha256Of(file) })),
  };
  rememberLearnt([[key, learnt]]);
  return learnt;
}

/** The situation that a run begins in where the file does not say. */
const NORMAL = 'normal';

function beginning(found: readonly Situation[], wanted: string | undefined): Situation | Failure {
  const named = found.find(({ name }) => name === (wanted ?? NORMAL));
  const chosen = named ?? (wanted === undefined ? found[0] : undefined);
  if (chosen !== undefined) return chosen;
  const names = found.flatMap(({ name }) => name ?? []);
  const message =
    names.length === 0
      ? `is ${wanted}, and samples are of one situation; each needs a folder of its own`
      : unknownName('unknown situation', wanted ?? '', names);
  return { key: 'situation', message };
}

function attempt<T>(task: () => T): T | Failure {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof LyrebirdError)) throw error;
    return { key: 'samples', message: `cannot be learnt: ${error.message}` };
  }
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
