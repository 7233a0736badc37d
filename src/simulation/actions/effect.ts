/** Effects as actions. */
import type { EffectRequest } from '../../control/effect.ts';
import { defineAction } from '../action.ts';
import type { EffectAnswer, EffectStatus } from '../status.ts';

export const setEffect = defineAction<'set_effect', EffectRequest, EffectAnswer>({
  name: 'set_effect',
  async prepare(request, { effects }) {
    const prepared = await effects.prepare(request);
    return { commit: (now) => effects.set(prepared, now) };
  },
});

export const cancelEffect = defineAction<'cancel_effect', { readonly id: string }, EffectStatus>({
  name: 'cancel_effect',
  prepare: ({ id }, { effects }) => ({ commit: ({ tick }) => effects.cancel(id, tick) }),
});
