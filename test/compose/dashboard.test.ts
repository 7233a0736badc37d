import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createSelfMetrics } from '../../src/api/self-metrics.ts';
import { describeFamilies, type FamilyDescription } from '../../src/config/families.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createStats } from '../../src/engine/stats.ts';
import type { Simulation } from '../../src/simulation/contract.ts';
import type { DeclaredType } from '../../src/series/family.ts';
import { otlpTypeOf, translate } from '../../src/wire/names.ts';
import type { PageType } from '../../src/wire/page.ts';
import { parsePage } from '../../src/wire/parse.ts';
import { backendOrSkip, findBackend, startPrometheus, type Prometheus } from '../support/backends.ts';
import { root } from '../support/lyrebird.ts';
import { expand, expressionsOf, readDashboard, type Panel, type Target } from './dashboard.ts';

const dashboard = readDashboard();
const expressions = expressionsOf(dashboard);
const pairs = dashboard.panels.filter(({ title }) => title.endsWith(', scraped'));

describe('dashboards/lyrebird.json', () => {
  it('has panels with numbers of their own, and each says what it shows', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, title, description = '' } of dashboard.panels) {
      expect(title).not.toBe('');
      if (type !== 'row') expect(description, title).toMatch(/^[A-Z0-9].*\.$/);
    }
  });

  it('lays its panels out side by side: none covers another or leaves the grid', () => {
    const taken = new Map<string, string>();
    for (const {
      title,
      gridPos: { x, y, w, h },
    } of dashboard.panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          expect(taken.get(`${column},${row}`), `${title} covers`).toBeUndefined();
          taken.set(`${column},${row}`, title);
        }
      }
    }
  });

  it('asks for its data source, so that it can be imported anywhere', () => {
    expect(dashboard.templating.list).toMatchObject([
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
    ]);
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const { type, title, datasource, targets = [] } of dashboard.panels) {
      if (type !== 'row') expect(datasource, title).toEqual(chosen);
      for (const target of targets) expect(target.datasource, title).toEqual(chosen);
    }
  });

  it('uses no variable of Grafana that its tests do not fill in', () => {
    for (const { panel, target } of expressions) expect(expand(target.expr, '1m'), panel).not.toContain('$');
  });

  it.each(pairs.map((panel) => [panel.title, panel] as const))(
    'shows both paths alike: %s',
    (title, left) => {
      const twin = dashboard.panels.filter(
        ({ gridPos }) => gridPos.y === left.gridPos.y && gridPos.x === left.gridPos.w,
      );
      expect(twin.map((panel) => withoutPlace(panel))).toEqual([
        withoutPlace({
          ...left,
          title: title.replace(', scraped', ', over OTLP'),
          targets: (left.targets ?? []).map((target) => ({
            ...target,
            expr: target.expr.replaceAll('prom_', 'otel_'),
          })),
        }),
      ]);
      for (const { expr } of left.targets ?? []) expect(expr).toContain('prom_');
    },
  );
});

function withoutPlace({ gridPos: { w, h }, ...rest }: Panel) {
  return { ...rest, id: 0, gridPos: { w, h } };
}

/** Label names by the name of a series. */
type Emitted = ReadonlyMap<string, readonly string[]>;

