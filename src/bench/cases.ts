/** The list of cases: the one place where they are named. In the order in which they run. */
import type { Case } from './case.ts';
import { loop } from './cases/loop.ts';
import { effects } from './cases/effects.ts';
import { exportCase } from './cases/export.ts';
import { fleet } from './cases/fleet.ts';
import { highCardinality } from './cases/high-cardinality.ts';
import { memory } from './cases/memory.ts';
import { page } from './cases/page.ts';
import { parse } from './cases/parse.ts';
import { requests } from './cases/requests.ts';
import { start } from './cases/start.ts';
import { tenMillion } from './cases/ten-million.ts';
import { tick } from './cases/tick.ts';

export const cases: readonly Case[] = [
  tick,
  page,
  parse,
  requests,
  exportCase,
  memory,
  start,
  effects,
  fleet,
  loop,
  highCardinality,
  tenMillion,
];

/** Throws a RangeError with the list. */
export function findCase(name: string): Case {
  const found = cases.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`there is no case ${name}; cases: ${cases.map((one) => one.name).join(', ')}`);
}
