/** Where frames go: the sinks that the config enables, each with the client that was chosen for it. */
import type { Config } from '../config/schema.ts';
import type { Family } from '../series/family.ts';
import type { Sink, SinkContext, SinkDefinition } from '../sinks/sink.ts';
import { sinkDefinitions } from '../sinks/registry.ts';
import { LyrebirdError } from '../util/errors.ts';
import { chooseClient, findBulk, type ChosenClient } from './clients.ts';

export interface Destination extends ChosenClient {
  readonly sink: Sink;
}

/** The definition and reason for each enabled exporter, in file order. Opens nothing. */
export function chooseDestinations(config: Config, families: readonly Family[], workers = 0): ChosenClient[] {
  const unobserved =
    config.global.epoch === 'wall'
      ? 'of a run that joins after its birth (global.epoch: wall)'
      : workers > 0
        ? 'that workers advance (--workers)'
        : undefined;
  const chosen: ChosenClient[] = [];
  for (const protocol of ['prometheus', 'otel'] as const) {
    const section = config.exporters[protocol];
    if (section.enabled) chosen.push(chooseClient(sinkDefinitions(protocol), section, families, unobserved));
  }
  for (const definition of sinkDefinitions('none')) {
    if (sectionOf(config, definition)?.enabled === true) chosen.push({ definition, why: 'asked for' });
  }
  return chosen;
}

/** Throws `client_cannot_express` when a client or sink of the run cannot follow a change of families, or not to these. */
export function admitChange(
  chosen: readonly ChosenClient[],
  sinks: readonly Sink[],
  families: readonly Family[],
): void {
  for (const { definition } of chosen) {
    const { capabilities, name, protocol } = definition;
    const what = capabilities.change ? findBulk(capabilities, families) : 'metrics that change while it runs';
    if (what === undefined) continue;
    const how = protocol === 'none' ? '' : `; use exporters.${protocol}.client: direct`;
    throw new LyrebirdError('client_cannot_express', `${name} cannot show ${what}${how}`);
  }
  const fixed = sinks.find(({ change }) => change === undefined);
  if (fixed !== undefined)
    throw new LyrebirdError(
      'client_cannot_express',
      `sink ${fixed.name} cannot follow metrics that change while it runs`,
    );
}

/** Makes the chosen sinks; they open when the run starts them. */
export function createDestinations(
  config: Config,
  chosen: readonly ChosenClient[],
  context: SinkContext,
): Destination[] {
  return chosen.map(({ definition, why }) => ({
    definition,
    why,
    sink: definition.create(sectionOf(config, definition), context),
  }));
}

/** The part of `exporters` that a sink reads: its protocol's, or the one of its own name. */
function sectionOf(config: Config, definition: SinkDefinition): { readonly enabled: boolean } | undefined {
  const sections = config.exporters as Readonly<Record<string, { readonly enabled: boolean } | undefined>>;
  return sections[definition.protocol === 'none' ? definition.name : definition.protocol];
}
