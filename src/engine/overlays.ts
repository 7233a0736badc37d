/**
 * What is shown over the true values of some slots: rows that stay as they were (freeze), and NaN. Before a tick the true values
 * are put back, after it they are set aside, so what is generated knows nothing of it. Costs what the overlaid rows cost.
 */
import type { Column } from '../series/column.ts';
import type { FamilyFrame } from '../series/frame.ts';
import { NO_FAULTS, type FaultySlots } from './effects.ts';

/** The part of a family's frame that overlays change. */
export type Shown = Pick<FamilyFrame, 'family' | 'column' | 'birthMs'> & {
  births: Float64Array | undefined;
};

export interface Overlay {
  /** Shows the true values, of a family that another one takes the place of. What is frozen is remembered for it. */
  putBack(): void;
  /** Goes on with the rows that another one has frozen: those of slot `from(slot)` of it, none for -1. In steps. */
  inherit(before: Overlay, from: (slot: number) => number): Generator<void>;
  /** The rows that are frozen. */
  readonly held: Block;
  /** Before a tick: shows the true values, and remembers the rows that are frozen from this tick on. */
  lift(faults: FaultySlots | undefined): void;
  /** After it: sets the true values aside. Rows of series that were born with this tick are frozen as they were born. */
  lay(born?: Iterable<number>): void;
  /** Which slots are shown, of those that are there (`undefined`: all). Lent until the next call. */
  presence(alive: Uint8Array | undefined): Uint8Array | undefined;
}

/** Slots looked at between two turns of others. */
const STEP = 4096;

/** Nothing is overlaid until a `lift` says so. */
export function createOverlay(shown: Shown): Overlay {
  const { family, column } = shown;
  const rows = rowsOf(column, family.quantiles.length);
  let faults = NO_FAULTS;
  let held = createBlock(NO_FAULTS.freeze, rows.width);
  /** True rows of frozen slots, then true values of slots that are NaN. */
  let rowsAside = new Float64Array(0);
  let birthsAside = new Float64Array(0);
  let valuesAside = new Float64Array(0);
  let isLaid = false;
  let presence: { readonly of: Uint8Array | undefined; readonly shown: Uint8Array } | undefined;

  const birthAt = (slot: number): number => shown.births?.[slot] ?? shown.birthMs;
  const capture = (block: Block, index: number, slot: number): void => {
    rows.read(slot, block.rows, index * rows.width);
    block.births[index] = birthAt(slot);
  };
  const setBirth = (slot: number, birthMs: number): void => {
    if (shown.births === undefined) {
      if (birthMs === shown.birthMs) return;
      shown.births = new Float64Array(family.size).fill(shown.birthMs);
    }
    shown.births[slot] = birthMs;
  };
  const putBack = (): void => {
    if (!isLaid) return;
    isLaid = false;
    if (column.kind === 'scalar') {
      for (let i = 0; i < faults.nan.length; i++)
        column.values[faults.nan[i] as number] = valuesAside[i] as number;
    } else if (column.kind === 'summary') {
      column.overlay = undefined;
    }
    for (let i = 0; i < held.slots.length; i++) {
      const slot = held.slots[i] as number;
      rows.write(slot, rowsAside, i * rows.width);
      setBirth(slot, birthsAside[i] as number);
    }
  };

  return {
    putBack,
    get held() {
      return held;
    },
    *inherit({ held: before }, from) {
      if (before.slots.length === 0) return;
      const slots: number[] = [];
      const known: number[] = [];
      for (let slot = 0; slot < family.size; slot++) {
        if (slot % STEP === STEP - 1) yield;
        const index = before.indexOf(from(slot));
        if (index < 0) continue;
        slots.push(slot);
        known.push(index);
      }
      held = createBlock(Uint32Array.from(slots), rows.width);
      for (const [i, index] of known.entries()) copyRow(before, index, held, i, rows.width);
      faults = { ...NO_FAULTS, freeze: held.slots };
    },
    lift(now = NO_FAULTS) {
      putBack();
      if (now === faults) return;
      if (now.freeze !== faults.freeze) {
        const before = held;
        held = createBlock(now.freeze, rows.width);
        for (const [i, slot] of now.freeze.entries()) {
          const known = before.indexOf(slot);
          if (known < 0) capture(held, i, slot);
          else copyRow(before, known, held, i, rows.width);
        }
        rowsAside = new Float64Array(held.rows.length);
        birthsAside = new Float64Array(held.births.length);
      }
      if (now.drop !== faults.drop) presence = undefined;
      valuesAside = new Float64Array(now.nan.length);
      faults = now;
    },
    lay(born = []) {
      for (const slot of born) {
        const index = held.indexOf(slot);
        if (index >= 0) capture(held, index, slot);
      }
      for (let i = 0; i < held.slots.length; i++) {
        const slot = held.slots[i] as number;
        rows.read(slot, rowsAside, i * rows.width);
        birthsAside[i] = birthAt(slot);
        rows.write(slot, held.rows, i * rows.width);
        setBirth(slot, held.births[i] as number);
      }
      if (column.kind === 'scalar') {
        for (let i = 0; i < faults.nan.length; i++) {
          const slot = faults.nan[i] as number;
          valuesAside[i] = column.values[slot] as number;
          column.values[slot] = Number.NaN;
        }
      } else if (column.kind === 'summary' && held.slots.length > 0) {
        const shownRows = held;
        column.overlay = (slot, out, at) => {
          const index = shownRows.indexOf(slot);
          if (index < 0) return false;
          const from = index * rows.width + 2;
          out.set(shownRows.rows.subarray(from, from + rows.width - 2), at);
          return true;
        };
      }
      isLaid = true;
    },
    presence(alive) {
      const { drop } = faults;
      if (drop.length === 0) return alive;
      if (presence !== undefined && presence.of === undefined && alive === undefined) return presence.shown;
      const both = presence?.shown ?? new Uint8Array(family.size);
      if (alive === undefined) both.fill(1);
      else both.set(alive);
      for (const slot of drop) both[slot] = 0;
      presence = { of: alive, shown: both };
      return both;
    },
  };
}

