/** Which client speaks a protocol: `client: auto | library | direct`, decided once at start, with the reason. */
import type { Fault } from '../engine/effects.ts';
import { storedSeriesOf, type Family } from '../series/family.ts';
import type { Capabilities, SinkDefinition } from '../sinks/sink.ts';
import { LyrebirdError } from '../util/errors.ts';

/** Above this many stored series `auto` leaves the library client, whose cost per series is 30 to 60 times higher. */
const LIBRARY_MAX_STORED_SERIES = 10_000;

export type ClientChoice = 'auto' | 'library' | 'direct';

export interface ChosenClient {
  readonly definition: SinkDefinition;
  readonly why: string;
}

/** What shows the frames of a run. */
export type Client = Pick<SinkDefinition, 'name' | 'protocol' | 'capabilities'>;

/** A family as far as the choice needs it. */
export type ChoiceFamily = Pick<
  Family,
  'name' | 'type' | 'size' | 'bounds' | 'quantiles' | 'rawObservations' | 'hasGaps'
> &
  Partial<Pick<Family, 'labels'>>;

/**
 * Chooses between the clients of one protocol. Throws `client_cannot_express` when the library is asked for and
 * cannot show a family, naming the family and `client: direct`. `unobserved` says why this run has no raw observations for
 * clients that record them, if so.
 */
export function chooseClient(
  definitions: readonly SinkDefinition[],
  options: { readonly client: ClientChoice },
  families: readonly ChoiceFamily[],
  unobserved?: string,
): ChosenClient {
  const { client: choice } = options;
  const [first] = definitions;
  const library = definitions.find((definition) => definition.client === 'library') ?? first;
  const direct = definitions.find((definition) => definition.client === 'direct') ?? first;
  if (library === undefined || direct === undefined)
    throw new RangeError('a protocol needs at least one client');

  if (choice === 'direct') return { definition: direct, why: 'client: direct' };
  const refusal = library.obstacle?.(options) ?? findUnshowable(library.capabilities, families, unobserved);
  const loss = findSummary(library.capabilities, families);
  if (choice === 'library') {
    if (refusal !== undefined) {
      throw new LyrebirdError(
        'client_cannot_express',
        `exporters.${library.protocol}.client: the library client (${library.name}) cannot show ${refusal}; use client: direct, or auto`,
      );
    }
    return {
      definition: library,
      why: loss === undefined ? 'client: library' : `client: library; not sent: ${loss}`,
    };
  }
  const obstacle = refusal ?? loss;
  if (obstacle !== undefined) {
    return { definition: direct, why: `auto: the library client cannot show ${obstacle}` };
  }
  const stored = storedSeriesOf(families);
  if (stored > LIBRARY_MAX_STORED_SERIES) {
    return {
      definition: direct,
      why: `auto: ${stored.toLocaleString('en')} stored series are more than ${LIBRARY_MAX_STORED_SERIES.toLocaleString('en')}`,
    };
  }
  return { definition: library, why: `auto: ${stored.toLocaleString('en')} stored series` };
}

/** What a running client cannot show of a fault in a family, in words; `undefined` when it can. */
export function findObstacle(
  fault: Fault,
  { name, type }: Pick<Family, 'name' | 'type'>,
  clients: readonly Client[],
): string | undefined {
  for (const { name: client, protocol, capabilities } of clients) {
    const what = {
      drop: !capabilities.absence && 'absent series',
      reset: !(capabilities.reset && capabilities.birth) && 'totals that begin anew',
      nan: !capabilities.nan && 'NaN',
      freeze: capabilities.needsObservations && type === 'histogram' && 'a histogram that stands still',
    }[fault];
    const how = protocol === 'none' ? '' : `; use exporters.${protocol}.client: direct`;
    if (what !== false) return `${client} cannot show ${what} (${name})${how}`;
  }
  return undefined;
}

/** What of these families a client cannot show at all, in words. `unobserved` as for `chooseClient`. */
export function findUnshowable(
  capabilities: Capabilities,
  families: readonly ChoiceFamily[],
  unobserved: string | undefined,
): string | undefined {
  return (
    findBulk(capabilities, families) ??
    findGaps(capabilities, families) ??
    findUnobserved(capabilities, families, unobserved) ??
    findTurnover(capabilities, families)
  );
}

/** A histogram that a client cannot show at all, in words. */
export function findBulk(capabilities: Capabilities, families: readonly ChoiceFamily[]): string | undefined {
  if (capabilities.bulk) return undefined;
  const family = families.find(({ type, rawObservations }) => type === 'histogram' && !rawObservations);
  return family && `histogram ${family.name}, which has more than 32 observations a tick and series`;
}

/** A family whose series are absent at times, in words. */
function findGaps({ absence }: Capabilities, families: readonly ChoiceFamily[]): string | undefined {
  if (absence) return undefined;
  const family = families.find(({ hasGaps }) => hasGaps === true);
  return family && `${family.type} ${family.name}, whose pattern has gaps or ends`;
}

/** A histogram whose observations a client must record and does not get, in words. */
function findUnobserved(
  { needsObservations }: Capabilities,
  families: readonly ChoiceFamily[],
  unobserved: string | undefined,
): string | undefined {
  if (!needsObservations || unobserved === undefined) return undefined;
  const family = families.find(({ type }) => type === 'histogram');
  return family && `histogram ${family.name} ${unobserved}`;
}

/** Series that come and go while it runs, which a client cannot follow, in words. */
function findTurnover(
  { turnover, absence, reset, birth }: Capabilities,
  families: readonly ChoiceFamily[],
): string | undefined {
  if (turnover && absence && reset && birth) return undefined;
  const family = families.find(({ labels }) => labels?.turnover !== undefined);
  return family && `the series of ${family.name}, which come and go (churn, ramp_series)`;
}

/** A summary of which a client shows count and sum alone, in words. */
function findSummary(capabilities: Capabilities, families: readonly ChoiceFamily[]): string | undefined {
  if (capabilities.summary) return undefined;
  const family = families.find(({ type }) => type === 'summary');
  return family && `the quantiles of summary ${family.name}`;
}
