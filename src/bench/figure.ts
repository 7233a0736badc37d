/** Figures: what the rounds of a trial come to. */
import type { Case, Measure, Setting, Trial } from './case.ts';
import { UNITS, type Unit } from './case.ts';
import type { Measured } from './measure.ts';
import { ratioOf, summarise, type Better, type Summary } from './statistics.ts';

export interface Side extends Summary {
  /** What ran, in words. */
  readonly what: string;
}

export interface Figure {
  /** `page/counter, text/1000000`: the same in every run, what budgets and baselines go by. */
  readonly id: string;
  readonly case: string;
  readonly name: string;
  readonly series: number;
  readonly unit: Unit;
  readonly better: Better;
  readonly items: Measure['items'] | undefined;
  readonly direct: Side;
  readonly library: Side | undefined;
  /** How many times better direct is, by the medians; absent without a library. */
  readonly ratio: number | undefined;
}

export function figureId(caseName: string, name: string, series: number): string {
  return `${caseName}/${name}/${series}`;
}

/** The figures of a trial, from its rounds: those of the direct contender first, then the library's. */
export function figuresOf(
  { name: caseName }: Pick<Case, 'name'>,
  trial: Trial,
  { series }: Pick<Setting, 'series'>,
  [direct, library]: Measured,
): Figure[] {
  return trial.measures.map((measure, index) => {
    const name = [trial.name, measure.name].filter((part) => part !== '').join(', ');
    const better = UNITS[measure.unit];
    const directSide = { what: trial.direct.what, ...summarise(column(direct ?? [], index)) };
    const librarySide =
      trial.library === undefined || library === undefined
        ? undefined
        : { what: trial.library.what, ...summarise(column(library, index)) };
    return {
      id: figureId(caseName, name, series),
      case: caseName,
      name,
      series,
      unit: measure.unit,
      better,
      items: measure.items,
      direct: directSide,
      library: librarySide,
      ratio: librarySide && ratioOf(directSide.median, librarySide.median, better),
    };
  });
}

function column(rounds: readonly (readonly number[])[], index: number): number[] {
  return rounds.map((numbers) => numbers[index] ?? Number.NaN);
}