/** Rows and births of some slots. */
interface Block {
  readonly slots: Uint32Array;
  readonly rows: Float64Array;
  readonly births: Float64Array;
  /** -1 for a slot that is not of it. */
  indexOf(slot: number): number;
}

function createBlock(slots: Uint32Array, width: number): Block {
  return {
    slots,
    rows: new Float64Array(slots.length * width),
    births: new Float64Array(slots.length),
    indexOf(slot) {
      let low = 0;
      let high = slots.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const found = slots[middle] as number;
        if (found === slot) return middle;
        if (found < slot) low = middle + 1;
        else high = middle - 1;
      }
      return -1;
    },
  };
}

function copyRow(from: Block, fromIndex: number, to: Block, toIndex: number, width: number): void {
  to.rows.set(from.rows.subarray(fromIndex * width, (fromIndex + 1) * width), toIndex * width);
  to.births[toIndex] = from.births[fromIndex] as number;
}

/** What is shown of a slot, as doubles. Quantiles of a summary are read here, and written by `SummaryColumn.overlay`. */
interface Rows {
  readonly width: number;
  read(slot: number, out: Float64Array, at: number): void;
  write(slot: number, from: Float64Array, at: number): void;
}

function rowsOf(column: Column, quantiles: number): Rows {
  switch (column.kind) {
    case 'scalar': {
      const { values } = column;
      return {
        width: 1,
        read: (slot, out, at) => void (out[at] = values[slot] as number),
        write: (slot, from, at) => void (values[slot] = from[at] as number),
      };
    }
    case 'histogram': {
      const { counts, sums, width } = column;
      return {
        width: width + 1,
        read(slot, out, at) {
          for (let i = 0; i < width; i++) out[at + i] = counts[slot * width + i] as number;
          out[at + width] = sums[slot] as number;
        },
        write(slot, from, at) {
          for (let i = 0; i < width; i++) counts[slot * width + i] = from[at + i] as number;
          sums[slot] = from[at + width] as number;
        },
      };
    }
    case 'summary': {
      const { counts, sums } = column;
      return {
        width: quantiles + 2,
        read(slot, out, at) {
          out[at] = counts[slot] as number;
          out[at + 1] = sums[slot] as number;
          column.readQuantiles(slot, out, at + 2);
        },
        write(slot, from, at) {
          counts[slot] = from[at] as number;
          sums[slot] = from[at + 1] as number;
        },
      };
    }
  }
}
