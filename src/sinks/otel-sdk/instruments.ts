/** Families as instruments of an OpenTelemetry meter: whoever collects the meter reads the columns. */
import type { Attributes, Histogram, Meter, Observable, ObservableResult } from '@opentelemetry/api';

import type { HistogramColumn, ScalarColumn, SummaryColumn } from '../../series/column.ts';
import { declaredType, type Family } from '../../series/family.ts';
import type { FamilyFrame, Frame } from '../../series/frame.ts';
import { translate } from '../../wire/names.ts';

/** A simulation's families on a meter. */
export interface MeterAttachment {
  /** Records what histograms observed in a tick; to be called with every frame, in order. */
  record(frame: Frame): void;
  /** Takes the callbacks off the meter again. The instruments stay, as the API has no way to remove them. */
  detach(): void;
}

/**
 * Makes an instrument of each family: counters are observable counters, gauges and what is of unknown type observable gauges, up-down counters,
 * infos and state sets observable up-down counters, histograms are histograms with the family's bounds as advice, a summary `x` is two observable
 * up-down counters, `x_sum` and `x_count`.
 *
 * `read` gives the callbacks a frame that is whole, or does not call back when there is none; a simulation's own `read` does.
 * Histograms need raw observations (`Family.rawObservations`), and a reader that collects every tick if
 * sums are to be bit for bit those of the page. Counters that are not whole numbers drift in their last bits in an SDK with its
 * default sum aggregation, which adds up differences; the exact ones need a last-value aggregation.
 */
export function attachToMeter(
  meter: Meter,
  families: readonly Family[],
  read: (use: (frame: Frame) => void) => void | Promise<void>,
): MeterAttachment {
  const detachments: (() => void)[] = [];
  const histograms: { index: number; instrument: Histogram; attributes: readonly Attributes[] }[] = [];

  const observe = (
    index: number,
    instrument: Observable,
    value: (entry: FamilyFrame, slot: number) => number,
  ): void => {
    const attributes = attributesOf(families[index] as Family);
    const callback = (result: ObservableResult): void | Promise<void> =>
      read((frame) => {
        const entry = frame.families[index] as FamilyFrame;
        for (const [slot, labels] of attributes.entries()) result.observe(value(entry, slot), labels);
      });
    instrument.addCallback(callback);
    detachments.push(() => {
      instrument.removeCallback(callback);
    });
  };

  for (const [index, family] of families.entries()) {
    const { name, unit } = family.otel;
    const options = { description: family.help, unit };
    switch (declaredType(family)) {
      case 'counter':
        observe(index, meter.createObservableCounter(name, options), scalarAt);
        break;
      case 'updown':
      case 'info':
      case 'stateset':
        observe(index, meter.createObservableUpDownCounter(name, options), scalarAt);
        break;
      case 'gauge':
      case 'unknown':
        observe(index, meter.createObservableGauge(name, options), scalarAt);
        break;
      case 'histogram': {
        const advice = { explicitBucketBoundaries: [...family.bounds] };
        const instrument = meter.createHistogram(name, { ...options, advice });
        histograms.push({ index, instrument, attributes: attributesOf(family) });
        break;
      }
      case 'summary': {
        const [sum, count] = summaryNames(family);
        observe(index, meter.createObservableUpDownCounter(sum, { description: family.help }), sumAt);
        observe(index, meter.createObservableUpDownCounter(count, { description: family.help }), countAt);
        break;
      }
    }
  }

  let opened = false;
  return {
    record(frame) {
      for (const { index, instrument, attributes } of histograms) {
        // Not a number: the SDK makes the series and counts nothing, so that an empty histogram is there from birth.
        if (!opened) for (const labels of attributes) instrument.record(Number.NaN, labels);
        const { observations } = (frame.families[index] as FamilyFrame).column as HistogramColumn;
        if (observations === undefined) continue;
        const { ends, values } = observations;
        for (let slot = 0, i = 0; slot < attributes.length; slot++) {
          for (const end = ends[slot] as number; i < end; i++)
            instrument.record(values[i] as number, attributes[slot]);
        }
      }
      opened = true;
    },
    detach() {
      for (const detachment of detachments) detachment();
    },
  };
}

/**
 * What the two parts of a summary are called. A backend puts the word of a unit at the end of a name, which would
 * be behind `_sum`; so the word is in the name already and the unit is not sent.
 */
export function summaryNames({ otel: { name, unit } }: Family): readonly [sum: string, count: string] {
  const base = unit === '' ? name : translate({ name, unit, type: 'summary' });
  return [`${base}_sum`, `${base}_count`];
}

/** The attributes of every slot; the same objects each time, as the SDK hands them back with the points. */
function attributesOf({ labels, size }: Family): readonly Attributes[] {
  return Array.from({ length: size }, (_, slot) =>
    Object.fromEntries(labels.names.map((name, d) => [name, labels.value(slot, d)])),
  );
}

function scalarAt({ column }: FamilyFrame, slot: number): number {
  return (column as ScalarColumn).values[slot] as number;
}

function sumAt({ column }: FamilyFrame, slot: number): number {
  return (column as SummaryColumn).sums[slot] as number;
}

function countAt({ column }: FamilyFrame, slot: number): number {
  return (column as SummaryColumn).counts[slot] as number;
}
