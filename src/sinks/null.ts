/** Nowhere: what a run costs without any destination. */
import { z } from 'zod';

import { DIRECT, defineSink } from './sink.ts';

export const nullSink = defineSink({
  name: 'null',
  summary: 'Takes every frame and does nothing with it: the cost of the ticks alone.',
  protocol: 'none',
  client: 'direct',
  capabilities: DIRECT,
  options: z.strictObject({ enabled: z.boolean().default(false).describe('Whether it is there.') }),
  create: () => ({
    name: 'null',
    describe: () => 'null: frames go nowhere',
    start: () => Promise.resolve(),
    frame: () => undefined,
    change: () => undefined,
    stop: () => Promise.resolve(),
  }),
});
