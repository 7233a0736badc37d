import type { ConfigReport } from '../../src/simulation/report.ts';

/** What is told of a change that comes to nothing, to be spread over by what a test is about. */
export const NOTHING_CHANGED: Omit<ConfigReport, 'tick' | 'kept'> = {
  changed: [],
  added: [],
  removed: [],
  settings: [],
  over_file: [],
  ended_effects: [],
  lost_targets: [],
};
