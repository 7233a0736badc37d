import { describe, expect, it } from 'vitest';

import { reloadLogged } from '../../src/cli/reload.ts';
import type { ConfigReport } from '../../src/simulation/report.ts';
import { ConfigError } from '../../src/util/errors.ts';
import { createTestLogger } from '../support/sources.ts';

const REPORT: ConfigReport = {
  tick: 61,
  kept: ['up'],
  changed: [
    {
      metric: 'level',
      what: 'series and their state go on, with the new values',
      keys: [{ path: 'metrics[1].step', before: '0.1', after: '0.5' }],
      series: { kept: 1, born: 0, ended: 2 },
    },
  ],
  added: [{ metric: 'jobs', series: 1 }],
  removed: [{ metric: 'old', series: 1 }],
  settings: [{ path: 'limits.max_series', before: '5', after: '9' }],
  over_file: ['mine'],
  ended_effects: ['surge'],
};
const NOTHING: ConfigReport = {
  ...REPORT,
  tick: null,
  changed: [],
  added: [],
  removed: [],
  settings: [],
  ended_effects: [],
};

async function logged(reload: () => Promise<ConfigReport>): Promise<string[]> {
  const { lines, logger } = createTestLogger();
  await reloadLogged({ reload }, logger, 'SIGHUP');
  return lines.map(({ level, msg }) => `${level} ${msg}`);
}

describe('a reload by signal', () => {
  it.each<[string, ConfigReport, string]>([
    [
      'what changed, and from when',
      REPORT,
      'changed level (metrics[1].step: 0.1 -> 0.5; 2 series end), added jobs, removed old, limits.max_series: 5 -> 9, ' +
        'effect surge ends: none of its series is left; from tick 61; of mine the file is not used: changed over the API',
    ],
    ['that nothing did', NOTHING, 'nothing differs'],
  ])('logs %s', async (_, report, text) => {
    const [line] = await logged(() => Promise.resolve(report));
    expect(line).toContain(`SIGHUP: ${text}`);
  });

  it('logs every mistake, and that nothing has changed', async () => {
    const problems = ['a.yaml:1:1', 'a.yaml:2:1'].map((place) => ({ place, message: 'is wrong' }));
    const [line] = await logged(() => Promise.reject(new ConfigError(problems)));
    expect(line).toContain('SIGHUP: nothing has changed, since\na.yaml:1:1: is wrong\na.yaml:2:1: is wrong');
  });

  it('ends no run by a fault of its own', async () => {
    const [line] = await logged(() => Promise.reject(new TypeError('oops')));
    expect(line).toContain('nothing has changed, since reading the file failed');
  });
});
