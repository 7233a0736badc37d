/** Another configuration as an action. */
import type { Config } from '../../config/schema.ts';
import { defineAction } from '../action.ts';
import type { Outcome } from '../change.ts';

export interface ConfigureRequest {
  /** Without secrets, which generate nothing. Its settings outside `profiles`, `metrics` and `factors` are those of the run. */
  readonly config: Config;
}

export interface Configured {
  /** What becomes of each metric, by name. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Ids of effects that end, since none of their series is left. */
  readonly endedEffects: readonly string[];
  /** The first tick of the new configuration. */
  readonly tick: number;
}

export const configure = defineAction<'configure', ConfigureRequest, Configured>({
  name: 'configure',
  async prepare({ config }, { lineUp }) {
    const prepared = await lineUp.prepare(config);
    return {
      async commit({ tick }) {
        const { outcomes, endedEffects } = await lineUp.change(prepared);
        return { outcomes: Object.fromEntries(outcomes), endedEffects, tick: tick + 1 };
      },
    };
  },
});
