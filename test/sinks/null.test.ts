import { expect, it } from 'vitest';

import { nullSink } from '../../src/sinks/null.ts';
import { createTestContext } from '../support/context.ts';
import { createFrame } from '../support/frames.ts';

it('takes any frame', async () => {
  const sink = nullSink.create(nullSink.options.parse({}), createTestContext());
  await sink.start([]);
  await sink.frame(createFrame([{ name: 'level', type: 'gauge', series: [{ value: 1 }] }]));
  await sink.stop(0);
  expect(sink.describe()).toBe('null: frames go nowhere');
});
