/** Spikes as actions. */
import type { SpikeRequest } from '../../control/spike.ts';
import { defineAction } from '../action.ts';
import type { CancelRequest } from '../register.ts';
import type { SpikeStatus } from '../status.ts';

export const spike = defineAction<'spike', SpikeRequest, SpikeStatus>({
  name: 'spike',
  prepare: (request, { spikes }) => ({ commit: (now) => spikes.start(request, now) }),
});

export const cancelSpike = defineAction<'cancel_spike', CancelRequest, SpikeStatus>({
  name: 'cancel_spike',
  prepare: (request, { spikes }) => ({ commit: (now) => spikes.cancel(request, now) }),
});
