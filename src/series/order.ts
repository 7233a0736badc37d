/** The order in which sources are advanced: what others follow from comes before them. */
import type { Source } from './source.ts';

/** Indexes of the sources, in their order but for those that follow from later ones. No source follows from itself. */
export function inputsFirst(sources: readonly Source[]): number[] {
  const index = new Map(sources.map((source, at) => [source, at]));
  const ordered = new Set<number>();
  const visit = (source: Source, at: number): void => {
    if (ordered.has(at)) return;
    for (const input of source.inputs ?? []) {
      const before = index.get(input);
      if (before !== undefined) visit(input, before);
    }
    ordered.add(at);
  };
  for (const [at, source] of sources.entries()) visit(source, at);
  return [...ordered];
}
