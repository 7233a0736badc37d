/** As what a family is learnt and shown, where that is not what its page says. */
import { deriveNames } from '../wire/names.ts';
import type { History, SeenFamily, SeenSeries } from './history.ts';

/**
 * What is of unknown type and never falls counts: it is learnt as a total. So is a counter that cannot be one on a page of ours: of a name
 * that OTLP would bring back as another, or that is another family's but for `_total`, so that OpenMetrics would take both for one.
 */
export function shownAs({ families, notes }: History): (family: SeenFamily) => SeenFamily {
  return (family) => {
    const { name, type } = family;
    if (family.isUnknown) {
      const all = [...family.series.values()];
      return all.every(neverFalls) && all.some(rises) ? { ...family, type: 'counter' } : family;
    }
    if (type !== 'counter') return family;
    const base = name.replace(/_total$/, '');
    const { prometheus } = deriveNames({ name, type, unit: '' }, { prometheus: '', otel: '' });
    if (base !== name && families.has(base))
      notes.add(
        `${name} is learnt as of unknown type: ${base} is there, too, and OpenMetrics takes both for one`,
      );
    else if (prometheus.name !== name)
      notes.add(`${name} is learnt as of unknown type: a counter would be called ${prometheus.name}`);
    else return family;
    return { ...family, isUnknown: true };
  };
}

function neverFalls({ values }: SeenSeries): boolean {
  return values.every((value, i) => value >= 0 && (i === 0 || value >= (values[i - 1] as number)));
}

function rises({ values }: SeenSeries): boolean {
  return (values.at(-1) as number) > (values[0] as number);
}
