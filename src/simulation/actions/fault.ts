/** Faults of scrapes and pushes as actions. */
import type { FaultRequest } from '../../control/fault.ts';
import { defineAction } from '../action.ts';
import type { FaultAnswer, FaultStatus } from '../faults.ts';
import type { CancelRequest } from '../register.ts';

export const setFault = defineAction<'set_fault', FaultRequest, FaultAnswer>({
  name: 'set_fault',
  prepare(request, { faults }) {
    faults.check(request);
    return { commit: (now) => faults.set(request, now) };
  },
});

export const cancelFault = defineAction<'cancel_fault', CancelRequest, FaultStatus>({
  name: 'cancel_fault',
  prepare: (request, { faults }) => ({ commit: (now) => faults.cancel(request, now) }),
});
