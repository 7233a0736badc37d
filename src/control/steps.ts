/** Every kind of step that a scenario may have. */
import { churnStep } from './steps/churn.ts';
import { effectStep } from './steps/effect.ts';
import { explodeStep } from './steps/explode.ts';
import { faultStep } from './steps/fault.ts';
import { situationStep } from './steps/situation.ts';
import { spikeStep } from './steps/spike.ts';

export const STEPS = [effectStep, spikeStep, faultStep, explodeStep, churnStep, situationStep] as const;

/** What begins and ends steps. */
export type StepAction = ReturnType<(typeof STEPS)[number]['start'] | (typeof STEPS)[number]['end']>;
