/**
 * A step of a scenario: what one action does, for a while. To add a kind: a file in steps/ that owns the schema of its body
 * and makes the actions that begin and end it, and a name in steps.ts; the file's schema, its checks and the runs follow.
 */
import type { z } from 'zod';
import type { DeclaredType, MetricType } from '../series/family.ts';
import { nearest } from '../util/errors.ts';
import { globOf, isGlob } from '../util/glob.ts';

/** A metric as far as steps are checked against it. */
export interface Subject {
  readonly name: string;
  readonly type: MetricType;
  readonly declared?: DeclaredType | undefined;
  /** Names of its labels. */
  readonly labels: readonly string[];
  /** That it knows; none for most. */
  readonly situations?: readonly string[] | undefined;
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
  /** What of a body cannot be for these metrics. */
  check(
    body: z.output<Fields>,
    when: Pick<When, 'durationS'>,
    subjects: readonly Subject[],
  ): Iterable<Mistake>;
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
  if (found.length > 0) return found;
  const names = subjects.map(({ name }) => name);
  const close = nearest(wanted, names);
  const hint = close === undefined ? '.' : `, did you mean ${close}?`;
  return `is ${wanted}, and no metric is called so${hint} Metrics: ${names.join(', ') || 'none'}`;
}
