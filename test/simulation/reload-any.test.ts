// Any row of reloads and edits: pages stay valid, and what goes on is never told as if it had begun again.
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { parseConfig } from '../../src/config/parse.ts';
import type { MetricEdit } from '../../src/config/edit.ts';
import type { ConfigReport } from '../../src/simulation/report.ts';
import { LyrebirdError } from '../../src/util/errors.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { FREE_PAGE, startSimulation } from '../support/simulation.ts';

const exporters = { prometheus: { ...FREE_PAGE, client: 'direct' }, otel: { enabled: false } };
const NAMES = ['a_total', 'b', 'c', 'd'];

const labels = fc.constantFrom(
  {},
  { z: { values: ['x'] } },
  { z: { values: ['y', 'x'] } },
  { w: { range: [1, 3] } },
);
const series = fc.constantFrom(
  undefined,
  [{ labels: { z: 'q' } }],
  [{ labels: { z: 'r', v: '1' } }, { labels: {} }],
);
const shapes = fc.oneof(
  fc.record({ type: fc.constant('counter'), base_rate: fc.constantFrom(0, 2, '1k') }),
  fc.record({ type: fc.constant('counter'), algorithm: fc.constant('constant') }),
  fc.record({ type: fc.constant('gauge'), algorithm: fc.constantFrom('sine', 'square', 'random_walk') }),
  fc.record({ type: fc.constant('histogram'), buckets: fc.constantFrom([1], [0.5, 1]) }),
  fc.record({ type: fc.constant('summary'), quantiles: fc.constantFrom([0.5], [0.5, 0.9]) }),
);
const definitions = fc.tuple(shapes, labels, series).map(([shape, own, listed]) => ({
  ...shape,
  labels: own,
  ...(listed !== undefined && { series: listed }),
}));
const names = fc.constantFrom(...NAMES);
const named = fc.tuple(names, definitions).map(([name, definition]) => ({ ...definition, name }));

const edits: fc.Arbitrary<MetricEdit | { readonly do: 'reload'; readonly metrics: readonly object[] }> =
  fc.oneof(
    named.map((definition) => ({ do: 'create' as const, definition })),
    named.map((definition) => ({ do: 'replace' as const, name: definition.name, definition })),
    fc.tuple(names, definitions).map(([name, patch]) => ({ do: 'patch' as const, name, patch })),
    names.map((name) => ({ do: 'remove' as const, name })),
    names.map((name) => ({ do: 'add_series' as const, name, series: { labels: { z: 'new' } } })),
    names.map((name) => ({ do: 'remove_series' as const, name, labels: { z: 'new' } })),
    fc
      .uniqueArray(named, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
      .map((metrics) => ({ do: 'reload' as const, metrics })),
  );

/** Totals that may not fall, by series. */
function totalsOf(page: string): Map<string, number> {
  const { families, problems } = parsePage(page, 'text');
  expect(problems).toEqual([]);
  const totals = new Map<string, number>();
  for (const { name, type, points } of families)
    for (const point of points)
      if (type === 'counter' && 'value' in point)
        totals.set(`${name} ${JSON.stringify(point.labels)}`, Number(point.value));
  return totals;
}

it('holds over any row of reloads and edits', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 6 }), async (row) => {
      let metrics: readonly object[] = [
        { name: 'a_total', type: 'counter' },
        { name: 'b', type: 'gauge' },
      ];
      const run = await startSimulation(
        { exporters, metrics },
        { reread: () => ({ config: parseConfig({ exporters, metrics }), place: () => 'file' }) },
      );
      const { simulation } = run;
      expect([...totalsOf(await run.page()).keys()]).toEqual(['prom_a_total []']);
      for (const step of row) {
        await run.ticks(1);
        const before = totalsOf(await run.page());
        const earlier = metrics;
        let report: ConfigReport | undefined;
        try {
          if (step.do === 'reload') ({ metrics } = step);
          report =
            step.do === 'reload' ? await simulation.reload() : (await simulation.editMetrics(step)).change;
        } catch (error) {
          // What is refused is refused with a code, and changes nothing.
          expect(error).toBeInstanceOf(LyrebirdError);
          metrics = earlier;
        }
        await run.ticks(1);
        const after = totalsOf(await run.page());
        const anew = new Set([
          ...(report?.changed ?? [])
            .filter(({ series: counts }) => counts.kept === 0)
            .map(({ metric }) => metric),
          ...(report?.added ?? []).map(({ metric }) => metric),
        ]);
        for (const [id, total] of before) {
          const isAnew = [...anew].some(
            (name) => id.startsWith(`prom_${name} `) || id.startsWith(`prom_${name}_total `),
          );
          if (!isAnew && after.has(id)) expect(after.get(id), id).toBeGreaterThanOrEqual(total);
        }
        expect(run.frame().families.map(({ name }) => name)).toEqual(
          simulation.config.metrics.map(({ name }) => name),
        );
      }
      await run.stop();
    }),
    { numRuns: 15 },
  );
});
