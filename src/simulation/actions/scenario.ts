/** Scenarios as actions. Their steps are not: they follow from the start. */
import { defineAction } from '../action.ts';
import type { ScenarioStatus } from '../scenarios.ts';

export const startScenario = defineAction<'start_scenario', { readonly scenario: string }, ScenarioStatus>({
  name: 'start_scenario',
  async prepare({ scenario }, { scenarios }) {
    await scenarios.prepare(scenario);
    return { commit: ({ tick }) => scenarios.start(scenario, tick) };
  },
});

export const stopScenario = defineAction<'stop_scenario', { readonly scenario: string }, ScenarioStatus>({
  name: 'stop_scenario',
  prepare: ({ scenario }, { scenarios }) => ({ commit: (now) => scenarios.stop(scenario, now) }),
});
