/** Numbers of a metric that may follow a pattern: `mu: {pattern: ...}`. What they come to must be what the number may be. */
import type { z } from 'zod';
import {
  boundsOf,
  cornersOf,
  mayFollow,
  patternedArrivals,
  patternedOption,
  type Patterned,
} from '../generators/registry.ts';
import { isMapping, parsePart, type ExplainKey, type Finding, type Path } from './problems.ts';

/** Which numbers may, and what stands in their place. */
export interface FollowingRule {
  readonly field: z.ZodType<Patterned>;
  readonly holds: (name: string, schema: z.ZodType) => boolean;
}

export const followingOptions: FollowingRule = {
  field: patternedOption,
  holds: (_, schema) => mayFollow(schema),
};
export const followingArrivals: FollowingRule = {
  field: patternedArrivals,
  holds: (name) => name === 'observations_per_s',
};

type Followed<Fields> = { [Name in keyof Fields]: Fields[Name] | Patterned };

/** Parses fields, patterns in place of numbers included; those are tried at all ends of what they come to. */
export function parseFollowing<Schema extends z.ZodObject>(
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
  path: Path,
  findings: Finding[],
  { field, holds }: FollowingRule,
  explainKey?: ExplainKey,
): Followed<z.output<Schema>> | undefined {
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  const entries = Object.entries(given).flatMap(([name, value]) => {
    const own = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return own !== undefined && isMapping(value) && holds(name, own) ? [{ name, value }] : [];
  });
  if (entries.length === 0) return parsePart(schema, given, path, findings, explainKey);

  const parsed = entries.map(
    ({ name, value }) => [name, parsePart(field, value, [...path, name], findings)] as const,
  );
  if (parsed.some(([, value]) => value === undefined)) return undefined;
  const patterned = Object.fromEntries(parsed) as Record<string, Patterned>;
  let fields: z.output<Schema> | undefined;
  for (const corner of cornersOf({ ...given, ...patterned })) {
    const own: Finding[] = [];
    fields = parsePart(schema, corner, path, own, explainKey);
    if (fields !== undefined) continue;
    findings.push(...own.map((finding) => explainEnd(finding, path.length, patterned, corner)));
    return undefined;
  }
  return { ...fields, ...patterned } as Followed<z.output<Schema>>;
}

/** Puts a mistake in what a pattern comes to where the pattern is. */
function explainEnd(
  finding: Finding,
  depth: number,
  patterned: Readonly<Record<string, Patterned>>,
  corner: Readonly<Record<string, unknown>>,
): Finding {
  const name = String(finding.path[depth]);
  const own = Object.hasOwn(patterned, name) ? patterned[name] : undefined;
  if (own === undefined) return finding;
  const path = [...finding.path, corner[name] === own.end ? 'end' : 'pattern'];
  const [low, high] = boundsOf(own);
  if (low === high) return { ...finding, path };
  const end = corner[name] === low ? 'lowest' : 'highest';
  return { path, message: `at its ${end} ${finding.message}` };
}
