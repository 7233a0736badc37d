/** Effects as they are asked for: in a body, in the file, and as a request. */
import { z } from 'zod';
import { SHAPES, type Shape } from '../engine/ramp.ts';
import { durationAboveZero, durationFromZero, share, timeFields } from './fields.ts';

const FROM_ZERO = { error: 'needs a finite number from 0' };

function change(what: string) {
  return z.literal(true, { error: 'can only be true' }).optional().describe(what).meta({ example: true });
}

export const effectFields = {
  metrics: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe('Names in the file, or patterns in which * stands for any characters and ? for one.'),
  series: z
    .string()
    .optional()
    .describe(
      "Label matchers in PromQL's syntax: =, !=, and anchored patterns with =~, !~. Default: every series.",
    ),
  rate: z
    .number(FROM_ZERO)
    .min(0, FROM_ZERO)
    .optional()
    .describe('Multiplies the increments of counters and the arrivals of histograms and summaries.'),
  value: z
    .strictObject({
      scale: z.number().optional().describe('Default 1.'),
      offset: z.number().optional().describe('Default 0.'),
    })
    .optional()
    .describe('Levels of gauges and each observation of histograms and summaries become x * scale + offset.'),
  params: z
    .record(
      z.string(),
      z.union(
        [
          z.number(),
          z.strictObject({
            scale: z.number().optional().describe('Default 1.'),
            add: z.number().optional().describe('Default 0.'),
          }),
        ],
        { error: 'needs a number, or scale and add' },
      ),
    )
    .optional()
    .describe(
      "Numeric options of the metric's algorithm by name: a number in their place, or x * scale + add.",
    )
    .meta({ example: { mu: { add: 0.7 } } }),
  freeze: change(
    'Series stay as they were at the last tick before, while what is generated goes on beneath.',
  ),
  nan: change('Gauges, and levels of unknown type, are NaN.'),
  drop: change('Series are absent.'),
  reset: change(
    'Counters, histograms and summaries begin anew, with a new birth, at one tick. It has no duration.',
  ),
  error_rate: z
    .strictObject({
      from: z.record(z.string(), z.string()).describe('Labels of the series that lose increments.'),
      to: z.record(z.string(), z.string()).describe('The same labels, of those that get them.'),
      share: share().describe('Of each increment, by chance.'),
    })
    .optional()
    .describe('Moves increments of a counter from one label value to another, so that totals hold.')
    .meta({ example: { from: { status: '200' }, to: { status: '500' }, share: 0.2 } }),
  situation: z
    .string()
    .min(1)
    .optional()
    .describe('Leads learned series to a situation that they know; ramps are the way there and back.')
    .meta({ example: 'high_load' }),
  at: timeFields.at,
  duration_s: durationAboveZero()
    .optional()
    .describe(
      'Seconds, or a duration with units, ramps included; whole ticks. Default: until it is cancelled.',
    )
    .meta({ example: '10m' }),
  ramp_up_s: durationFromZero()
    .optional()
    .describe('The last tick of it has full strength.')
    .meta({ example: '2m' }),
  ramp_down_s: durationFromZero()
    .optional()
    .describe('The first tick of it has full strength still.')
    .meta({ example: '2m' }),
  shape: z
    .enum(SHAPES)
    .optional()
    .describe('How ramps go; exponential decays on the way down. Default: linear with ramps, else step.'),
};

/** Moves a share of the increments of series with the labels `from` to those that have `to` instead. */
export interface ErrorRate {
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
  /** Above 0, up to 1. */
  readonly share: number;
}

/** What an effect changes, of which series, and when. */
export interface EffectRequest {
  /** Names the effect: one by the same id is replaced. Default: `effect-1`, `effect-2`, ... */
  readonly id?: string | undefined;
  /** Names of families as in the file, or patterns with `*` and `?`. */
  readonly metrics: readonly string[];
  /** Label matchers in PromQL's syntax, `{region="eu-west-1",status=~"5.."}`; none takes every series. */
  readonly series?: string | undefined;
  /** Multiplies arrivals and increments. From 0. */
  readonly rate?: number | undefined;
  /** Levels and observations become `x * scale + offset`. */
  readonly value?: { readonly scale?: number | undefined; readonly offset?: number | undefined } | undefined;
  /** Numeric options of the algorithm by name: a number in their place, or `x * scale + add`. */
  readonly params?:
    | Readonly<
        Record<string, number | { readonly scale?: number | undefined; readonly add?: number | undefined }>
      >
    | undefined;
  /** Series stay as they were at the last tick before. */
  readonly freeze?: true | undefined;
  /** Gauges are NaN. */
  readonly nan?: true | undefined;
  /** Series are absent. */
  readonly drop?: true | undefined;
  /** Counters, histograms and summaries begin anew at one tick. */
  readonly reset?: true | undefined;
  readonly errorRate?: ErrorRate | undefined;
  /** Where learned series are at full strength. */
  readonly situation?: string | undefined;
  /** First tick: its number, or the model time that it is not before. Default: the next one. */
  readonly at?: number | string | undefined;
  /** More than 0, ramps included; rounded up to whole ticks. None lasts until it is cancelled. */
  readonly durationS?: number | undefined;
  readonly rampUpS?: number | undefined;
  readonly rampDownS?: number | undefined;
  /** How ramps go. Default: `linear` with ramps, else `step`. */
  readonly shape?: Shape | undefined;
}

const effectBody = z.strictObject(effectFields);

/** The request that a body is, which the schema above has read. */
export function effectRequestOf(body: z.output<typeof effectBody>, id: string | undefined): EffectRequest {
  const {
    metrics,
    error_rate: errorRate,
    duration_s: durationS,
    ramp_up_s: rampUpS,
    ramp_down_s: rampDownS,
    ...rest
  } = body;
  return {
    ...rest,
    id,
    metrics: typeof metrics === 'string' ? [metrics] : metrics,
    errorRate,
    durationS,
    rampUpS,
    rampDownS,
  };
}
