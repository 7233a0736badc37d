/** Which client speaks a protocol: `client: auto | library | direct`, decided once at start, with the reason. */
import { storedSeriesPerSlot, type Family } from '../series/family.ts';
import type { Capabilities, SinkDefinition } from '../sinks/sink.ts';
import { LyrebirdError } from '../util/errors.ts';

/** Above this many stored series `auto` leaves the library client, whose cost per series is 30 to 60 times higher. */
export const LIBRARY_MAX_STORED_SERIES = 10_000;

export type ClientChoice = 'auto' | 'library' | 'direct';

export interface ChosenClient {
  readonly definition: SinkDefinition;
  readonly why: string;
}

/** A family as far as the choice needs it. */
export type ChoiceFamily = Pick<
  Family,
  'name' | 'type' | 'size' | 'bounds' | 'quantiles' | 'rawObservations'
> & {
  readonly mayBeNan: boolean;
};

/**
 * Chooses between the clients of one protocol. Throws `client_cannot_express` when the library is asked for and
 * cannot show a family, naming the family and `client: direct`.
 */
export function chooseClient(
  definitions: readonly SinkDefinition[],
  choice: ClientChoice,
  families: readonly ChoiceFamily[],
): ChosenClient {
  const [first] = definitions;
  const library = definitions.find((definition) => definition.client === 'library') ?? first;
  const direct = definitions.find((definition) => definition.client === 'direct') ?? first;
  if (library === undefined || direct === undefined)
    throw new RangeError('a protocol needs at least one client');

  if (choice === 'direct') return { definition: direct, why: 'client: direct' };
  const obstacle = firstObstacle(library.capabilities, families);
  if (choice === 'library') {
    if (obstacle === undefined) return { definition: library, why: 'client: library' };
    throw new LyrebirdError(
      'client_cannot_express',
      `exporters.${library.protocol === 'otel' ? 'otel' : 'prometheus'}.client: the library client (${library.name}) cannot show ${obstacle}; use client: direct, or auto`,
    );
  }
  if (obstacle !== undefined)
    return { definition: direct, why: `auto: the library client cannot show ${obstacle}` };
  const stored = families.reduce((total, family) => total + family.size * storedSeriesPerSlot(family), 0);
  if (stored > LIBRARY_MAX_STORED_SERIES) {
    return {
      definition: direct,
      why: `auto: ${stored.toLocaleString('en')} stored series are more than ${LIBRARY_MAX_STORED_SERIES.toLocaleString('en')}`,
    };
  }
  return { definition: library, why: `auto: ${stored.toLocaleString('en')} stored series` };
}

/** What the first family is that a client cannot show whole, in words; `undefined` when it can show all. */
function firstObstacle(capabilities: Capabilities, families: readonly ChoiceFamily[]): string | undefined {
  for (const family of families) {
    if (family.type === 'summary' && !capabilities.summary) return `the quantiles of summary ${family.name}`;
    if (!family.rawObservations && !capabilities.bulk && family.type === 'histogram') {
      return `${family.name}, which has more than 32 observations a tick and series`;
    }
    if (family.mayBeNan && !capabilities.nan) return `NaN of gauge ${family.name}`;
  }
  return undefined;
}
