/** The batch that a driver lends its generators. */
import { allocateDoubles } from '../../series/allocate.ts';
import type { Family } from '../../series/family.ts';
import { pickFactor, type Factor } from '../../series/modulation.ts';
import type { Moment } from '../../series/source.ts';
import { Rng } from '../../util/rng.ts';
import type { Batch, ScalarGenerator, State } from '../generator.ts';
import type { Instances } from './instances.ts';

/** Whether any of a family's generators leaves series out at times. */
export function mayBeAbsent(generators: readonly ScalarGenerator[]): boolean {
  return generators.some(({ absent }) => absent === true);
}

/** Slots that a generator fills at once: their scratch stays in the first-level cache. */
export const BLOCK = 2048;

/** A batch over a family's keys, with the state columns that any of its generators has. */
export function createBatch(
  family: Pick<Family, 'size' | 'keys' | 'replication'>,
  generators: readonly ScalarGenerator[],
): Batch {
  const state = Object.fromEntries(
    stateNamesOf(generators).map((name) => [name, allocateDoubles(family.size)]),
  );
  return batchOver(family.keys, state, () => family.replication);
}

/** A batch of cells that are gathered from somewhere else, up to a block of them. */
export function createGathered(state: State, replicate: () => Batch['replication'] = () => undefined): Batch {
  return batchOver({ hi: new Int32Array(BLOCK), lo: new Int32Array(BLOCK) }, state, replicate);
}

function batchOver(
  { hi, lo }: Pick<Family['keys'], 'hi' | 'lo'>,
  state: State,
  replicate: () => Batch['replication'],
): Batch {
  return {
    tick: 0,
    modelMs: 0,
    intervalS: 0,
    from: 0,
    to: 0,
    keysHi: hi,
    keysLo: lo,
    rng: new Rng(),
    state,
    // Made when asked for: most generators do not.
    get replication() {
      return replicate();
    },
  };
}

/** Has a batch be of the tick of another one. */
export function followTick(batch: Batch, { tick, modelMs, intervalS }: Batch): void {
  batch.tick = tick;
  batch.modelMs = modelMs;
  batch.intervalS = intervalS;
}

/** The state columns that any of some generators has. */
export function stateNamesOf(generators: readonly ScalarGenerator[]): string[] {
  return [...new Set(generators.flatMap(({ state }) => state))];
}

/** Calls `run` for each block of slots [from, to) with the batch set to it. `intervalMs` is 0 at birth. */
export function inBlocks(
  batch: Batch,
  moment: Moment,
  from: number,
  to: number,
  run: (batch: Batch) => void,
): void {
  batch.tick = moment.tick;
  batch.modelMs = moment.modelMs;
  batch.intervalS = moment.intervalMs / 1000;
  for (let at = from; at < to; at += BLOCK) {
    batch.from = at;
    batch.to = Math.min(at + BLOCK, to);
    run(batch);
  }
}

/** Has each cell of a block done by its own generator. */
export interface Cells {
  /** Writes totals at tick 0 of counters that do not begin at 0. */
  total(instances: Instances<ScalarGenerator>, block: Batch, out: Float64Array): void;
  start(instances: Instances<ScalarGenerator>, block: Batch): void;
  fill(instances: Instances<ScalarGenerator>, block: Batch, out: Float64Array, rate: Factor): void;
}

