/** Churn that begins while a run goes on, as actions. */
import type { ChurnRequest } from '../../control/churn.ts';
import { defineAction } from '../action.ts';
import type { ChurnAnswer, ChurnStatus } from '../churns.ts';
import type { CancelRequest } from '../register.ts';

export const setChurn = defineAction<'set_churn', ChurnRequest, ChurnAnswer>({
  name: 'set_churn',
  prepare(request, { churns, lineUp }) {
    churns.check(request);
    lineUp.admitChange();
    return {
      commit(now) {
        const { outcome, status } = churns.set(request, now);
        return { outcome, churn: status };
      },
    };
  },
});

export const cancelChurn = defineAction<'cancel_churn', CancelRequest, ChurnStatus>({
  name: 'cancel_churn',
  prepare: (request, { churns }) => ({ commit: (now) => churns.cancel(request, now) }),
});
