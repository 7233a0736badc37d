import { expect, it } from 'vitest';

import { createSource } from '../../../src/generators/registry.ts';
import { NEUTRAL } from '../../../src/series/modulation.ts';
import { createTestFamily, momentOf, shownBy } from '../../support/families.ts';

it('a counter whose rate falls to 0 rests where it is, and does not fall by its last digit', () => {
  const source = createSource(createTestFamily('counter', 1), {
    algorithm: 'constant',
    options: { base_rate: 0.1 },
  });
  source.start(momentOf(0), 0, 1);
  const totals = [7.993614677336819, 10.954678063725439, 0, 0].map((rate, tick) => {
    source.advance(momentOf(tick + 1), 0, 1, { ...NEUTRAL, rate });
    return shownBy(source)[0]?.[0] as number;
  });
  expect(totals.toSorted((a, b) => a - b)).toEqual(totals);
  expect(totals[3]).toBe(totals[1]);
});