/** Where a block has several generators the cells of each are gathered, done in one call and put back. */
export function createCells(state: State): Cells {
  let scratch: Scratch | undefined;
  const byGenerator = (
    { all, indexOf }: Instances<ScalarGenerator>,
    block: Batch,
    run: (generator: ScalarGenerator, cells: Batch, scratch: Scratch | undefined) => void,
  ): void => {
    const { from, to } = block;
    scratch ??= createScratch(state);
    const { slots, next } = scratch;
    if (scratch.first.length < all.length) scratch.first = new Int32Array(all.length);
    const { first } = scratch;
    first.fill(-1);
    // Lists of the cells of each generator, in order of slots.
    const used: number[] = [];
    for (let i = to - from - 1; i >= 0; i--) {
      const index = indexOf(from + i);
      const head = first[index] as number;
      if (head < 0) used.push(index);
      next[i] = head;
      first[index] = i;
    }
    if (used.length === 1) {
      run(all[used[0] as number] as ScalarGenerator, block, undefined);
      return;
    }
    for (const index of used.sort((a, b) => a - b)) {
      const generator = all[index] as ScalarGenerator;
      let count = 0;
      for (let i = first[index] as number; i >= 0; i = next[i] as number) slots[count++] = from + i;
      gather(block, scratch, count);
      run(generator, scratch.batch, scratch);
      for (const [name, own] of Object.entries(scratch.batch.state)) {
        const column = block.state[name] as Float64Array;
        for (let i = 0; i < count; i++) column[slots[i] as number] = own[i] as number;
      }
    }
  };
  return {
    total(instances, block, out) {
      if (instances.only !== undefined) {
        instances.only.total?.(block, out);
        return;
      }
      byGenerator(instances, block, (generator, cells, gathered) => {
        if (gathered === undefined) {
          generator.total?.(cells, out);
        } else if (generator.total !== undefined) {
          generator.total(cells, gathered.values);
          for (let i = 0; i < cells.to; i++)
            out[(gathered.slots[i] as number) - block.from] = gathered.values[i] as number;
        }
      });
    },
    start(instances, block) {
      if (instances.only !== undefined) instances.only.start?.(block);
      else byGenerator(instances, block, (generator, cells) => generator.start?.(cells));
    },
    fill(instances, block, out, rate) {
      if (instances.only !== undefined) {
        instances.only.fill(block, out, rate);
        return;
      }
      byGenerator(instances, block, (generator, cells, gathered) => {
        if (gathered === undefined) {
          generator.fill(cells, out, rate);
          return;
        }
        const { slots, groups, values } = gathered;
        generator.fill(cells, values, pickFactor(rate, slots.subarray(0, cells.to), groups));
        for (let i = 0; i < cells.to; i++) out[(slots[i] as number) - block.from] = values[i] as number;
      });
    },
  };
}

/** The cells of one generator in a block. */
interface Scratch {
  /** First cell of each generator in the block, and of each cell the next one of its generator; -1 for none. */
  first: Int32Array;
  readonly next: Int32Array;
  /** Slots of the gathered cells. */
  readonly slots: Uint32Array;
  /** Groups of their factors. */
  readonly groups: Uint32Array;
  readonly values: Float64Array;
  readonly batch: Batch;
  /** The block that cells were gathered from, and how many. */
  source: Batch | undefined;
  count: number;
}

function createScratch(state: State): Scratch {
  const members = new Uint32Array(BLOCK);
  const replicas = new Uint32Array(BLOCK);
  const scratch: Scratch = {
    source: undefined,
    count: 0,
    first: new Int32Array(0),
    next: new Int32Array(BLOCK),
    slots: new Uint32Array(BLOCK),
    groups: new Uint32Array(BLOCK),
    values: new Float64Array(BLOCK),
    batch: createGathered(
      Object.fromEntries(Object.keys(state).map((name) => [name, new Float64Array(BLOCK)])),
      () => {
        const whole = scratch.source?.replication;
        if (whole === undefined) return undefined;
        for (let i = 0; i < scratch.count; i++) {
          const slot = scratch.slots[i] as number;
          members[i] = whole.members[slot] as number;
          replicas[i] = whole.replicas[slot] as number;
        }
        return { ...whole, members, replicas };
      },
    ),
  };
  return scratch;
}

function gather(block: Batch, scratch: Scratch, count: number): void {
  const { slots, batch } = scratch;
  scratch.source = block;
  scratch.count = count;
  followTick(batch, block);
  batch.to = count;
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number;
    batch.keysHi[i] = block.keysHi[slot] as number;
    batch.keysLo[i] = block.keysLo[slot] as number;
  }
  for (const [name, own] of Object.entries(batch.state)) {
    const column = block.state[name] as Float64Array;
    for (let i = 0; i < count; i++) own[i] = column[slots[i] as number] as number;
  }
}
