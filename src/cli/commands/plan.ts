/** `lyrebird plan`: what a run would be, before anything is built. */
import type { Command } from 'commander';

import { loadConfig } from '../../config/load.ts';
import type { Shard } from '../../simulation/plant.ts';
import { planOf, type Plan } from '../../simulation/plan.ts';
import { formatBytes, formatNumber, formatTable } from '../format.ts';
import { collect, parseShard } from '../options.ts';

interface PlanOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly json?: true;
  readonly shard?: Shard;
}

export function definePlan(command: Command): void {
  command
    .description(
      'Tell families, series, samples and bytes a scrape, clients and memory, without building anything.',
    )
    .requiredOption('-c, --config <file>', 'The file to plan.')
    .option('--set <key=value>', 'Replace a value of the file; repeatable.', collect)
    .option('--shard <i/n>', 'Of part i (from 0) of n.', parseShard)
    .option('--json', 'Print JSON.')
    .addHelpText('after', '\nExample:\n  lyrebird plan -c configs/high-cardinality.yaml')
    .action(plan);
}

function plan({ config: file, set, json, shard }: PlanOptions): void {
  const plan = planOf(loadConfig(file, { env: process.env, sets: set ?? [] }).config, shard);
  process.stdout.write(`${json === true ? JSON.stringify(plan, undefined, 2) : formatPlan(plan)}\n`);
}

function formatPlan({ families, totals, clients, memory }: Plan): string {
  const rows = families.map((family) => [
    family.name,
    family.type,
    family.algorithm,
    formatLabels(family),
    family.product,
    family.series,
    family.stored_series,
  ]);
  const head = ['family', 'type', 'algorithm', 'labels', 'product', 'series', 'stored series'];
  const facts: readonly (readonly [string, string])[] = [
    [
      'series',
      `${formatNumber(totals.series)}, which a backend keeps as ${formatNumber(totals.stored_series)}`,
    ],
    [
      'a scrape',
      `${formatNumber(totals.samples_per_scrape)} samples, about ${formatBytes(totals.bytes_per_scrape)}`,
    ],
    ...turning(families),
    ...(clients.some(({ protocol }) => protocol === 'otel')
      ? [['an export', `${formatNumber(totals.points_per_export)} points`] as const]
      : []),
    ...clients.map(({ protocol, client, why }) => [protocol, `${client} client (${why})`] as const),
    ['memory', `about ${formatBytes(memory.total)}: ${formatParts(memory)}`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const summary = facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  return [formatTable(head, rows), '', ...summary].join('\n');
}

/** `pod 400 of 5,000 × mode 2 → node 50`: what multiplies, then what follows from it. */
function formatLabels({ labels, axes }: Plan['families'][number]): string {
  const byName = new Map(
    labels.map(({ name, values, occurring }) => [
      name,
      `${name} ${occurring === values ? '' : `${formatNumber(occurring)} of `}${formatNumber(values)}`,
    ]),
  );
  const free = axes.map(({ name, count }) => byName.get(name) ?? `${name} ${formatNumber(count)}`);
  const dependent = labels.filter((label) => label.dependent).map(({ name }) => byName.get(name));
  return [free.join(' × ') || '-', ...(dependent.length > 0 ? [dependent.join(', ')] : [])].join(' → ');
}

/** The series that turnover makes of those that are there at once. */
function turning(families: Plan['families']): (readonly [string, string])[] {
  if (families.every(({ series_in_an_hour: seen }) => seen === undefined)) return [];
  const seen = families.reduce((total, family) => total + (family.series_in_an_hour ?? family.series), 0);
  return [['an hour', `${formatNumber(seen)} series, the ones that churn ends included`]];
}

function formatParts(memory: Plan['memory']): string {
  return Object.entries(memory)
    .filter(([name, bytes]) => name !== 'total' && bytes > 0)
    .map(([name, bytes]) => `${name} ${formatBytes(bytes)}`)
    .join(', ');
}