/** The series that a backend keeps of a family. */
function storedAs(
  type: PageType | DeclaredType,
  name: string,
  labels: readonly string[],
): [string, readonly string[]][] {
  const totals: [string, readonly string[]][] = [
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
  if (type === 'histogram') return [[`${name}_bucket`, [...labels, 'le']], ...totals];
  if (type === 'summary') return [[name, [...labels, 'quantile']], ...totals];
  return [[name, labels]];
}

/** The series of the families of a configuration, on both paths. */
function workloadSeries(families: readonly FamilyDescription[]): Emitted {
  return new Map(
    families.flatMap(({ type, names, labels }) => {
      const own = labels.map(({ name }) => name);
      const otlp = translate({ ...names.otel, ...otlpTypeOf(type) });
      return [...storedAs(type, names.prometheus.name, own), ...storedAs(type, otlp, own)];
    }),
  );
}

/** The generator's own series: those of its page, while an exporter pushes and fails. */
async function selfSeries(): Promise<Emitted> {
  const counts = new Map([['load', 1]]);
  const exporter = {
    name: 'otel',
    queue_depth: 1,
    points: { accepted: 1, rejected: 1, lost: 1, unknown: 1, pending: 1 },
  };
  const simulation = {
    stats: createStats(),
    counters: () => ({ points: counts, series: counts, faults: counts }),
    status: () => ({
      lateness: { last_seconds: 0, late_ticks: 0, skipped_ticks: 0 },
      exporters: [{ ...exporter, reasons: { 'lost: queue full': 1 } }],
    }),
  };
  const text = await createSelfMetrics(simulation as unknown as Simulation, '1.0.0').page();
  const { families, problems } = parsePage(text, 'text');
  expect(problems).toEqual([]);
  return new Map(
    families.flatMap(({ type, name, points }) =>
      storedAs(type, name, [...new Set(points.flatMap(({ labels }) => labels.map((label) => label.name)))]),
    ),
  );
}

/** A node of the tree that Prometheus makes of an expression. */
type Node = Readonly<Record<string, unknown>>;

interface Selector {
  readonly name: string;
  readonly matchers: readonly { readonly name: string; readonly type: string; readonly value: string }[];
}

interface Parsed {
  readonly selectors: readonly Selector[];
  /** Labels that it groups, joins or aggregates by. */
  readonly labels: readonly string[];
}

/** Has the real parser take an expression apart; throws with its message when it does not parse. */
async function parse({ url }: Prometheus, query: string): Promise<Parsed> {
  const response = await fetch(`${url}/api/v1/parse_query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
  });
  const { status, data, error } = (await response.json()) as { status: string; data: Node; error?: string };
  if (status !== 'success') throw new Error(`${query}: ${error}`);
  const nodes = [...walk(data)];
  return {
    selectors: nodes.filter(
      ({ type }) => type === 'vectorSelector' || type === 'matrixSelector',
    ) as unknown as Selector[],
    labels: nodes
      .flatMap((node) => [node['grouping'], node['labels']].flat())
      .filter((label) => typeof label === 'string'),
  };
}

function* walk(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Node;
  for (const child of Object.values(value)) yield* walk(child);
}

/** The emitted series that a selector names, by its name or by a pattern for names. */
function namesOf({ name, matchers }: Selector, emitted: Emitted): string[] {
  const pattern = matchers.find((matcher) => matcher.name === '__name__' && matcher.type === '=~')?.value;
  const matches =
    pattern === undefined
      ? (other: string) => other === name
      : (other: string) => new RegExp(`^(?:${pattern})$`).test(other);
  return [...emitted.keys()].filter(matches);
}

/** What an expression and its legend name that is not there. */
function unknownNames(
  { selectors, labels }: Parsed,
  { expr, legendFormat }: Target,
  emitted: Emitted,
): string[] {
  const mistakes: string[] = [];
  const known = new Set<string>();
  for (const selector of selectors) {
    const names = namesOf(selector, emitted);
    if (names.length === 0) mistakes.push(`no series is selected by ${selector.name} in ${expr}`);
    const own = new Set(names.flatMap((name) => emitted.get(name) ?? []));
    for (const { name } of selector.matchers)
      if (name !== '__name__' && !own.has(name)) mistakes.push(`no label ${name} in ${expr}`);
    for (const label of own) known.add(label);
  }
  if (selectors.length === 0) mistakes.push(`nothing is selected in ${expr}`);
  for (const label of labels) if (!known.has(label)) mistakes.push(`no label ${label} in ${expr}`);
  for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
    if (!(labels.length > 0 ? labels : [...known]).includes(label))
      mistakes.push(`no label ${label} for the legend of ${expr}`);
  return mistakes;
}

describe('the expressions of dashboards/lyrebird.json', () => {
  const families = describeFamilies(loadConfig(join(root, 'configs/baseline.yaml')).config);
  let emitted: Emitted;
  let prometheus: Prometheus | undefined;

  beforeAll(async () => {
    emitted = new Map([...workloadSeries(families), ...(await selfSeries())]);
    if (findBackend('prometheus') !== undefined) prometheus = await startPrometheus();
  });
  afterAll(async () => {
    await prometheus?.stop();
  });

  it('parse, says Prometheus, and name series and labels that Lyrebird emits', async (context) => {
    backendOrSkip(context, 'prometheus');
    const mistakes: string[] = [];
    for (const { panel, target } of expressions) {
      try {
        const parsed = await parse(prometheus as Prometheus, expand(target.expr, '1m'));
        mistakes.push(...unknownNames(parsed, target, emitted).map((mistake) => `${panel}: ${mistake}`));
      } catch (error) {
        mistakes.push(`${panel}: ${(error as Error).message}`);
      }
    }
    expect(mistakes).toEqual([]);
  });

  it('leave out no family of configs/baseline.yaml, on either path', () => {
    const all = expressions.map(({ target }) => target.expr).join('\n');
    for (const { names } of families) {
      expect(all).toMatch(new RegExp(`\\b${names.prometheus.name}`));
      expect(all).toMatch(new RegExp(`\\b${names.prometheus.name.replace(/^prom_/, 'otel_')}`));
    }
  });
});
