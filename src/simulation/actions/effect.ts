/** Effects as actions. */
import type { EffectRequest } from '../../control/effect.ts';
import { defineAction } from '../action.ts';
import type { CancelRequest } from '../register.ts';
import type { EffectAnswer, EffectStatus } from '../status.ts';

export const setEffect = defineAction<'set_effect', EffectRequest, EffectAnswer>({
  name: 'set_effect',
  async prepare(request, { effects }) {
    const prepared = await effects.prepare(request);
    return { commit: async (now) => effects.set(await effects.renew(prepared), now) };
  },
});

export const cancelEffect = defineAction<'cancel_effect', CancelRequest, EffectStatus>({
  name: 'cancel_effect',
  prepare: (request, { effects }) => ({ commit: (now) => effects.cancel(request, now) }),
});
