import { describe, expect, it } from 'vitest';

import { describeReport, type ConfigReport } from '../../src/simulation/report.ts';
import { NOTHING_CHANGED } from '../support/reports.ts';

const NOTHING: ConfigReport = { tick: 7, kept: [], ...NOTHING_CHANGED };

const changed = (metric: string, keys: number): ConfigReport['changed'][number] => ({
  metric,
  what: 'series and their state go on, with the new values',
  keys: Array.from({ length: keys }, (_, index) => ({ path: `k${index}`, before: '1', after: '2' })),
  series: { kept: 1, born: 0, ended: 0 },
});

describe('a report as a line', () => {
  it('tells every change of a few', () => {
    expect(describeReport({ ...NOTHING, changed: [changed('a', 2)] })).toBe(
      'changed a (k0: 1 -> 2, k1: 1 -> 2); from tick 7',
    );
  });

  it('of a fleet that was learnt anew stays a line that can be read', () => {
    const names = Array.from({ length: 300 }, (_, index) => `metric_${index}`);
    const line = describeReport({ ...NOTHING, changed: names.map((name) => changed(name, 40)) });
    expect(line).toContain(
      'changed metric_19 (k0: 1 -> 2, k1: 1 -> 2, k2: 1 -> 2, k3: 1 -> 2, k4: 1 -> 2, and 35 more)',
    );
    expect(line).toMatch(/, and 280 more; from tick 7$/);
    expect(line).not.toContain('metric_20 ');
  });
});
