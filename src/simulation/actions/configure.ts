/** Another configuration as an action. */
import type { Config } from '../../config/schema.ts';
import { defineAction } from '../action.ts';
import type { Outcome } from '../change.ts';
import type { Rebound } from '../rebind.ts';

export interface ConfigureRequest {
  /**
   * Without secrets, which generate nothing. Of its settings beside `profiles` and `metrics` it may change `factors`, `scenarios`,
   * `faults` and `limits`.
   */
  readonly config: Config;
}

export interface Configured {
  /** What becomes of each metric, by name. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** What becomes of effects. */
  readonly effects: Rebound;
  /** The first tick of the new configuration. */
  readonly tick: number;
}

export const configure = defineAction<'configure', ConfigureRequest, Configured>({
  name: 'configure',
  async prepare({ config }, { lineUp, faults, churns }) {
    const prepared = await lineUp.prepare(config);
    return {
      async commit(now) {
        const followed = [
          faults.follow(config.faults, now),
          churns.follow(lineUp.config.profiles, config.profiles, now.tick),
        ];
        const { outcomes, effects } = await lineUp.change(prepared);
        for (const { take } of followed) take();
        return { outcomes: Object.fromEntries(outcomes), effects, tick: now.tick + 1 };
      },
    };
  },
});
