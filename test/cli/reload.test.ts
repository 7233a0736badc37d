import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { reloadLogged, stateOfSamples } from '../../src/cli/reload.ts';
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
  lost_targets: [{ effect: 'slow', metric: 'old', why: 'there is no such metric any more' }],
};
const NOTHING: ConfigReport = {
  ...REPORT,
  tick: null,
  changed: [],
  added: [],
  removed: [],
  settings: [],
  ended_effects: [],
  lost_targets: [],
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
        'effect surge ends: none of its series is left, effect slow changes old no longer: there is no such metric any more; ' +
        'from tick 61; of mine the file is not used: changed over the API',
    ],
    ['that nothing did', NOTHING, 'nothing differs'],
  ])('logs %s', async (_, report, text) => {
    const [line] = await logged(() => Promise.resolve(report));
    expect(line).toContain(`SIGHUP: ${text}`);
  });

  it('logs every mistake, and that nothing has changed', async () => {
    const problems = ['a.yaml:1:1', 'a.yaml:2:1'].map((place) => ({ place, message: 'is wrong' }));
    const [line] = await logged(() => Promise.reject(new ConfigError(problems)));
    expect(line).toContain(
      'SIGHUP: the run goes on as it was, since\na.yaml:1:1: is wrong\na.yaml:2:1: is wrong',
    );
  });

  it('ends no run by a fault of its own', async () => {
    const [line] = await logged(() => Promise.reject(new TypeError('oops')));
    expect(line).toContain('the run goes on as it was, since reading the file failed');
  });
});

describe('the state of samples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lyrebird-samples-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const state = (watch = true): string => stateOfSamples([{ folder, watch }]);

  it('tells pages that come, change and go, and folders that cannot be read', () => {
    const seen = [state()];
    const then = (change: () => void): void => {
      change();
      seen.push(state());
    };
    then(() => writeFileSync(join(folder, 'a.prom'), 'up 1\n'));
    then(() => writeFileSync(join(folder, 'a.prom'), 'up 10\n'));
    then(() => writeFileSync(join(folder, 'b.prom'), 'up 1\n'));
    then(() => unlinkSync(join(folder, 'a.prom')));
    then(() => renameSync(join(folder, 'b.prom'), join(folder, 'b.txt')));
    then(() => renameSync(join(folder, 'b.txt'), join(folder, 'c.prom')));
    then(() => mkdirSync(join(folder, 'error')));
    expect(new Set(seen.slice(0, -3)).size).toBe(5);
    expect(seen[5]).toBe(seen[0]);
    expect(seen[6]).not.toBe(seen[5]);
    // A folder without pages is none.
    expect(seen[7]).toBe(seen[6]);
  });

  it('is nothing where nobody watches them', () => {
    expect(state(false)).toBe('');
  });
});
