/** Scenarios of a run: which are under way, and what begins with which tick. */
import { endStep, nameOfStep, startStep, stepId, type Scenario, type Step } from '../control/scenario.ts';
import type { StepAction } from '../control/steps.ts';
import type { Family } from '../series/family.ts';
import type { Frame } from '../series/frame.ts';
import { LyrebirdError, nearest } from '../util/errors.ts';
import type { PreparedAction } from './prepared.ts';
import { startTickOf } from './times.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** A scenario to be started or stopped. */
export interface ScenarioRequest {
  readonly scenario: string;
  /** The first tick of it, or the first without: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
}

/** A scenario of the file, or one that runs on though the file has it no more. */
export interface ScenarioStatus {
  readonly name: string;
  readonly description: string | null;
  readonly active: boolean;
  /** Its first tick, when it is active. */
  readonly from_tick: number | null;
  /** The first tick that it is over, when it is active; null without an end. */
  readonly until_tick: number | null;
  /** Seconds of model time still to come; null without an end. */
  readonly remaining_seconds: number | null;
  readonly steps: readonly {
    /** What the step makes is called so. */
    readonly id: string;
    readonly kind: string;
    readonly at_s: number;
    readonly for_s: number | null;
    /** Why it could not begin when it last should have. */
    readonly failure: string | null;
  }[];
}

export interface Scenarios {
  /** Tries all steps without taking any. Throws `scenario_not_found`, or what a step is refused with. */
  prepare(name: string): Promise<void>;
  /** Its steps are those that the file has now, whatever becomes of the file. Throws `scenario_running`, `tick_past` or `invalid_scenario`. */
  start(request: ScenarioRequest, now: Frame): ScenarioStatus;
  /** Ends it with what it began. Throws `scenario_not_found`, `scenario_not_running`, `tick_past` or `invalid_scenario`. */
  stop(request: ScenarioRequest, now: Frame): Promise<ScenarioStatus>;
  /** Takes the steps that begin after `now` and not after `tick`, before that tick runs. */
  advance(tick: number, now: Frame): Promise<void>;
  /** What steps and stops are known to do from one tick to another, both included. */
  upcoming(
    fromTick: number,
    toTick: number,
  ): readonly { readonly tick: number; readonly action: StepAction }[];
  /** Names of those not over once tick + 1 is done, in order. */
  active(tick: number): readonly string[];
  /** Those of the file, in its order, then others that run. */
  list(tick: number): readonly ScenarioStatus[];
}

export interface ScenariosOptions {
  /** Those of the file as of now. */
  readonly scenarios: () => Readonly<Record<string, Scenario>>;
  readonly families: () => readonly Family[];
  readonly intervalMs: number;
  readonly prepareStep: (action: StepAction) => Promise<PreparedAction<unknown>>;
  /** Told of a step that could not begin: the run goes on without it. */
  readonly onFailure: (message: string) => void;
}

interface Running {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly fromTick: number;
  /** When it is to be stopped; infinite when nobody has said so. */
  readonly stopTick: number;
  /** By step. */
  readonly failures: Map<number, string>;
}

export function createScenarios(options: ScenariosOptions): Scenarios {
  const { intervalMs, prepareStep } = options;
  const running = new Map<string, Running>();

  const find = (name: string): Scenario => {
    const scenarios = options.scenarios();
    if (Object.hasOwn(scenarios, name)) return scenarios[name] as Scenario;
    const names = Object.keys(scenarios);
    const close = nearest(name, names);
    throw new LyrebirdError(
      'scenario_not_found',
      `no scenario is called ${name}${close === undefined ? '.' : `, did you mean ${close}?`} Available: ${names.join(', ') || 'none'}`,
      { details: { scenario: name, available: names } },
    );
  };
  const untilTick = ({ fromTick, stopTick, timeline }: Running): number =>
    Math.min(stopTick, fromTick + timeline.ticks);
  const activeAt = (name: string, tick: number): Running | undefined => {
    const found = running.get(name);
    return found !== undefined && tick < untilTick(found) ? found : undefined;
  };
  const names = (tick: number): string[] =>
    [...running.keys()].filter((name) => activeAt(name, tick) !== undefined).toSorted();
  const actionOf = (name: string, index: number, step: Step, tick: number): StepAction => {
    const families = options.families();
    return startStep(
      step,
      { id: stepId(name, index + 1), at: tick, durationS: step.for },
      (metric) => families.find((family) => family.name === metric)?.type,
    );
  };

  /** Ends whatever steps have made. */
  const end = async (name: string, { scenario }: Running, now: Frame): Promise<void> => {
    for (const [index, step] of scenario.steps.entries()) {
      try {
        const { commit } = await prepareStep(endStep(step, stepId(name, index + 1)));
        await commit(now);
      } catch (error) {
        // A step that has not begun, or is over: nothing of it is left.
        if (!(error instanceof LyrebirdError)) throw error;
      }
    }
    running.delete(name);
  };

  /** Of a scenario that runs or was the last to run by its name. */
  const failureOf = (name: string, scenario: Scenario, index: number): string | null => {
    const last = running.get(name);
    return last?.scenario === scenario ? (last.failures.get(index) ?? null) : null;
  };

  const statusOf = (name: string, known: Scenario, tick: number): ScenarioStatus => {
    const active = activeAt(name, tick + 1);
    const scenario = active?.scenario ?? known;
    const until = active === undefined ? Number.POSITIVE_INFINITY : untilTick(active);
    return {
      name,
      description: scenario.description ?? null,
      active: active !== undefined,
      from_tick: active?.fromTick ?? null,
      until_tick: Number.isFinite(until) ? until : null,
      remaining_seconds: Number.isFinite(until)
        ? ((until - Math.max(tick + 1, active?.fromTick ?? 0)) * intervalMs) / 1000
        : null,
      steps: scenario.steps.map((step, index) => ({
        id: stepId(name, index + 1),
        kind: nameOfStep(step),
        at_s: step.at,
        for_s: step.for ?? null,
        failure: failureOf(name, scenario, index),
      })),
    };
  };

  return {
    async prepare(name) {
      const { steps } = find(name);
      for (const [index, step] of steps.entries()) {
        try {
          await prepareStep(actionOf(name, index, step, Number.MAX_SAFE_INTEGER));
        } catch (error) {
          if (!(error instanceof LyrebirdError)) throw error;
          const { code, message, details } = error;
          throw new LyrebirdError(code, `step ${index + 1} of ${name}: ${message}`, {
            details: details ?? {},
          });
        }
      }
    },
    start({ scenario: name, at }, now) {
      const scenario = find(name);
      const { tick } = now;
      const before = activeAt(name, tick + 1);
      if (before !== undefined) {
        throw new LyrebirdError(
          'scenario_running',
          `${name} runs ${before.fromTick > tick + 1 ? 'from' : 'since'} tick ${before.fromTick}; DELETE /control/scenario/${name} stops it`,
          { details: { scenario: name, from_tick: before.fromTick } },
        );
      }
      running.set(name, {
        scenario,
        timeline: createTimeline(scenario, intervalMs),
        fromTick: startTickOf(at, now, intervalMs, 'invalid_scenario'),
        stopTick: Number.POSITIVE_INFINITY,
        failures: new Map(),
      });
      return statusOf(name, scenario, tick);
    },
    async stop({ scenario: name, at }, now) {
      const found = activeAt(name, now.tick + 1);
      if (found === undefined) {
        find(name);
        const active = names(now.tick + 1);
        throw new LyrebirdError(
          'scenario_not_running',
          `${name} is not running; running: ${active.join(', ') || 'none'}`,
          { details: { scenario: name, active } },
        );
      }
      const stopTick = startTickOf(at, now, intervalMs, 'invalid_scenario');
      if (stopTick > now.tick + 1) running.set(name, { ...found, stopTick });
      else await end(name, found, now);
      return statusOf(name, found.scenario, now.tick);
    },
    async advance(tick, now) {
      for (const [name, active] of [...running].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        const { scenario, timeline, fromTick, stopTick, failures } = active;
        const last = Math.min(tick, stopTick - 1);
        for (const due of timeline.due(now.tick + 1 - fromTick, last - fromTick)) {
          try {
            const step = scenario.steps[due.index] as Step;
            const { commit } = await prepareStep(actionOf(name, due.index, step, fromTick + due.tick));
            await commit(now);
            failures.delete(due.index);
          } catch (error) {
            if (!(error instanceof LyrebirdError)) throw error;
            failures.set(due.index, error.message);
            options.onFailure(`step ${due.index + 1} of scenario ${name} could not begin: ${error.message}`);
          }
        }
        if (stopTick <= tick) await end(name, active, now);
      }
    },
    upcoming: (from, to) =>
      [...running].flatMap(([name, { scenario, timeline, fromTick, stopTick }]) => {
        const begins = timeline.due(from - fromTick, Math.min(to, stopTick - 1) - fromTick).map((due) => {
          const tick = fromTick + due.tick;
          return { tick, action: actionOf(name, due.index, scenario.steps[due.index] as Step, tick) };
        });
        if (stopTick < from || stopTick > to) return begins;
        const ends = scenario.steps.map((step, index) => ({
          tick: stopTick,
          action: endStep(step, stepId(name, index + 1)),
        }));
        return [...begins, ...ends];
      }),
    active: (tick) => names(tick + 1),
    list(tick) {
      const known = options.scenarios();
      const others = names(tick + 1).filter((name) => !Object.hasOwn(known, name));
      return [
        ...Object.entries(known),
        ...others.map((name) => [name, (running.get(name) as Running).scenario] as const),
      ].map(([name, scenario]) => statusOf(name, scenario, tick));
    },
  };
}
