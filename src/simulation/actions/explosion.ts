/** Explosions as actions. Their ends are not: they follow from the beginning. */
import type { Amendments } from '../../config/amend.ts';
import type { ExplosionRequest } from '../../control/explosion.ts';
import { defineAction } from '../action.ts';
import type { ExplosionAnswer, ExplosionStatus } from '../explosions.ts';
import type { FamilyControl } from '../families.ts';
import type { CancelRequest } from '../register.ts';

export const explode = defineAction<'explode', ExplosionRequest, ExplosionAnswer>({
  name: 'explode',
  async prepare(request, { explosions, lineUp }) {
    explosions.check(request);
    lineUp.admitChange();
    const { id = '', metric, label, values } = request;
    if (request.at === undefined) await expect(lineUp, id, [{ id, metric, label, values }]);
    return {
      commit(now) {
        const { outcome, status } = explosions.set(request, now);
        return { outcome, explosion: status };
      },
    };
  },
});

export const cancelExplosion = defineAction<'cancel_explosion', CancelRequest, ExplosionStatus>({
  name: 'cancel_explosion',
  async prepare(request, { explosions, lineUp }) {
    if (request.at === undefined) await expect(lineUp, request.id, []);
    return { commit: (now) => explosions.cancel(request, now) };
  },
});

/** Has what begins or ends at once made before it is taken, so that the tick need not wait for it. */
function expect(
  { amendments, expect: make }: FamilyControl,
  id: string,
  instead: Amendments['explosions'],
): Promise<void> {
  const { explosions, churns } = amendments;
  return make({ explosions: [...explosions.filter((one) => one.id !== id), ...instead], churns });
}
