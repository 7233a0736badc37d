/** Spikes as actions. */
import type { SpikeRequest } from '../../control/spike.ts';
import { defineAction } from '../action.ts';
import type { SpikeStatus } from '../status.ts';

export const spike = defineAction<'spike', SpikeRequest, SpikeStatus>({
  name: 'spike',
  prepare: (request, { spikes }) => ({ commit: ({ tick }) => spikes.start(request, tick) }),
});

export const cancelSpike = defineAction<'cancel_spike', { readonly id: string }, SpikeStatus>({
  name: 'cancel_spike',
  prepare: ({ id }, { spikes }) => ({ commit: ({ tick }) => spikes.cancel(id, tick) }),
});
