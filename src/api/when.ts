/** `?at=`: the tick that something is done with. */
import { z } from '@hono/zod-openapi';

export const whenQuery = z.strictObject({
  at: z
    .string()
    .refine((text) => isTick(text) || !Number.isNaN(Date.parse(text)), {
      error: ({ input }) =>
        `is ${JSON.stringify(input)}; needs a tick, or a time such as 2026-01-01T00:05:00Z`,
    })
    .optional()
    .openapi({
      example: '120',
      description: 'The first tick of it, or the model time that it is not before. Default: the next tick.',
    }),
});

/** As requests have it. */
export function atOf(text: string | undefined): number | string | undefined {
  return text !== undefined && isTick(text) ? Number(text) : text;
}

function isTick(text: string): boolean {
  return /^-?\d{1,15}$/.test(text);
}
