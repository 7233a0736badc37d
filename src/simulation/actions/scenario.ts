/** Scenarios as actions. Their steps are not: they follow from the start. */
import { defineAction } from '../action.ts';
import type { ScenarioRequest, ScenarioStatus } from '../scenarios.ts';

export const startScenario = defineAction<'start_scenario', ScenarioRequest, ScenarioStatus>({
  name: 'start_scenario',
  async prepare(request, { scenarios }) {
    await scenarios.prepare(request.scenario);
    return { commit: (now) => scenarios.start(request, now) };
  },
});

export const stopScenario = defineAction<'stop_scenario', ScenarioRequest, ScenarioStatus>({
  name: 'stop_scenario',
  prepare: (request, { scenarios }) => ({ commit: (now) => scenarios.stop(request, now) }),
});
