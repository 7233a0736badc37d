import { expect, it } from 'vitest';

import { createFleet } from '../../src/bench/fleet.ts';
import { describeFamilies } from '../../src/config/families.ts';

it('a fleet has as many series as are asked for, of whole machines', () => {
  const config = createFleet(500);
  const slots = describeFamilies(config).map((family) => family.slots);
  const total = slots.reduce((sum, own) => sum + own, 0);
  const machines = describeFamilies(config)[0]?.labels.find(({ name }) => name === 'instance')?.count ?? 0;
  expect(machines).toBeGreaterThan(1);
  expect(total).toBeGreaterThanOrEqual(500);
  expect(total - total / machines).toBeLessThan(500);
  expect(config.metrics.every(({ algorithm }) => algorithm === 'learned')).toBe(true);
});
