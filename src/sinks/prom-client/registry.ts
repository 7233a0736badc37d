/** A simulation in a prom-client registry: the sink's own, or that of a program which uses Lyrebird as a library. */
import type { Registry } from 'prom-client';

import type { Family } from '../../series/family.ts';
import type { FamilyFrame, Frame } from '../../series/frame.ts';
import type { Sink, SinkContext } from '../sink.ts';
import { createAdapter } from './adapter.ts';

/** A registry of either content type. */
export type AnyRegistry = Pick<Registry, 'registerMetric' | 'removeSingleMetric'>;

/**
 * Registers a metric for each family, which shows the last tick whenever the registry is asked: all of a page the
 * same tick. `read` is that of the simulation. Returns what takes them out again. Throws if a name is taken.
 */
export function registerFamilies(
  registry: AnyRegistry,
  families: readonly Family[],
  read: SinkContext['read'],
): () => void {
  const readTogether = groupReads(read);
  const names: string[] = [];
  const unregister = (): void => {
    for (const name of names) registry.removeSingleMetric(name);
  };
  try {
    for (const [index, family] of families.entries()) {
      const adapter = createAdapter(family, (use) =>
        readTogether((frame) => use(frame.families[index] as FamilyFrame)),
      );
      registry.registerMetric(adapter);
      names.push(family.prometheus.name);
    }
  } catch (error) {
    unregister();
    throw error;
  }
  return unregister;
}

/** A sink that shows a simulation in the registry of a program of its own. */
export function createRegistrySink(registry: AnyRegistry): (context: SinkContext) => Sink {
  return ({ read }) => {
    let unregister = (): void => undefined;
    return {
      name: 'prom-client registry',
      describe: () => 'a prom-client registry of this program',
      start(families) {
        unregister = registerFamilies(registry, families, read);
        return Promise.resolve();
      },
      frame: () => undefined,
      stop() {
        unregister();
        return Promise.resolve();
      },
    };
  };
}

/** Makes one read of all that are asked for in one turn, as a registry does that prints its page. */
function groupReads(read: SinkContext['read']): <T>(use: (frame: Frame) => T) => Promise<T> {
  let waiting: { use(frame: Frame): void; reject(error: unknown): void }[] = [];

  const readAll = async (): Promise<void> => {
    const group = waiting;
    waiting = [];
    try {
      await read((frame) => {
        for (const { use } of group) use(frame);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  return (use) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(() => void readAll());
      waiting.push({ use: (frame) => resolve(use(frame)), reject });
    });
}
