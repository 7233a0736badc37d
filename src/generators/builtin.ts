/**
 * THE LIST of algorithms. The first that serves a type is that type's default. A new one is a file beside this one
 * and a line here; validation, help, the JSON Schema and the conformance suite follow.
 */
import { alwaysOne } from './always-one.ts';
import { bernoulli } from './bernoulli.ts';
import { constantLevel, constantRate } from './constant.ts';
import { cosine } from './cosine.ts';
import { derivedLevel, derivedTotal } from './derived.ts';
import { lastEvent, timeSince } from './events.ts';
import { exponential } from './exponential.ts';
import { gaussianLevel } from './gaussian-level.ts';
import type { GeneratorDefinition } from './generator.ts';
import { learnedLevel } from './learned-level.ts';
import { learnedObservations } from './learned-observations.ts';
import { learnedRate } from './learned-rate.ts';
import { lognormal } from './lognormal.ts';
import { markov } from './markov.ts';
import { defineMixture } from './mixture.ts';
import { normal } from './normal.ts';
import { pareto } from './pareto.ts';
import { patternLevel, patternRate } from './pattern.ts';
import { poisson } from './poisson.ts';
import { ramp } from './ramp.ts';
import { randomWalk } from './random-walk.ts';
import { sawtooth } from './sawtooth.ts';
import { sine } from './sine.ts';
import { square } from './square.ts';
import { step } from './step.ts';
import { triangle } from './triangle.ts';
import { uniform } from './uniform.ts';

/** Distributions, which a mixture may be made of. */
const distributions = [lognormal, exponential, normal, uniform, pareto];

export const generatorDefinitions: readonly GeneratorDefinition[] = [
  poisson,
  constantRate,
  patternRate,
  randomWalk,
  sine,
  cosine,
  sawtooth,
  ramp,
  triangle,
  square,
  step,
  gaussianLevel,
  patternLevel,
  bernoulli,
  constantLevel,
  timeSince,
  lastEvent,
  alwaysOne,
  markov,
  derivedTotal,
  derivedLevel,
  ...distributions,
  defineMixture(distributions),
  learnedRate,
  learnedLevel,
  learnedObservations,
];
