/**
 * A step of a scenario: what one action does, for a while. To add a kind: a file in steps/ that owns the schema of its body
 * and makes the actions that begin and end it, and a name in steps.ts; the file's schema, its checks and the runs follow.
 */
import type { z } from 'zod';
import type { Profile } from '../labels/fields.ts';
import type { DeclaredType, MetricType } from '../series/family.ts';
import type { OptionChanges } from '../series/modulation.ts';
import { nearest } from '../util/errors.ts';
import { globOf, isGlob } from '../util/glob.ts';

/** A metric as far as effects are checked against it. */
export interface Changeable {
  readonly name: string;
  readonly type: MetricType;
  readonly declared?: DeclaredType | undefined;
  readonly algorithms: readonly string[];
  /** Numeric options of its algorithms. */
  readonly options: readonly string[];
  /** Situations that its algorithms know. */
  readonly situations: readonly string[];
  /** Why none of its increments can be moved, in words; `undefined` when they can. */
  readonly unmovable: string | undefined;
}

/** A metric as far as steps are checked against it. */
export interface Subject extends Changeable {
  /** Names of its labels. */
  readonly labels: readonly string[];
  /** Values of a label; `undefined` where they turn over, or are too many to be looked at. */
  valuesOf(label: string): readonly string[] | undefined;
  /** Why its algorithms do not take what changes make of their options, in words. */
  refuseOptions(changes: OptionChanges): string | undefined;
  /** Labels of series that succeed and fail, where increments can be moved between these. */
  readonly errorLabels: object | undefined;
  /** Why its series cannot be others for a while, in words. */
  readonly unexplodable: string | undefined;
  /** What a backend keeps of it. */
  readonly storedSeries: number;
}

/** What steps are checked against. */
export interface Scene {
  readonly metrics: readonly Subject[];
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The most stored series that there may be. */
  readonly maxSeries: number;
  /** What faults can spoil. */
  readonly exporters: Readonly<Record<'scrape' | 'push', boolean>>;
}

/** When a step is there, and how what it makes is called. */
export interface When {
  readonly id: string;
  /** The first tick. */
  readonly at: number;
  /** Seconds; none until the scenario is stopped. */
  readonly durationS: number | undefined;
}

/** One thing that is wrong with a body, and where in it. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface StepKind<Name extends string, Fields extends z.ZodObject, Start, End> {
  /** The key of the body in a step. */
  readonly name: Name;
  readonly fields: Fields;
  /** What of a body cannot be, as far as it can be told before it runs. */
  check(body: z.output<Fields>, when: Pick<When, 'durationS'>, scene: Scene): Iterable<Mistake>;
  /** Whether a body is about one tick, and has no length; none of a kind that is about a time. */
  isMomentary?(body: z.output<Fields>): boolean;
  /** The action that begins it. */
  start(body: z.output<Fields>, when: When, typeOf: (metric: string) => MetricType | undefined): Start;
  /** The action that ends it before its time. */
  end(id: string): End;
}

/** Declares a kind of step; only there for its types. */
export function defineStep<Name extends string, Fields extends z.ZodObject, Start, End>(
  kind: StepKind<Name, Fields, Start, End>,
): StepKind<Name, Fields, Start, End> {
  return kind;
}

/** The metrics of a name, or of a pattern; a sentence when there is none. */
export function findSubjects(wanted: string, subjects: readonly Subject[]): readonly Subject[] | string {
  const found = subjects.filter(({ name }) => (isGlob(wanted) ? globOf(wanted).test(name) : name === wanted));
  return found.length > 0 ? found : nothingCalled(wanted, subjects);
}

/** The metric of a name; a sentence when there is none. */
export function findSubject(wanted: string, subjects: readonly Subject[]): Subject | string {
  return subjects.find(({ name }) => name === wanted) ?? nothingCalled(wanted, subjects);
}

function nothingCalled(wanted: string, subjects: readonly Subject[]): string {
  const names = subjects.map(({ name }) => name);
  const close = nearest(wanted, names);
  const hint = close === undefined ? '.' : `, did you mean ${close}?`;
  return `is ${wanted}, and no metric is called so${hint} Metrics: ${names.join(', ') || 'none'}`;
}
