/** Where frames go: the sinks that the config enables, each with the client that was chosen for it. */
import type { Config } from '../config/schema.ts';
import type { Family } from '../series/family.ts';
import type { Sink, SinkContext, SinkDefinition } from '../sinks/sink.ts';
import { sinkDefinitions } from '../sinks/registry.ts';
import { LyrebirdError } from '../util/errors.ts';
import { chooseClient, findBulk, findUnshowable, type ChosenClient, type Client } from './clients.ts';

export interface Destination extends ChosenClient {
  readonly sink: Sink;
}

/** The definition and reason for each enabled exporter, in file order. Opens nothing. */
export function chooseDestinations(config: Config, families: readonly Family[], workers = 0): ChosenClient[] {
  const unobserved = whyUnobserved(config, workers);
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

/** Why histograms of a run keep no observations for clients that record them, in words. */
function whyUnobserved({ global }: Config, workers: number): string | undefined {
  if (global.epoch === 'wall') return 'of a run that joins after its birth (global.epoch: wall)';
  return workers > 0 ? 'that workers advance (--workers)' : undefined;
}

/** Throws `client_cannot_express` when a sink that a program brings along cannot show the families of a run. */
export function refuseUnshowable(
  config: Config,
  families: readonly Family[],
  { name, capabilities }: Sink,
  workers = 0,
): void {
  const what = capabilities && findUnshowable(capabilities, families, whyUnobserved(config, workers));
  if (what !== undefined)
    throw new LyrebirdError('client_cannot_express', `sink ${name} cannot show ${what}`);
}

/** What shows the run and says what it can express: the clients, and sinks that a program brings along. */
export function clientsOf(destinations: readonly Destination[], sinks: readonly Sink[]): Client[] {
  const brought = sinks.flatMap(({ name, capabilities }) =>
    capabilities === undefined ? [] : [{ name, protocol: 'none' as const, capabilities }],
  );
  return [...destinations.map(({ definition }) => definition), ...brought];
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
