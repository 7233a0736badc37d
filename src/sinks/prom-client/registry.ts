/** A simulation in a prom-client registry: the sink's own, or that of a program which uses Lyrebird as a library. */
import type { Metric, Registry } from 'prom-client';

import type { Family } from '../../series/family.ts';
import type { FamilyFrame } from '../../series/frame.ts';
import type { Sink, SinkContext } from '../sink.ts';
import { createAdapter } from './adapter.ts';

/** A registry of either content type. */
export type AnyRegistry = Pick<Registry, 'registerMetric' | 'removeSingleMetric'>;

/** Families in a registry. */
export interface Registration {
  /** Grows when other families are registered. */
  readonly version: number;
  /**
   * Registers other families, in this order. Throws if a name is taken by a metric of somebody else's, and then nothing has changed.
   */
  follow(families: readonly Family[]): void;
  /** Takes all of them out again. */
  unregister(): void;
}

/**
 * Registers a metric for each family, which shows the last tick whenever the registry is asked: all of a page the
 * same tick. `read` is that of the simulation. Throws if a name is taken.
 */
export function registerFamilies(
  registry: AnyRegistry,
  families: readonly Family[],
  read: SinkContext['read'],
): Registration {
  const readTogether = groupReads(read);
  let registered = new Map<Family, Metric>();
  let version = 0;

  const register = (metrics: ReadonlyMap<Family, Metric>): void => {
    const names: string[] = [];
    try {
      for (const [{ prometheus }, metric] of metrics) {
        registry.registerMetric(metric);
        names.push(prometheus.name);
      }
    } catch (error) {
      for (const name of names) registry.removeSingleMetric(name);
      throw error;
    }
  };
  const unregister = (): void => {
    for (const { prometheus } of registered.keys()) registry.removeSingleMetric(prometheus.name);
  };
  const adapterOf = (family: Family): Metric =>
    createAdapter(family, (use) =>
      readTogether((families) => {
        const entry = families.get(family);
        return entry && use(entry);
      }),
    );
  const registration: Registration = {
    get version() {
      return version;
    },
    follow(next) {
      const metrics = new Map(next.map((family) => [family, registered.get(family) ?? adapterOf(family)]));
      unregister();
      try {
        register(metrics);
      } catch (error) {
        register(registered);
        throw error;
      }
      registered = metrics;
      version++;
    },
    unregister,
  };
  registration.follow(families);
  return registration;
}

/**
 * A sink that shows a simulation in the registry of a program of its own. When families change and a new name is one that the
 * program uses, the registry goes on with the families from before, and the log says so.
 */
export function createRegistrySink(registry: AnyRegistry): (context: SinkContext) => Sink {
  return ({ read, logger }) => {
    let registration: Registration | undefined;
    return {
      name: 'prom-client registry',
      describe: () => 'a prom-client registry of this program',
      start(families) {
        registration = registerFamilies(registry, families, read);
        return Promise.resolve();
      },
      frame: () => undefined,
      change({ families }) {
        try {
          registration?.follow(families);
        } catch (error) {
          logger.error({ err: error }, 'prom-client registry: families that are new are not shown');
        }
      },
      stop() {
        registration?.unregister();
        return Promise.resolve();
      },
    };
  };
}

type Families = ReadonlyMap<Family, FamilyFrame>;

/** Makes one read of all that are asked for in one turn, as a registry does that prints its page. */
function groupReads(read: SinkContext['read']): <T>(use: (families: Families) => T) => Promise<T> {
  let waiting: { use(families: Families): void; reject(error: unknown): void }[] = [];

  const readAll = async (): Promise<void> => {
    const group = waiting;
    waiting = [];
    try {
      await read((frame) => {
        const families = new Map(frame.families.map((entry) => [entry.family, entry]));
        for (const { use } of group) use(families);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  return (use) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(() => void readAll());
      waiting.push({ use: (families) => resolve(use(families)), reject });
    });
}
