/** Explosions as actions. Their ends are not: they follow from the beginning. */
import type { ExplosionRequest } from '../../control/explosion.ts';
import { defineAction } from '../action.ts';
import type { ExplosionAnswer, ExplosionStatus } from '../explosions.ts';

export const explode = defineAction<'explode', ExplosionRequest, ExplosionAnswer>({
  name: 'explode',
  async prepare(request, { explosions, lineUp }) {
    explosions.check(request);
    lineUp.admitChange();
    // What begins at once is made while ticks go on; the rest when its tick comes.
    const prepared = request.at === undefined ? await lineUp.prepareExplosion(request) : undefined;
    return {
      commit(now) {
        const answer = explosions.set(request, now);
        if (prepared !== undefined) lineUp.expect(prepared);
        return answer;
      },
    };
  },
});

export const cancelExplosion = defineAction<'cancel_explosion', { readonly id: string }, ExplosionStatus>({
  name: 'cancel_explosion',
  prepare: ({ id }, { explosions }) => ({ commit: ({ tick }) => explosions.cancel(id, tick) }),
});
