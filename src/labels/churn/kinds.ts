/** THE LIST of kinds of churn. */
import { z } from 'zod';
import { autoscaleFields, createAutoscale } from './autoscale.ts';
import { crashLoopFields, stepCrashLoop } from './crash-loop.ts';
import type { Positions, Process } from './process.ts';
import { createRolling, rollingFields } from './rolling.ts';
import { steadyFields, stepSteady } from './steady.ts';

const KINDS = ['rolling', 'autoscale', 'crash_loop', 'steady'] as const;

/** How series of a profile turn over. */
export const churnFields = z
  .discriminatedUnion('kind', [rollingFields, autoscaleFields, crashLoopFields, steadyFields], {
    error: (issue) => {
      if (issue.code !== 'invalid_union') return undefined;
      const { kind } = issue.input as { kind?: unknown };
      return `${kind === undefined ? 'is missing' : `is ${JSON.stringify(kind)}`}; allowed: ${KINDS.join(', ')}`;
    },
  })
  .superRefine((churn, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (churn.kind === 'rolling' && churn.every !== undefined && churn.every < churn.over)
      refuse(
        'every',
        `is ${churn.every} s, less than over, ${churn.over} s: one deployment ends before the next begins`,
      );
    if (churn.kind === 'autoscale' && churn.min >= churn.max)
      refuse('max', `is ${churn.max}, and min is ${churn.min}; needs more than min`);
    if (churn.kind === 'crash_loop' && churn.max_back_off < churn.back_off)
      refuse('max_back_off', `is ${churn.max_back_off} s, less than back_off, ${churn.back_off} s`);
  });

export type Churn = z.output<typeof churnFields>;

/** What a kind has to work out about its positions beforehand is worked out in steps. */
export function* stepProcess(churn: Churn, positions: Positions): Generator<void, Process> {
  switch (churn.kind) {
    case 'rolling':
      return createRolling(churn, positions);
    case 'autoscale':
      return createAutoscale(churn, positions);
    case 'crash_loop':
      return yield* stepCrashLoop(churn, positions);
    case 'steady':
      return yield* stepSteady(churn, positions);
  }
}
