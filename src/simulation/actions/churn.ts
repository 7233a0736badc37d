/** Churn that begins while a run goes on, as actions. */
import type { ChurnRequest } from '../../control/churn.ts';
import { defineAction } from '../action.ts';
import type { ChurnAnswer, ChurnStatus } from '../churns.ts';

export const setChurn = defineAction<'set_churn', ChurnRequest, ChurnAnswer>({
  name: 'set_churn',
  prepare(request, { churns, lineUp }) {
    churns.check(request);
    lineUp.admitChange();
    return { commit: (now) => churns.set(request, now) };
  },
});

export const cancelChurn = defineAction<'cancel_churn', { readonly id: string }, ChurnStatus>({
  name: 'cancel_churn',
  prepare: ({ id }, { churns }) => ({ commit: ({ tick }) => churns.cancel(id, tick) }),
});
