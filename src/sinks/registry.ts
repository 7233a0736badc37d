/** Finds sinks in the list of builtin.ts. */
import { BUILTIN_SINKS } from './builtin.ts';
import type { SinkDefinition } from './sink.ts';

/** The clients of a protocol; of `none`, sinks that stand by themselves. */
export function sinkDefinitions(protocol: SinkDefinition['protocol']): readonly SinkDefinition[] {
  return BUILTIN_SINKS.filter((definition) => definition.protocol === protocol);
}
