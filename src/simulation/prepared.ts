/** What `prepare` of an action gives. */
import type { Frame } from '../series/frame.ts';

/** An action that can be taken at any tick to come. */
export interface PreparedAction<Answer> {
  /**
   * Runs between two ticks, `now` being the last one, and takes effect with tick `now.tick + 1`. Either it changes all that
   * it should, or it throws a LyrebirdError and changes nothing. The next tick waits for it: slow work belongs to `prepare`.
   */
  commit(now: Frame): Answer | Promise<Answer>;
}
